"""The hint of the compressed sizes: what it notices, and what it may cost."""

import numpy as np
import pytest

from custom_components.hearthcam.engine.packet import Packet, VideoParameters
from custom_components.hearthcam.engine.slice_qp import SliceQp
from custom_components.hearthcam.engine.wake import SizeWatch
from tests.engine.motion.drawn import Walker, encode, pictures

FPS, GOP = 10, 20


def _packet(number: int, size: int) -> Packet:
    time = number * 1_000_000 // FPS
    return Packet(b"x" * size, time, time, 0, number % GOP == 0)


def _sizes(count: int, *, spread: float = 0.08, seed: int = 1) -> list[int]:
    """Return frame sizes that fall from each keyframe on, as rate control does."""
    random = np.random.default_rng(seed)
    return [
        int((6000 - 200 * (number % GOP)) * (1 + spread * random.normal()))
        for number in range(count)
    ]


def _alarms(watch: SizeWatch, sizes: list[int], first: int = 0) -> list[int]:
    return [
        number
        for number, size in enumerate(sizes, first)
        if watch.feed(_packet(number, size))
    ]


def test_a_rise_of_a_fifth_in_a_noisy_stream_wakes_within_half_a_second() -> None:
    watch = SizeWatch()
    sizes = _sizes(300)
    assert _alarms(watch, sizes[:205]) == []
    (first, *_) = _alarms(watch, [int(s * 1.25) for s in sizes[205:225]], 205)
    assert first <= 205 + 5


def test_the_pattern_of_a_group_of_pictures_is_no_alarm() -> None:
    """The frames after a keyframe are twice the size of others."""
    watch = SizeWatch()
    sizes = [3000 if number % GOP < 6 else 1000 for number in range(400)]
    assert _alarms(watch, sizes) == []


def test_one_dear_frame_alone_is_no_alarm() -> None:
    watch = SizeWatch()
    sizes = _sizes(200)
    sizes[150] *= 10
    assert _alarms(watch, sizes) == []


@pytest.mark.parametrize("seed", range(4))
def test_false_wakes_are_rationed(seed: int) -> None:
    """Ten minutes of sizes that mean nothing, each alarm of which is a false one."""
    random = np.random.default_rng(seed)
    watch = SizeWatch()
    wrong = 0
    for number in range(600 * FPS):
        size = int(4000 * random.lognormal(0, 0.2) * (1.6 if number // 37 % 3 else 1))
        if watch.feed(_packet(number, size)):
            watch.was_wrong()
            wrong += 1
    # Five at once, and then one in sixteen seconds.
    assert 0 < wrong <= 5 + 600 / 16


def test_the_dearer_a_wake_the_rarer_it_is() -> None:
    """A false one of a main stream decodes forty times as much as of a small sub."""
    pauses, saved = [], []
    for width, height, fps in ((320, 180, 6), (640, 360, 10), (1920, 1080, 15)):
        watch = SizeWatch(VideoParameters("hevc", width, height, fps, b""))
        pauses.append(watch._pause)
        saved.append(watch._saved)
    assert pauses[0] == 5.0
    assert 14 < pauses[1] < 18
    assert 180 < pauses[2] < 240
    assert saved == [5.0, 5.0, 1.0]


def test_a_stream_that_proved_nothing_is_believed_again_later() -> None:
    watch = SizeWatch()
    sizes = _sizes(12_000)
    _alarms(watch, sizes[:205])
    for _ in range(8):
        watch.was_wrong()
    louder = [int(size * 1.2) for size in sizes]
    assert _alarms(watch, louder[205:218], 205) == []
    _alarms(watch, sizes[218:11_905], 218)
    assert _alarms(watch, louder[11_905:11_919], 11_905)


def test_nothing_is_learnt_and_nothing_alarms_while_something_moves() -> None:
    watch = SizeWatch()
    for number, size in enumerate(_sizes(200)):
        watch.feed(_packet(number, size))
    for number, size in enumerate(_sizes(400), 200):
        assert not watch.feed(_packet(number, size * 3), quiet=False)
    assert _alarms(watch, _sizes(10), 600) == []
    assert _alarms(watch, [size * 2 for size in _sizes(10)], 610)


def _encoded(**options: float) -> tuple[VideoParameters, list[Packet]]:
    return encode(pictures(4, walkers=[Walker(1.0, 4.0)], fps=10), **options)  # type: ignore[arg-type]  # gop and b_frames


def test_the_quantiser_is_read_from_every_slice_of_h264() -> None:
    """x264 with a constant rate factor keeps near it."""
    _, packets = _encoded()
    reader = SliceQp()
    read = [reader.feed(packet.data) for packet in packets]
    assert all(qp is not None and 10 <= qp <= 40 for qp in read)


def test_the_quantiser_of_what_cannot_be_read_is_unknown() -> None:
    _, packets = _encoded()
    reader = SliceQp()
    # Without parameter sets a slice says nothing.
    assert reader.feed(packets[1].data) is None
    for packet in packets[:10]:
        for cut in range(0, 60, 7):
            reader.feed(packet.data[:cut])
            reader.feed(bytes(byte ^ 0x55 for byte in packet.data[: cut * 3]))
            reader.feed(b"\x00\x00\x01\x67" + packet.data[cut : cut + 30])
            reader.feed(b"\x00\x00\x01\x68" + packet.data[cut : cut + 30])
    assert reader.feed(b"") is None
    fresh = SliceQp()
    assert fresh.feed(packets[0].data) is not None
