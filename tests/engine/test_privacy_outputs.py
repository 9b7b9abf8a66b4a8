"""Stills, states and the shutter: what is shown of a camera besides live video."""

from threading import Event
from typing import override

import av
import pytest

from custom_components.hearthcam.engine import guard as guards, showing
from custom_components.hearthcam.engine.ids import new_id
from custom_components.hearthcam.engine.masking import (
    masked_broadcast as broadcasts,
    verify,
)
from custom_components.hearthcam.engine.masking.effort import Effort
from custom_components.hearthcam.engine.masking.encoders import Encoders
from custom_components.hearthcam.engine.masking.mask import NOTHING, Mask, MaskError
from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.masking.shutter import shutter_jpeg
from custom_components.hearthcam.engine.masking.veil import Veil, open_veil
from custom_components.hearthcam.engine.packet import Packet, VideoParameters
from custom_components.hearthcam.engine.protocol import (
    BlockCause,
    ClipClosed,
    ClipOpened,
    Lost,
    LostCause,
    Means,
    Mode,
    Output,
    OutputState,
    PrivacyState,
    PrivacyZone,
    Profile,
    RecordNow,
    StreamStatus,
)
from custom_components.hearthcam.engine.session import Reason

from .motion.drawn import EPOCH
from .watching import (
    FPS,
    LEFT,
    RIGHT,
    Staged,
    Watching,
    eventually,
    film,
    is_black,
    leaked,
    pts_at,
    shown_in,
)

# --- stills ---


@pytest.mark.parametrize("fresh", [False, True])
def test_a_zone_is_black_in_stills(staged: Staged, fresh: bool) -> None:
    """Also in small ones; and what is beside it is seen."""
    with staged(privacy=(LEFT,)) as scene:
        scene.send(2.5)
        for width in (None, 160):
            picture = scene.camera.showing.still(width, fresh=fresh)
            assert not shown_in(picture, LEFT)
            assert shown_in(picture, RIGHT)


def test_a_still_that_is_kept_is_not_shown_after_a_zone_was_added(
    staged: Staged,
) -> None:
    """The same picture, asked for again, is made anew."""
    with staged() as scene:
        scene.send(2.5)
        shown = scene.camera.showing
        assert shown_in(shown.still(None, fresh=False), LEFT)
        scene.change(privacy=(LEFT,))
        assert not shown_in(shown.still(None, fresh=False), LEFT)


