"""Live video with privacy zones: nothing of them is ever shown to anybody."""

from itertools import pairwise
from threading import Event

import pytest

from custom_components.hearthcam.engine.exposure import expose
from custom_components.hearthcam.engine.inspection import inspect
from custom_components.hearthcam.engine.masking import masked_broadcast as broadcasts
from custom_components.hearthcam.engine.masking.broadcast import ClearBroadcast
from custom_components.hearthcam.engine.masking.effort import Effort
from custom_components.hearthcam.engine.masking.mask import Mask
from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.masking.veil import Veil, open_veil
from custom_components.hearthcam.engine.packet import Packet, VideoParameters
from custom_components.hearthcam.engine.polygon import mark_of
from custom_components.hearthcam.engine.protocol import (
    BlockCause,
    ClipClosed,
    Expose,
    Inspect,
    Means,
    Output,
    RecordNow,
)

from .watching import (
    FPS,
    LEFT,
    RIGHT,
    Staged,
    Watching,
    film,
    is_black,
    leaked,
    pts_at,
    shown_in,
)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_zone_is_black_in_every_picture_and_no_picture_is_missing(
    staged: Staged, codec: str
) -> None:
    """From the backlog on; and what is beside the zone is seen."""
    video, packets = film(codec=codec)
    with staged((video, packets), privacy=(LEFT,)) as scene:
        scene.send(6.4)
        viewer = scene.watch()
        last = scene.send(3.0)
        viewer.until_time(last.pts)
    frames = viewer.pictures()
    assert leaked(frames, LEFT) == 0
    assert not any(is_black(frame, RIGHT) for frame in frames)
    times = [packet.pts for packet in viewer.packets]
    # Some seconds of the past come at once.
    assert times[0] <= pts_at(6.4 - broadcasts.MASKED_BURST)
    assert {b - a for a, b in pairwise(times)} == {1_000_000 // FPS}
    assert len(frames) == len(times)


def test_without_a_zone_packets_pass_as_they_are(staged: Staged) -> None:
    """Each is wrapped once, whoever many watch; nothing is encoded."""
    _, packets = film()
    with staged() as scene:
        # In the middle between two keyframes.
        scene.send(3.4)
        one, other = scene.watch(), scene.watch()
        scene.send(1.0)
        assert [p.data for p in one.packets] == [p.data for p in packets[:44]]
        assert all(
            a is b for a, b in zip(one.packets[34:], other.packets[34:], strict=True)
        )
        assert scene.state_of(Output.LIVE).means is Means.NONE


def test_a_zone_that_is_added_ends_what_is_being_watched(staged: Staged) -> None:
    """At once; who comes back sees nothing of it, not even of the past."""
    with staged() as scene:
        last = scene.send(5.0)
        before = scene.watch()
        scene.change(privacy=(LEFT,))
        assert before.ended
        after = scene.watch()
        latest = scene.send(2.0)
        after.until_time(latest.pts)
        assert before.packets[-1].pts == last.pts
    assert not is_black(before.pictures()[-1], LEFT)
    frames = after.pictures()
    assert after.packets[0].pts <= last.pts
    assert leaked(frames, LEFT) == 0


def test_a_second_zone_ends_a_masked_stream(staged: Staged) -> None:
    """What waited for the old mask never comes."""
    with staged(privacy=(LEFT,)) as scene:
        scene.send(5.0)
        before = scene.watch()
        scene.change(privacy=(LEFT, RIGHT))
        assert before.ended
        after = scene.watch()
        after.until_time(scene.send(2.0).pts)
    assert leaked(after.pictures(), LEFT, RIGHT) == 0


def test_after_a_zone_has_gone_nothing_of_before_is_shown(staged: Staged) -> None:
    """Clear pictures begin with the next keyframe, which was captured since."""
    _, packets = film()
    with staged(privacy=(LEFT,)) as scene:
        scene.send(4.5)
        before = scene.watch()
        scene.change(privacy=())
        assert before.ended
        after = scene.watch()
        scene.send(1.0)
        # From the keyframe at 5.0 s on: the one at 4.0 s was captured hidden.
        assert after.packets[0].pts == pts_at(5.0)
        assert [p.data for p in after.packets] == [p.data for p in packets[50:55]]
        later = scene.watch()
        assert later.packets[0].pts == pts_at(5.0)


def test_what_is_being_masked_when_it_changes_is_shown_to_nobody(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The encoder has a picture in its hands that the old mask let pass."""
    inside, go_on = Event(), Event()

    def gated(parameters: VideoParameters, mask: Mask, *, effort: Effort) -> Veil:
        veil = open_veil(parameters, mask, effort=effort)
        show = veil.show

        def slow(packet: Packet) -> list[ShownPacket]:
            shown = show(packet)
            if packet.pts == pts_at(3.0):
                inside.set()
                assert go_on.wait(20)
            return shown

        monkeypatch.setattr(veil, "show", slow)
        return veil

    monkeypatch.setattr(broadcasts, "open_veil", gated)
    with staged(privacy=(LEFT,)) as scene:
        scene.send(3.0)
        viewer = scene.watch()
        viewer.until_time(pts_at(2.9))
        scene.send(0.1)
        assert inside.wait(20)
        broadcast = scene.camera.showing._broadcast
        assert broadcast is not None
        scene.change(privacy=(LEFT, RIGHT))
        go_on.set()
        broadcast.join(20)
        assert viewer.packets[-1].pts == pts_at(2.9)
        assert not viewer.late


def test_a_keyframe_that_came_late_is_not_shown_after_a_zone_has_gone() -> None:
    """It was captured before, when it was hidden."""
    video, packets = film()
    broadcast = ClearBroadcast(video, None, list, pts_at(2.5))
    viewer = Watching()
    assert broadcast.add(viewer)
    for packet in packets[20:]:
        broadcast.offer(packet)
    assert viewer.packets[0].pts == pts_at(3.0)
    assert len(viewer.packets) == len(packets) - 30


def test_of_two_zones_one_that_goes_is_hidden_in_what_came_before(
    staged: Staged,
) -> None:
    """A masked stream does not begin before the change either."""
    with staged(privacy=(LEFT, RIGHT)) as scene:
        scene.send(4.5)
        scene.change(privacy=(LEFT,))
        after = scene.watch()
        after.until_time(scene.send(1.5).pts)
    assert after.packets[0].pts == pts_at(5.0)
    frames = after.pictures()
    assert leaked(frames, LEFT) == 0
    assert not any(is_black(frame, RIGHT) for frame in frames)


def test_a_second_viewer_gets_what_was_masked_already(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, in the caller's thread, and by the same encoder."""
    opened = []

    def counted(parameters: VideoParameters, mask: Mask, *, effort: Effort) -> Veil:
        opened.append(mask)
        return open_veil(parameters, mask, effort=effort)

    monkeypatch.setattr(broadcasts, "open_veil", counted)
    with staged(privacy=(LEFT,)) as scene:
        scene.send(5.0)
        first = scene.watch()
        first.until_time(scene.send(1.0).pts)
        second = scene.watch()
        assert second.packets == first.packets
        scene.camera.showing.remove(first)
        second.until_time(scene.send(1.0).pts)
    assert len(opened) == 1
    assert leaked(second.pictures(), LEFT) == 0


def test_masking_goes_on_a_while_for_who_comes_back_and_then_ends(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant closes and opens a stream within seconds."""
    with staged(privacy=(LEFT,)) as scene:
        scene.send(3.0)
        viewer = scene.watch()
        viewer.until_time(pts_at(2.9))
        monkeypatch.setattr(broadcasts, "LINGER", 0.0)
        broadcast = scene.camera.showing._broadcast
        assert broadcast is not None
        scene.camera.showing.remove(viewer)
        broadcast.join(20)
        assert broadcast.closed
        assert not viewer.ended
        monkeypatch.setattr(broadcasts, "LINGER", 10.0)
        again = scene.watch()
        again.until_time(scene.send(1.0).pts)
    assert leaked(again.pictures(), LEFT) == 0


def test_pictures_of_another_size_end_the_stream_and_are_black_in_the_next(
    staged: Staged,
) -> None:
    """A camera that was set otherwise while somebody watched."""
    small, packets = film(6.0)
    large, others = film(6.0, width=640, height=360)
    with staged((small, packets), privacy=(LEFT,)) as scene:
        viewer_of = {}
        scene.send(3.0)
        viewer_of["small"] = scene.watch()
        viewer_of["small"].until_time(pts_at(2.9))
        scene._packets = list(others)
        scene.open(large)
        assert viewer_of["small"].ended
        scene.send(2.0)
        viewer_of["large"] = scene.watch()
        viewer_of["large"].until_time(scene.send(1.0).pts)
    for viewer in viewer_of.values():
        assert leaked(viewer.pictures(), LEFT) == 0
    assert {frame.width for frame in viewer_of["large"].pictures()} == {640}


def test_a_stream_that_breaks_off_goes_on_masked(staged: Staged) -> None:
    """Within the patience that viewers have, from the next keyframe on."""
    video, _ = film()
    with staged(privacy=(LEFT,)) as scene:
        scene.send(3.5)
        viewer = scene.watch()
        scene.camera._interrupted()
        del scene._packets[:20]
        scene.open(video)
        viewer.until_time(scene.send(2.0).pts)
    assert leaked(viewer.pictures(), LEFT) == 0
    assert max(b.pts - a.pts for a, b in pairwise(viewer.packets)) > 2_000_000


def test_a_viewer_waits_for_a_keyframe_behind_a_stream_that_is_too_slow_to_mask(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory stays bounded: pictures are left out, from a keyframe on they go on."""
    monkeypatch.setattr(broadcasts, "MOST_LAG", 2.0)
    with staged(privacy=(LEFT,)) as scene:
        scene.send(1.0)
        viewer = scene.watch()
        # Faster than any machine masks.
        last = scene.send(15.0)
        broadcast = scene.camera.showing._broadcast
        assert isinstance(broadcast, broadcasts.MaskedBroadcast)
        assert len(broadcast._waiting) <= 2.0 * FPS + 1
        viewer.until_time(last.pts)
    assert leaked(viewer.pictures(), LEFT) == 0


def test_camera_that_leaked_is_shown_to_who_brings_the_key_and_masked(
    staged: Staged,
) -> None:
    """That is its test; what it is shown nobody else comes to."""
    with staged(privacy=(LEFT,)) as scene:
        scene.send(3.0)
        showing = scene.camera.showing
        scene.change(blocked=BlockCause.LEAKED)
        showing.let_in("key")
        tester, others = Watching(), Watching()
        assert showing.add(tester, "key")
        for wrong in (None, "", "other", "\udcff"):
            assert not showing.add(others, wrong)
            assert showing.still(None, fresh=False, key=wrong) is None
        tester.until_time(scene.send(2.0).pts)
        assert leaked(tester.pictures(), LEFT) == 0
        assert not shown_in(showing.still(None, fresh=False, key="key"), LEFT)
        assert showing.still(None, fresh=False) is None
        assert len(showing) == 0

        showing.let_in(None)
        assert tester.ended
        assert not showing.add(others, "key")
        showing.let_in("key")
        # What cannot be masked is shown to no test either.
        scene.change(blocked=BlockCause.MASK_FAILED)
        showing.let_in("key")
        assert not showing.add(others, "key")
        assert showing.still(None, fresh=False, key="key") is None


def test_camera_that_leaked_records_nothing_but_what_a_test_asks_for(
    staged: Staged,
) -> None:
    with staged(privacy=(LEFT,)) as scene:
        scene.send(3.0)
        scene.change(blocked=BlockCause.LEAKED)
        event_id = "01JE0000000000000000000000"
        scene.camera.record_now(RecordNow("test", event_id, 2.0))
        scene.camera.stop_now()
        order = RecordNow("test", event_id, 2.0, kind="check", trial=True)
        scene.camera.record_now(order)
        scene.send(2.0)
        scene.camera.recorder.close()
        (closed,) = [told for told in scene.reports if isinstance(told, ClipClosed)]
        assert (closed.kind, closed.mask) == ("check", (mark_of(LEFT.polygon),))
        found = inspect(Inspect("r", closed.path, (LEFT.polygon,)))
        assert (found.error, found.leaked) == (None, 0)
        assert found.frames >= 20


@pytest.mark.parametrize("dark", [False, True])
def test_test_is_told_whether_there_is_light_where_a_zone_is(
    staged: Staged, dark: bool
) -> None:
    video, packets = film(masked=dark)
    with staged((video, packets), privacy=(LEFT,)) as scene:
        order = Expose("r", "test", (LEFT.polygon,))
        assert expose(order, scene.camera.showing).dark
        scene.send(3.0)
        assert expose(order, scene.camera.showing).dark is dark
        assert expose(order, None).dark


def test_what_a_blocked_camera_sends_is_shown_to_nobody(staged: Staged) -> None:
    """With the cause that Home Assistant gave."""
    with staged(privacy=(LEFT,)) as scene:
        scene.send(3.0)
        viewer = scene.watch()
        scene.change(blocked=BlockCause.LEAKED)
        assert viewer.ended
        assert not scene.camera.showing.add(viewer)
        assert scene.camera.showing.still(None, fresh=False) is None
        assert {one.means for one in scene.states[-1].outputs} == {Means.BLOCKED}
        assert {one.cause for one in scene.states[-1].outputs} == {BlockCause.LEAKED}
        scene.change(blocked=None)
        assert scene.state_of(Output.LIVE).means is Means.ENGINE
        assert scene.watch()
