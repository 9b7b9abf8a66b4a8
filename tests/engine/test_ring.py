"""The ring: whole GOPs, never fewer seconds than asked, never more bytes."""

from hypothesis import given, strategies as st

from custom_components.hearthcam.engine.packet import TIME_BASE, Packet
from custom_components.hearthcam.engine.ring import Ring

from .samples import START, bare

gops = st.lists(st.integers(min_value=1, max_value=30), min_size=1, max_size=30)


def packets_of(lengths: list[int], fps: int = 10) -> list[Packet]:
    """Return packets of GOPs of these lengths in frames."""
    result: list[Packet] = []
    for length in lengths:
        for index in range(length):
            result.append(bare(len(result) / fps, keyframe=index == 0))
    return result


@given(gops, st.floats(min_value=0.5, max_value=8))
def test_ring_holds_what_was_asked_and_starts_at_a_keyframe(
    lengths: list[int], seconds: float
) -> None:
    """For any pattern of keyframes."""
    ring = Ring(seconds)
    packets = packets_of(lengths)
    for packet in packets:
        ring.append(packet)
    held = ring.since(0)
    assert held[0].is_keyframe
    assert held == packets[-len(held) :]
    wanted = packets[-1].pts - int(seconds * TIME_BASE)
    assert held[0].pts <= max(wanted, packets[0].pts)
    # And not a whole GOP more than needed.
    keyframes = [packet.pts for packet in held if packet.is_keyframe]
    assert len(keyframes) == 1 or keyframes[1] > wanted


@given(gops, st.integers(min_value=-20, max_value=400))
def test_since_starts_at_the_keyframe_at_or_before(
    lengths: list[int], tenths: int
) -> None:
    """A clip must be decodable, and start early rather than late."""
    ring = Ring(1000)
    packets = packets_of(lengths)
    for packet in packets:
        ring.append(packet)
    start = START + tenths * TIME_BASE // 10
    held = ring.since(start)
    earlier = [p.pts for p in packets if p.is_keyframe and p.pts <= start]
    assert held[0].pts == (earlier[-1] if earlier else packets[0].pts)
    assert held[-1] is packets[-1]


@given(gops, st.integers(min_value=50, max_value=2000))
def test_ring_never_exceeds_its_bytes(lengths: list[int], limit: int) -> None:
    """Even a stream without a second keyframe cannot fill the memory."""
    ring = Ring(1000, max_bytes=limit)
    for packet in packets_of(lengths):
        ring.append(packet)
        held = ring.since(0)
        assert ring.state().size == sum(len(packet.data) for packet in held) <= limit
        assert not held or held[0].is_keyframe


def test_packets_before_the_first_keyframe_are_left_out() -> None:
    """They cannot be decoded; sound before the picture neither."""
    ring = Ring(10)
    ring.append(bare(0))
    assert ring.since(0) == []
    ring.append(bare(0.1, keyframe=True))
    assert len(ring.since(0)) == 1


def test_last_gop_holds_pictures_only() -> None:
    """Stills are decoded from it."""
    ring = Ring(10)
    for index in range(25):
        ring.append(bare(index / 10, keyframe=index % 10 == 0))
        ring.append(Packet(b"", START + index, START + index, 1, True, is_audio=True))
    gop = ring.last_gop()
    assert len(gop) == 5
    assert gop[0].is_keyframe
    assert not any(packet.is_audio for packet in gop)


def test_sound_does_not_count_as_a_keyframe() -> None:
    """Every audio packet can be decoded alone; a clip cannot start there."""
    ring = Ring(0.5)
    ring.append(bare(0, keyframe=True))
    for index in range(1, 30):
        at = START + index * TIME_BASE // 10
        ring.append(Packet(b"a", at, at, 1, True, is_audio=True))
    assert ring.since(START + 2 * TIME_BASE)[0].pts == START


def test_cleared_ring_waits_for_a_keyframe() -> None:
    """After the stream's parameters changed."""
    ring = Ring(10)
    ring.append(bare(0, keyframe=True))
    ring.clear()
    ring.append(bare(0.1))
    assert ring.since(0) == []
    assert ring.state().size == 0
