"""How much is decoded, and that nothing is missed by decoding little."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from av.video.frame import VideoFrame
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.engine.cadence import Cadence
from custom_components.hearthcam.engine.gops import GopStore
from custom_components.hearthcam.engine.ladder import Ladder, Rung
from custom_components.hearthcam.engine.masking.mask import NOTHING
from custom_components.hearthcam.engine.motion import MotionBegan, MotionOver
from custom_components.hearthcam.engine.motion.zone_events import (
    ZonedMotionBegan,
    ZonedMotionOver,
)
from custom_components.hearthcam.engine.pace import Pace
from custom_components.hearthcam.engine.packet import Packet, VideoParameters
from custom_components.hearthcam.engine.protocol import Point, Zone, ZoneKind
from custom_components.hearthcam.engine.rungs import Facts, next_rung
from custom_components.hearthcam.engine.sight import LightChanged, Told, View
from custom_components.hearthcam.engine.wake import SizeWatch
from tests.engine.motion.drawn import EPOCH, Picture, Walker, encode, pictures, scenery

type Stream = tuple[VideoParameters, list[Packet]]
# The walker comes in just after a keyframe: the worst moment for a camera at rest.
ENTERS, LEAVES = 16.3, 21.0


@pytest.fixture(scope="module")
def visit() -> Stream:
    """Somebody walks by, after a quarter of a minute of nothing."""
    return encode(pictures(30, fps=10, walkers=[Walker(ENTERS, LEAVES)]))


@pytest.fixture(scope="module")
def nothing() -> Stream:
    """A still scene with noise."""
    return encode(pictures(30, fps=10))


def _feed(ladder: Ladder, stream: Stream) -> list[tuple[float, Told]]:
    told = [(0.0, event) for event in ladder.set_parameters(stream[0])]
    for packet in stream[1]:
        told += [(packet.time - EPOCH, event) for event in ladder.feed(packet)]
    return told


def _only_motion(
    told: Iterable[tuple[float, Told]],
) -> tuple[float, float, float]:
    """Return when the one motion was told of, its start and its end."""
    (when, began), (_, over) = told
    assert isinstance(began, MotionBegan)
    assert isinstance(over, MotionOver)
    assert began.time == over.start
    return when, round(began.time - EPOCH, 3), round(over.end - EPOCH, 3)


def test_a_quiet_camera_is_at_rest_and_only_keyframes_are_analysed(
    nothing: Stream,
) -> None:
    ladder = Ladder(NOTHING)
    assert _feed(ladder, (nothing[0], nothing[1][:150])) == []
    assert ladder.rung is Rung.REST
    before = ladder.analysed_frames
    assert _feed(ladder, (nothing[0], nothing[1][150:])) == []
    assert ladder.rung is Rung.REST
    assert ladder.analysed_frames - before == 7
    assert 0 < ladder.cpu_seconds < 5


def test_a_motion_noticed_late_starts_with_its_first_moving_picture(
    visit: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SizeWatch, "feed", lambda self, packet, quiet: False)
    ladder = Ladder(NOTHING)
    when, start, end = _only_motion(_feed(ladder, visit))
    assert ENTERS <= start <= ENTERS + 0.5
    assert LEAVES - 0.6 <= end <= LEAVES + 0.5
    assert when - start <= ladder.worst_case_latency
    # Noticed with the keyframe at 18 s, from what was kept since that at 16 s.
    assert when >= 18.0


def test_sizes_wake_before_the_next_keyframe() -> None:
    walker = Walker(ENTERS, LEAVES, width=40, speed=60)
    stream = encode(pictures(26, fps=10, walkers=[walker], sigma=1.0))
    when, start, _ = _only_motion(_feed(Ladder(NOTHING), stream))
    assert ENTERS <= start <= ENTERS + 0.3
    assert when <= ENTERS + 1.2


def test_everything_is_analysed_while_something_moves_and_rest_comes_back(
    visit: Stream,
) -> None:
    ladder = Ladder(NOTHING)
    ladder.set_parameters(visit[0])
    rungs: dict[int, Rung] = {}
    for packet in visit[1]:
        ladder.feed(packet)
        rungs[round((packet.time - EPOCH) * 10)] = ladder.rung
    assert rungs[0] is Rung.FULL
    assert rungs[150] is Rung.REST
    assert rungs[190] is Rung.FULL
    assert rungs[290] is Rung.REST


def test_about_five_pictures_a_second_are_analysed_in_full(visit: Stream) -> None:
    ladder = Ladder(NOTHING)
    _feed(ladder, (visit[0], visit[1][:50]))
    assert 24 <= ladder.analysed_frames <= 26


@pytest.mark.parametrize(
    "change", [lambda p, t: p * (0.6 if t >= 15 else 1), lambda p, t: p - (t >= 15) * 9]
)
def test_a_change_of_light_at_rest_is_no_motion(
    change: Callable[[Picture, float], Picture],
) -> None:
    ladder = Ladder(NOTHING)
    told = _feed(ladder, encode(pictures(26, fps=10, change=change)))
    assert all(isinstance(event, LightChanged) for _, event in told)
    assert len(told) <= 1
    assert ladder.rung is Rung.REST


def test_long_gops_are_decoded_throughout(visit: Stream) -> None:
    stream = encode(pictures(34, fps=10, walkers=[Walker(26.3, 31.0)]), gop=8)
    ladder = Ladder(NOTHING)
    half = (stream[0], stream[1][:250])
    assert _feed(ladder, half) == []
    assert ladder.rung is Rung.WATCH
    assert ladder.worst_case_latency == 3.0
    told = _feed(ladder, (stream[0], stream[1][250:]))
    told += [(34.0, event) for event in ladder.finish()]
    when, start, _ = _only_motion(told)
    assert 26.3 <= start <= 27.0
    assert when - start <= 2.0


def test_keyframes_that_stop_coming_wake_a_resting_camera(nothing: Stream) -> None:
    parameters, packets = nothing
    ladder = Ladder(NOTHING)
    _feed(ladder, (parameters, packets[:150]))
    assert ladder.rung == "rest"
    late = [replace(packet, is_keyframe=False) for packet in packets[150:]]
    _feed(ladder, (parameters, late))
    assert ladder.rung is Rung.WATCH


def test_switched_off_it_decodes_nothing_and_ends_the_motion(visit: Stream) -> None:
    parameters, packets = visit
    ladder = Ladder(NOTHING)
    told = _feed(ladder, (parameters, packets[:190]))
    assert len(told) == 1
    ended = ladder.set_enabled(False)
    assert [type(event) for event in ended] == [ZonedMotionOver]
    assert ladder.rung == "off"
    spent = ladder.cpu_seconds
    assert _feed(ladder, (parameters, packets[190:])) == []
    assert ladder.cpu_seconds == spent
    assert ladder.set_enabled(True) == []
    assert ladder.rung is Rung.FULL


def test_an_interruption_ends_the_motion_and_keeps_what_was_learnt(
    visit: Stream,
) -> None:
    parameters, packets = visit
    ladder = Ladder(NOTHING)
    assert len(_feed(ladder, (parameters, packets[:190]))) == 1
    assert [type(event) for event in ladder.finish()] == [ZonedMotionOver]
    assert ladder.finish() == []
    # Back in the middle of a GOP, after the walker has left.
    assert _feed(ladder, (parameters, packets[225:])) == []
    assert ladder.rung is Rung.REST


def test_another_resolution_starts_anew(visit: Stream) -> None:
    ladder = Ladder(NOTHING)
    _feed(ladder, (visit[0], visit[1][:190]))
    small = encode(pictures(12, fps=10, scene=scenery(160, 90)))
    shifted = [
        replace(packet, pts=packet.pts + 19_000_000, dts=packet.dts + 19_000_000)
        for packet in small[1]
    ]
    told = _feed(ladder, (small[0], shifted))
    assert [type(event) for _, event in told] == [ZonedMotionOver]


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_jump_of_time_starts_anew(visit: Stream, jump: float) -> None:
    parameters, packets = visit
    ladder = Ladder(NOTHING)
    told = _feed(ladder, (parameters, packets[:190]))
    micros = int(jump * 1_000_000)
    later = [
        replace(packet, pts=packet.pts + micros, dts=packet.dts + micros)
        for packet in packets[:120]
    ]
    told += _feed(ladder, (parameters, later))
    assert [type(event) for _, event in told] == [ZonedMotionBegan, ZonedMotionOver]


@given(seed=st.integers(0, 10_000), losses=st.integers(1, 60))
@settings(max_examples=12, deadline=None)
def test_lost_and_broken_packets_never_raise_and_starts_have_ends(
    visit: Stream, seed: int, losses: int
) -> None:
    parameters, packets = visit
    kept: list[Packet] = []
    for number, packet in enumerate(packets):
        fate = (number * 7919 + seed) % 300
        if fate < losses:
            continue
        data = packet.data
        if fate < 2 * losses:
            data = data[: len(data) // 3] + bytes([fate % 256]) * 9
        kept.append(replace(packet, data=data))
    ladder = Ladder(NOTHING)
    events = [event for _, event in _feed(ladder, (parameters, kept))]
    events += ladder.close()
    kinds = [type(e) for e in events if isinstance(e, MotionBegan | MotionOver)]
    assert kinds == [ZonedMotionBegan, ZonedMotionOver] * (len(kinds) // 2)


def test_audio_and_packets_before_the_parameters_are_ignored(visit: Stream) -> None:
    ladder = Ladder(NOTHING)
    assert ladder.feed(visit[1][0]) == []
    ladder.set_parameters(visit[0])
    assert ladder.feed(replace(visit[1][0], is_audio=True)) == []
    assert ladder.analysed_frames == 0


def test_an_unknown_codec_detects_nothing_and_raises_nothing(visit: Stream) -> None:
    ladder = Ladder(NOTHING)
    assert _feed(ladder, (replace(visit[0], codec="nothing"), visit[1])) == []
    assert ladder.close() == []


def test_what_is_kept_to_look_back_is_bounded() -> None:
    store = GopStore()
    for number in range(4000):
        time = int((EPOCH + number / 10) * 1_000_000)
        store.add(Packet(b"x" * 20_000, time, time, 0, number == 0))
    assert store.since(0.0) == []
    store.add(Packet(b"x", time + 1, time + 1, 0, True))
    assert len(store.since(0.0)) == 1


def test_other_parameter_sets_of_the_same_picture_forget_nothing(visit: Stream) -> None:
    """A camera that reconnects, or changes its rate, is watched on at once."""
    parameters, packets = visit
    ladder = Ladder(NOTHING)
    _feed(ladder, (parameters, packets[:150]))
    assert ladder.rung is Rung.REST
    assert _feed(ladder, (replace(parameters, fps=12.0), packets[150:162])) == []
    assert ladder.rung is Rung.REST


def _strip(zone_id: str, top: float, bottom: float, **changes: float) -> Zone:
    corners = (0.0, top), (1.0, top), (1.0, bottom), (0.0, bottom)
    polygon = tuple(Point(*corner) for corner in corners)
    duration = changes.get("min_duration", 0.0)
    return Zone(zone_id, ZoneKind.MOTION, polygon, min_duration=duration)


def test_zones_change_at_once_and_what_was_learnt_stays(visit: Stream) -> None:
    parameters, packets = visit
    ladder = Ladder(NOTHING)
    ladder.set_zones((_strip("sky", 0.0, 0.3),), 50)
    assert _feed(ladder, (parameters, packets[:190])) == []
    ladder.set_zones((_strip("path", 0.5, 0.8),), 50)
    told = [event for _, event in _feed(ladder, (parameters, packets[190:]))]
    began, over = told
    assert isinstance(began, ZonedMotionBegan)
    assert isinstance(over, ZonedMotionOver)
    assert began.zones == over.zones == ("path",)
    assert over.reason is not None
    assert over.reason.contrast > 1.0


def test_a_zone_with_a_minimum_duration_begins_with_its_first_picture(
    visit: Stream,
) -> None:
    ladder = Ladder(NOTHING)
    ladder.set_zones((_strip("path", 0.5, 0.8, min_duration=3.0),), 50)
    when, start, _ = _only_motion(_feed(ladder, visit))
    assert ENTERS <= start <= ENTERS + 0.5
    assert start + 2.9 <= when <= start + 3.6
    assert when - start <= ladder.worst_case_latency


def test_what_moves_outside_of_every_zone_keeps_nobody_awake(visit: Stream) -> None:
    ladder = Ladder(NOTHING)
    ladder.set_zones((_strip("sky", 0.0, 0.3),), 50)
    _feed(ladder, (visit[0], visit[1][:160]))
    seen = ladder.analysed_frames
    assert _feed(ladder, (visit[0], visit[1][160:])) == []
    # Keyframes, and what sizes woke it for.
    assert ladder.analysed_frames - seen < 40


def test_a_lamp_that_is_known_of_explains_a_change_of_light() -> None:
    drawn = pictures(24, fps=10, change=lambda p, t: p * (0.5 if t >= 15 else 1))
    parameters, packets = encode(drawn)
    ladder = Ladder(NOTHING)
    ladder.sight.explain_light(EPOCH + 14.6)
    told = [event for _, event in _feed(ladder, (parameters, packets))]
    (light,) = told
    assert isinstance(light, LightChanged)
    assert light.cause == "home"
    assert light.time - EPOCH == pytest.approx(15.0, abs=0.3)


def test_the_view_is_told_while_somebody_watches_and_not_longer(
    nothing: Stream,
) -> None:
    """For a minute after the last asking; the clock is that of the pictures."""
    parameters, packets = nothing
    ladder = Ladder(NOTHING)
    assert _feed(ladder, (parameters, packets[:100])) == []
    ladder.sight.watch(True)
    views = [event for _, event in _feed(ladder, (parameters, packets[100:200]))]
    assert all(isinstance(view, View) for view in views)
    assert 45 <= len(views) <= 51
    length = packets[-1].pts - packets[0].pts + 100_000
    for turn in range(1, 4):
        for packet in packets:
            shifted = turn * length
            views += ladder.feed(
                replace(packet, pts=packet.pts + shifted, dts=packet.dts + shifted)
            )
    last = views[-1]
    assert isinstance(last, View)
    assert last.time - EPOCH == pytest.approx(70.0, abs=1.0)
    assert ladder.rung is Rung.REST


@pytest.mark.parametrize("pace", Pace)
def test_however_slow_every_keyframe_is_analysed(visit: Stream, pace: Pace) -> None:
    """The governor takes what is between keyframes, in order of its steps."""
    parameters, packets = visit
    ladder = Ladder(NOTHING)
    ladder.set_parameters(parameters)
    ladder.pace = pace
    seen: set[float] = set()
    glance = ladder.sight.glance

    def note(grid: object, time: float) -> object:
        seen.add(round(time - EPOCH, 1))
        return glance(grid, time)  # type: ignore[arg-type]  # a spy knows no types

    ladder.sight.glance = note  # type: ignore[assignment,method-assign]  # a spy, see above
    told = [event for packet in packets for event in ladder.feed(packet)]
    keyframes = {round(p.time - EPOCH, 1) for p in packets if p.is_keyframe}
    # Where more is analysed, a picture just before or after it will do.
    assert all(any(abs(k - s) <= 0.25 for s in seen) for k in keyframes)
    if pace is Pace.KEYFRAMES:
        assert seen == keyframes
        assert ladder.rung is Rung.REST
    if pace < Pace.KEYFRAMES:
        assert [type(event) for event in told] == [ZonedMotionBegan, ZonedMotionOver]


def test_each_pace_is_cheaper_than_the_one_before(visit: Stream) -> None:
    """Counted in decoded pictures, which are what costs."""
    decoded: list[int] = []
    for pace in Pace:
        ladder = Ladder(NOTHING)
        ladder.set_parameters(visit[0])
        ladder.pace = pace
        decoder = ladder._decoder
        assert decoder is not None
        count = 0
        decode = decoder.decode

        def note(
            packet: Packet, decode: Callable[[Packet], list[VideoFrame]] = decode
        ) -> object:
            nonlocal count
            frames = decode(packet)
            count += len(frames)
            return frames

        decoder.decode = note  # type: ignore[assignment,method-assign]  # a spy, see above
        for packet in visit[1]:
            ladder.feed(packet)
        decoded.append(count)
    full, slow, half, quarter, keyframes = decoded
    assert slow == pytest.approx(full, abs=20)
    assert slow > half > quarter > keyframes
    assert keyframes == sum(packet.is_keyframe for packet in visit[1])


def test_a_main_stream_is_bounded_once_its_motion_is_known() -> None:
    assert Cadence(gop=2.0, big=True, moving=True).burst == 1.0
    assert Cadence(gop=2.0, big=True, moving=True).gap == 1.0
    assert Cadence(gop=2.0, big=True).burst == float("inf")
    assert Cadence(gop=12.0, big=True).may_rest
    assert not Cadence(gop=12.0).may_rest


_facts = st.builds(Facts, *[st.booleans()] * 10)


@given(rung=st.sampled_from(Rung), facts=_facts)
@settings(max_examples=400, deadline=None)
def test_the_table_of_rungs_starves_nobody(rung: Rung, facts: Facts) -> None:
    after = next_rung(rung, facts)
    # Off if and only if it is switched off: all others see every keyframe.
    assert (after is Rung.OFF) is (not facts.enabled)
    if not facts.enabled or rung is Rung.OFF:
        return
    if facts.starved:
        assert after is Rung.REST
    else:
        busy = facts.moving or facts.stirring or not facts.learnt
        woken = {Rung.FULL: busy, Rung.REST: facts.loud}.get(rung, False)
        if facts.stirred or facts.watched or woken:
            assert after is Rung.FULL
    if after is Rung.REST and not facts.starved:
        assert facts.may_rest
    if after is Rung.WATCH and rung is not Rung.WATCH:
        assert facts.rare


@given(st.sampled_from(Rung), _facts)
@settings(max_examples=200, deadline=None)
def test_when_nothing_happens_any_more_rest_comes_in_two_steps(
    rung: Rung, facts: Facts
) -> None:
    calm = Facts(enabled=True)
    after = next_rung(next_rung(next_rung(rung, facts), calm), calm)
    assert after is Rung.REST