def test_a_still_that_is_being_made_while_a_zone_is_added_is_made_anew(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was decoded before is thrown away."""
    with staged() as scene:
        scene.send(2.5)
        shown = scene.camera.showing
        real = shown._stills.get
        made: list[bytes | None] = []

        def slow(*arguments: object, **options: object) -> bytes | None:
            picture = real(*arguments, **options)  # type: ignore[arg-type] # passed on
            if not made:
                scene.change(privacy=(LEFT,))
            made.append(picture)
            return picture

        monkeypatch.setattr(shown._stills, "get", slow)
        assert not shown_in(shown.still(None, fresh=True), LEFT)
        assert len(made) == 2
        assert shown_in(made[0], LEFT)


def test_after_a_zone_has_gone_stills_hide_it_until_the_next_keyframe(
    staged: Staged,
) -> None:
    """Pictures of later repeat what the keyframe showed, where nothing moves."""
    with staged(privacy=(LEFT,)) as scene:
        scene.send(4.5)
        shown = scene.camera.showing
        scene.change(privacy=())
        scene.send(0.3)
        assert not shown_in(shown.still(None, fresh=True), LEFT)
        scene.send(0.4)
        assert shown_in(shown.still(None, fresh=True), LEFT)


# --- what cannot be masked ---


class Faulty:
    """A veil that fails when the test says so."""

    def __init__(self, veil: Veil, faults: list[MaskError]) -> None:
        """Wrap a real one."""
        self._veil = veil
        self._faults = faults
        self.video = veil.video
        self.lag, self.finish, self.close = veil.lag, veil.finish, veil.close

    def show(self, packet):  # type: ignore[no-untyped-def] # see `Veil`
        """Mask, or fail."""
        if self._faults:
            raise self._faults[0]
        return self._veil.show(packet)


def test_live_video_that_cannot_be_masked_is_refused_and_tried_again(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The encoder fails in the middle: the stream ends, the cause is told."""
    faults: list[MaskError] = []

    def opened(parameters: VideoParameters, mask: Mask, *, effort: Effort) -> Veil:
        return Faulty(open_veil(parameters, mask, effort=effort), faults)

    monkeypatch.setattr(broadcasts, "open_veil", opened)
    with staged(privacy=(LEFT,)) as scene:
        scene.send(3.0)
        viewer = scene.watch()
        viewer.until_time(pts_at(2.9))
        faults.append(MaskError("gone", BlockCause.NO_ENCODER))
        scene.send(0.5)
        viewer.until(lambda: viewer.ended)
        eventually(lambda: scene.means == {Means.BLOCKED, Means.ENGINE})
        assert scene.state_of(Output.LIVE) == OutputState(
            Output.LIVE, Means.BLOCKED, BlockCause.NO_ENCODER
        )
        # What has failed does not hang: the cause stays.
        told = len(scene.states)
        with monkeypatch.context() as impatient:
            impatient.setattr(broadcasts, "STUCK", 0.0)
            scene.camera.tick()
        assert len(scene.states) == told
        # Not at once again: it would fail in every request.
        assert not scene.camera.showing.add(Watching())
        scene.camera.tick()
        assert len(scene.camera.showing) == 0

        # Nobody asks for what is unavailable, so the engine tries by itself.
        faults.clear()
        monkeypatch.setattr(guards, "TRIAL", 0.0)
        monkeypatch.setattr(guards, "RETRY", 0.0)
        scene.camera.tick()
        eventually(lambda: scene.means == {Means.ENGINE})
        assert len(scene.states) == told + 1
        again = scene.watch()
        again.until_time(scene.send(1.0).pts)
    assert leaked(viewer.pictures() + again.pictures(), LEFT) == 0


def test_live_video_whose_encoder_hangs_is_ended_and_told_of(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not come back; who watches would wait for ever, and the next one too."""
    go, hangs = Event(), [False]

    class Hung(Faulty):
        @override
        def show(self, packet: Packet) -> list[ShownPacket]:
            if hangs[0]:
                assert go.wait(30)
            return self._veil.show(packet)

    def opened(parameters: VideoParameters, mask: Mask, *, effort: Effort) -> Veil:
        return Hung(open_veil(parameters, mask, effort=effort), [])

    monkeypatch.setattr(broadcasts, "open_veil", opened)
    monkeypatch.setattr(broadcasts, "STUCK", 0.05)
    with staged(privacy=(LEFT,)) as scene:
        scene.send(3.0)
        viewer = scene.watch()
        viewer.until_time(pts_at(2.9))
        hangs[0] = True
        scene.send(0.5)
        broadcast = scene.camera.showing._broadcast
        assert broadcast is not None
        eventually(lambda: broadcast.stuck)
        scene.camera.tick()
        assert viewer.ended
        assert scene.state_of(Output.LIVE).cause is BlockCause.MASK_FAILED
        hangs[0] = False
        monkeypatch.setattr(guards, "RETRY", 0.0)
        monkeypatch.setattr(broadcasts, "STUCK", 60.0)
        again = scene.watch()
        again.until_time(scene.send(1.0).pts)
        assert scene.state_of(Output.LIVE).means is Means.ENGINE
        go.set()
        broadcast.join(20)
        assert not viewer.late
    assert leaked(viewer.pictures() + again.pictures(), LEFT) == 0


def test_a_machine_without_an_encoder_shows_stills_only(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told at once, before anybody asks in vain."""
    monkeypatch.setattr(showing, "available", Encoders)
    with staged(privacy=(LEFT,)) as scene:
        scene.send(3.0)
        for output in (Output.LIVE, Output.CLIPS):
            assert scene.state_of(output).cause is BlockCause.NO_ENCODER
        assert not scene.camera.showing.add(Watching())
        assert not shown_in(scene.camera.showing.still(None, fresh=False), LEFT)
        assert scene.state_of(Output.STILL).means is Means.ENGINE


def test_a_viewer_of_what_cannot_be_masked_at_all_gets_nothing(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is that fails."""

    def refused(*_: object, **__: object) -> Veil:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(broadcasts, "open_veil", refused)
    with staged(privacy=(LEFT,)) as scene:
        scene.send(3.0)
        viewer = Watching()
        # It may have failed already.
        if scene.camera.showing.add(viewer):
            viewer.until(lambda: viewer.ended)
        assert not viewer.packets
        eventually(lambda: scene.state_of(Output.LIVE).cause is BlockCause.MASK_FAILED)


def test_a_still_that_cannot_be_masked_is_refused(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and told again when it works."""
    with staged(privacy=(LEFT,)) as scene:
        scene.send(3.0)
        shown = scene.camera.showing

        def fails(mask: Mask, frame: object) -> None:
            raise MaskError("no")

        with monkeypatch.context() as broken:
            broken.setattr(Mask, "paint", fails)
            assert shown.still(None, fresh=False) is None
        assert scene.state_of(Output.STILL).means is Means.BLOCKED
        assert shown.still(None, fresh=False) is None
        monkeypatch.setattr(guards, "RETRY", 0.0)
        shown.guard.failed(Output.STILL, BlockCause.MASK_FAILED)
        assert not shown_in(shown.still(None, fresh=False), LEFT)
        assert scene.means == {Means.ENGINE}


# --- what is told ---


def test_state_is_told_at_each_configuration_and_change_only(staged: Staged) -> None:
    """With the marks of what is hidden."""
    with staged() as scene:
        assert scene.means == {Means.NONE}
        assert scene.states[-1].mask == ()
        scene.change(privacy=(LEFT, RIGHT))
        assert scene.means == {Means.ENGINE}
        assert set(scene.states[-1].mask) == Mask.of((LEFT, RIGHT)).marks
        scene.send(2.0)
        scene.camera.showing.still(None, fresh=False)
        scene.camera.tick()
        assert len(scene.states) == 2
        # Home Assistant may have restarted, and knows nothing.
        scene.change()
        assert len(scene.states) == 3
        assert scene.states[-1] == scene.states[-2]


def test_a_zone_is_masked_here_until_the_camera_was_seen_to_do_it(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And again as soon as it does not, or the connection is another one."""
    claimed = PrivacyZone("left", LEFT.polygon, at_source=True)
    with staged(privacy=(claimed,)) as scene:
        scene.send(3.0)
        assert scene.means == {Means.ENGINE}
        viewer = scene.watch()
        watch = scene.camera._detection._source_watch
        told: list[Mask] = []
        monkeypatch.setattr(
            scene.camera.recorder,
            "mask_changed",
            lambda: told.append(scene.camera.showing.curtain.mask),
        )

        believed = frozenset((claimed,))
        monkeypatch.setattr(type(watch), "believed", property(lambda _: believed))
        scene.camera.sources_seen()
        assert scene.means == {Means.CAMERA}
        assert scene.states[-1].at_source == ("left",)
        assert set(scene.states[-1].mask) == Mask.of((LEFT,)).marks
        assert viewer.ended

        # A polygon that was changed is another one.
        moved = PrivacyZone("left", RIGHT.polygon, at_source=True)
        scene.change(privacy=(moved,))
        assert scene.means == {Means.ENGINE}
        assert scene.camera.showing.curtain.mask == Mask.of((moved,))
        scene.change(privacy=(claimed,))
        scene.camera.sources_seen()
        assert scene.means == {Means.CAMERA}

        believed = frozenset()
        scene.camera.sources_seen()
        assert scene.means == {Means.ENGINE}
        # Clips follow, each time.
        hidden = [NOTHING, Mask.of((moved,)), Mask.of((claimed,)), NOTHING]
        assert told == [*hidden, Mask.of((claimed,))]
        assert not shown_in(scene.camera.showing.still(None, fresh=False), LEFT)


def test_a_zone_that_the_camera_masks_is_left_to_it_until_it_does_not(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its pixels, on this connection; its own packets pass as they are then."""
    monkeypatch.setattr(verify, "INTERVAL", 0)
    claimed = PrivacyZone("left", LEFT.polygon, at_source=True)
    video, packets = film(masked=True)
    _, faults = film()
    with staged((video, packets), privacy=(claimed,)) as scene:
        for _ in range(5):
            scene.send(1.0)
        eventually(lambda: scene.means == {Means.CAMERA})
        scene.send(1.5)
        viewer = scene.watch()
        scene.send(0.5)
        assert viewer.packets[-1].data == packets[69].data
        # Motion in it is nobody's business all the same.
        assert scene.camera.analyst._mask == Mask.of((claimed,))

        # Another connection: it may have forgotten.
        scene.camera.stream_state(Profile.MAIN, StreamStatus.OFFLINE, None, None)
        assert viewer.ended
        assert scene.means == {Means.ENGINE}
        scene.open(video)
        for _ in range(5):
            scene.send(1.0)
        eventually(lambda: scene.means == {Means.CAMERA})
        scene.open(video)
        assert scene.means == {Means.ENGINE}
        for _ in range(5):
            scene.send(1.0)
        eventually(lambda: scene.means == {Means.CAMERA})

        # Somebody switched its masks off.
        scene._packets = list(faults[170:])
        scene.send(1.0)
        eventually(lambda: scene.means == {Means.ENGINE})
        assert not shown_in(scene.camera.showing.still(None, fresh=False), LEFT)


def test_a_camera_that_only_says_that_it_masks_is_masked_here(staged: Staged) -> None:
    """The pixels are looked at, and they are bright."""
    claimed = PrivacyZone("left", LEFT.polygon, at_source=True)
    with staged(privacy=(claimed,)) as scene:
        scene.send(1.0)
        viewer = scene.watch()
        for _ in range(7):
            scene.send(1.0)
        viewer.until_time(pts_at(7.9))
        assert {told.at_source for told in scene.states} == {()}
    assert leaked(viewer.pictures(), LEFT) == 0


# --- clips ---


def test_a_zone_that_is_added_while_a_clip_grows_is_black_in_what_follows(
    staged: Staged,
) -> None:
    """No picture is lost or doubled by that, and none of later shows it."""
    with staged(mode=Mode.RECORD) as scene:
        scene.send(3.0)
        scene.camera.recorder.begin(Reason(new_id(EPOCH), "motion", EPOCH + 2.0))
        changed = scene.send(3.5)
        # What is not on the disk by then is masked as well.
        eventually(lambda: any(isinstance(r, ClipOpened) for r in scene.reports))
        scene.change(privacy=(LEFT,))
        scene.send(3.5)
    clips = sorted(
        (told for told in scene.reports if isinstance(told, ClipClosed)),
        key=lambda clip: clip.start,
    )
    seen: dict[int, bool] = {}
    for clip in clips:
        with av.open(clip.path) as container:
            for frame in container.decode(video=0):
                assert frame.time is not None
                number = round((clip.start - EPOCH + frame.time) * FPS)
                assert number not in seen
                seen[number] = not is_black(frame, LEFT)
    assert sorted(seen) == list(range(100))
    last_clear = max(number for number, clear in seen.items() if clear)
    assert last_clear <= round((changed.time - EPOCH) * FPS)
    assert not clips[0].mask
    assert set(clips[-1].mask) == Mask.of((LEFT,)).marks


def test_while_a_camera_is_blocked_nothing_of_it_is_recorded(staged: Staged) -> None:
    """The clip that grows ends; what is lost of the event is told, and why."""
    with staged(mode=Mode.RECORD, pre_roll=1.0) as scene:
        begin = scene.camera.recorder.begin
        scene.send(3.0)
        begin(Reason(new_id(EPOCH), "motion", EPOCH + 2.0))
        scene.send(2.0)
        scene.camera.refuse(BlockCause.MASK_FAILED)
        # With the zone below it would be cut once more.
        eventually(lambda: any(isinstance(r, ClipClosed) for r in scene.reports))
        scene.send(3.0)
        # Another event, which wants some of the time before.
        begin(Reason(new_id(EPOCH + 1), "motion", EPOCH + 6.0))
        scene.send(1.0)
        scene.change(privacy=(LEFT,))
        scene.send(2.0)
    clips = sorted(
        (told for told in scene.reports if isinstance(told, ClipClosed)),
        key=lambda clip: clip.start,
    )
    spans = [
        (round(clip.start - EPOCH, 1), round(clip.end - EPOCH, 1)) for clip in clips
    ]
    assert spans == [(1.0, 5.0), (9.0, 11.0)]
    (lost,) = [told for told in scene.reports if isinstance(told, Lost)]
    assert lost.cause is LostCause.MASK_FAILED
    assert (lost.start, lost.end) == pytest.approx((EPOCH + 4.9, EPOCH + 9.0))


# --- the shutter ---


def test_with_a_closed_shutter_nothing_of_the_camera_is_shown_or_recorded(
    staged: Staged,
) -> None:
    """Its connections are closed; what still arrives is dropped."""
    video, packets = film()
    with staged(mode=Mode.RECORD) as scene:
        scene.send(3.0)
        before = scene.watch()
        camera = scene.camera
        scene.change(shut=True)
        assert before.ended
        assert not camera._feeds.is_expected(Profile.MAIN)
        assert scene.means == {Means.SHUT}
        # One packet was on its way.
        scene.send(0.1)
        camera.set_mode(Mode.RECORD)
        camera.record_now(RecordNow("test", "EVENT0001", 5.0))
        scene.open(video)
        scene.send(2.0)
        assert camera.showing.still(160, fresh=True) == shutter_jpeg(160)
        viewer = scene.watch()
        assert viewer.streams is not None
        assert viewer.streams[0].width == 1280
        shown = {packet.data for packet in packets}
        assert viewer.packets
        assert not any(packet.data in shown for packet in viewer.packets)
        camera.tick()
        ended = [viewer.ended]

        scene.change(shut=False)
        assert [*ended, viewer.ended] == [False, True]
        assert camera.showing.still(None, fresh=False) is None
        scene.open(video)
        scene.send(2.0)
        after = scene.watch()
        assert after.packets[0].pts == pts_at(6.0)
        assert scene.means == {Means.NONE}
        reports = scene.reports
    assert not [told for told in reports if isinstance(told, ClipOpened | Lost)]


def test_a_camera_that_starts_with_a_closed_shutter_connects_nowhere(
    staged: Staged,
) -> None:
    """And opens when it is told to."""
    with staged(shut=True) as scene:
        camera = scene.camera
        assert not camera._feeds.is_online(Profile.MAIN)
        assert scene.means == {Means.SHUT}
        assert scene.watch().packets
        scene.change(shut=False)
        assert camera._feeds.is_online(Profile.MAIN)


def test_blocked_is_told_before_shut(staged: Staged) -> None:
    """What could not be read may say more than that the shutter is closed."""
    with staged() as scene:
        scene.send(2.0)
        scene.camera.refuse(BlockCause.MASK_FAILED)
        assert scene.means == {Means.BLOCKED}
        assert scene.camera.showing.still(None, fresh=False) is None
        assert not scene.camera.showing.add(Watching())
        assert isinstance(scene.states[-1], PrivacyState)
        scene.change()
        assert scene.means == {Means.NONE}
        assert scene.watch().packets
