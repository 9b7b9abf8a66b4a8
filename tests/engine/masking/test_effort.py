"""Encoding follows the machine: what it can do, and what it cannot any more."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from custom_components.hearthcam.engine.masking.effort import Effort, Pace, Share
from custom_components.hearthcam.engine.masking.trial import measured_speed
from custom_components.hearthcam.engine.masking.veil import open_veil
from custom_components.hearthcam.engine.packet import TIME_BASE

from .moving import MASK, decoded, film, leaked
from .test_veil import leaks, through


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        """Begin at some time."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def machine(speed: float, processors: int = 2) -> tuple[Effort, Clock]:
    """Return the effort of a machine of some speed."""
    clock = Clock()
    return Effort(processors, monotonic=clock, speed=lambda: speed), clock


def live(clock: Clock, share: Share, seconds: int, behind: Callable[[], float]) -> None:
    """Let time pass, telling each second how far behind it is."""
    for _ in range(seconds):
        clock.now += 1.0
        share.lag(behind(), 0.0)


def test_a_quick_machine_encodes_well_and_a_slow_one_less() -> None:
    plans = [
        machine(speed)[0].join(1920, 1080, 15).plan
        for speed in (4, 0.8, 0.5, 0.35, 0.3)
    ]
    assert [plan.preset for plan in plans] == [
        "veryfast",
        "superfast",
        "ultrafast",
        "ultrafast",
        "ultrafast",
    ]
    assert [plan.width for plan in plans] == [1920, 1920, 1920, 1920, 1440]
    assert [plan.height for plan in plans] == [1080, 1080, 1080, 1080, 810]
    assert {plan.pace for plan in plans} == {Pace.ALL}


def test_where_even_small_pictures_are_too_many_fewer_are_shown() -> None:
    assert machine(0.16)[0].join(1920, 1080, 15).plan.pace is Pace.KEYFRAMES
    assert machine(0.18)[0].join(1920, 1080, 15).plan.pace is Pace.EVERY_SECOND


def test_all_cameras_share_the_machine() -> None:
    effort, _ = machine(1.5)
    shares = [effort.join(1920, 1080, 15) for _ in range(9)]
    presets = [share.plan.preset for share in shares]
    assert presets[0] == "veryfast"
    assert presets[-1] == "ultrafast"
    assert shares[-1].pace is Pace.KEYFRAMES
    for share in shares:
        share.leave()
    assert effort.join(1920, 1080, 15).plan == shares[0].plan


def test_what_pictures_cost_is_learned() -> None:
    effort, _ = machine(4.0)
    share = effort.join(1920, 1080, 15)
    assert share.plan.preset == "veryfast"
    for _ in range(400):
        share.spent(0.1, 1, 1)
    share.leave()
    assert effort.join(1920, 1080, 15).plan.preset == "ultrafast"


def test_who_falls_behind_leaves_pictures_out() -> None:
    effort, clock = machine(4.0)
    share = effort.join(1920, 1080, 15)
    waiting = iter(range(100))
    paces = []
    for _ in range(8):
        live(clock, share, 1, lambda: float(next(waiting)))
        paces.append(share.pace)
    assert list(dict.fromkeys(paces)) == list(Pace)
    assert paces.count(Pace.EVERY_SECOND) >= 2


def test_who_catches_up_leaves_nothing_out() -> None:
    effort, clock = machine(4.0)
    share = effort.join(1920, 1080, 15)
    behind = iter(10.0 - 0.4 * number for number in range(25))
    live(clock, share, 25, lambda: next(behind))
    assert share.pace is Pace.ALL


def test_a_full_queue_leaves_no_time_to_wait() -> None:
    effort, _ = machine(4.0)
    share = effort.join(1920, 1080, 15)
    paces = []
    for full in (0.4, 0.6, 0.8):
        share.lag(3.0, full)
        paces.append(share.pace)
    assert paces == list(Pace)


def test_stepping_up_again_is_slow_and_slower_after_each_relapse() -> None:
    effort, clock = machine(4.0)
    share = effort.join(1920, 1080, 15)
    share.lag(3.0, 0.6)

    def seconds_until_all() -> int:
        for second in range(1, 1000):
            live(clock, share, 1, lambda: 0.0)
            if share.pace is Pace.ALL:
                return second
        raise AssertionError("never")

    first = seconds_until_all()
    assert 10 <= first <= 13
    share.lag(3.0, 0.6)
    assert seconds_until_all() >= 2 * first - 4
    # A long time in which all goes well is forgotten again.
    share.lag(3.0, 0.6)
    assert 300 >= seconds_until_all() >= 3 * first


def test_every_second_picture_covers_the_time_of_two() -> None:
    effort, _ = machine(0.5)
    video, packets = film(24)
    veil = open_veil(video, MASK, effort=effort)
    veil.lag(3.0, 0.6)
    shown = through(veil, packets)
    assert leaks(shown) == 0
    assert 12 <= len(shown) <= 15
    assert [one.pts for one in shown if one.is_keyframe] == [
        packet.pts for packet in packets if packet.is_keyframe
    ]
    for one, following in pairwise(shown):
        assert one.pts + one.duration >= following.pts
    assert shown[-1].pts + shown[-1].duration >= packets[-1].pts + packets[-1].duration


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_keyframes_alone_cover_the_whole_time(codec: str) -> None:
    effort, _ = machine(4.0)
    video, packets = film(24, codec=codec)
    veil = open_veil(video, MASK, effort=effort)
    veil.lag(3.0, 0.9)
    shown = through(veil, packets)
    # Three keyframes, and the last one once more where the stream ends.
    assert [(one.pts - packets[0].pts) * 10 // TIME_BASE for one in shown] == [
        0,
        8,
        16,
        23,
    ]
    frames = decoded(one.data for one in shown)
    assert sum(leaked(frame, MASK) for frame in frames) == 0
    assert shown[1].pts + shown[1].duration == shown[2].pts
    assert shown[-1].pts + shown[-1].duration == packets[-1].pts + packets[-1].duration


def test_leaving_pictures_out_begins_and_ends_within_a_stream() -> None:
    effort, clock = machine(4.0)
    video, packets = film(48)
    veil = open_veil(video, MASK, effort=effort)
    shown = []
    for number, packet in enumerate(packets):
        if number == 11:
            veil.lag(3.0, 0.9)
        if number >= 20:
            clock.now += 2.0
            veil.lag(0.0)
        shown += veil.show(packet)
    shown += veil.finish()
    veil.close()
    numbers = [(one.pts - packets[0].pts) * 10 // TIME_BASE for one in shown]
    assert numbers[:13] == [*range(11), 16, 24]
    assert numbers == sorted(set(numbers))
    assert numbers[-8:] == list(range(40, 48))
    assert leaks(shown) == 0


def test_a_small_picture_is_painted_after_it_was_scaled() -> None:
    effort, _ = machine(0.012)
    video, packets = film(4, width=640, height=360, fps=30)
    veil = open_veil(video, MASK, effort=effort)
    shown = through(veil, packets[:1])
    assert (veil.video.width, veil.video.height) == (320, 180)
    assert leaks(shown) == 0


def test_files_take_their_time() -> None:
    video, packets = film()
    veil = open_veil(video, MASK)
    veil.lag(1000.0, 1.0)
    assert len(through(veil, packets)) == len(packets)


def test_this_machine_can_be_measured() -> None:
    assert 0.01 < measured_speed() < 1000.0
