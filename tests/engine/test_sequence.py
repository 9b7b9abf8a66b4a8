"""The order of a connection's packets in time."""

from fractions import Fraction
from itertools import pairwise

from av.packet import Packet as AVPacket
from av.stream import Stream
from hypothesis import given, strategies as st

from custom_components.hearthcam.engine.clock import TimestampMapper
from custom_components.hearthcam.engine.packet import TIME_BASE, VideoParameters
from custom_components.hearthcam.engine.sequence import Sequencer

RATE = 90_000


@given(st.lists(st.integers(0, 3 * RATE), min_size=2, max_size=30))
def test_every_packet_has_a_tick_of_its_own(stamps: list[int]) -> None:
    """Two pictures of one time, as some encoders begin with, end no viewer's stream."""
    sequencer = Sequencer(TimestampMapper(), VideoParameters("h264", 64, 64, 10.0, b""))
    ticks = []
    for stamp in stamps:
        packet: AVPacket[Stream] = AVPacket(b"\0\0\0\1\x41\x9a")
        packet.pts = packet.dts = stamp
        packet.time_base = Fraction(1, RATE)
        made = sequencer.convert(packet, 1_800_000_000 * TIME_BASE)
        assert made.pts >= made.dts
        ticks.append(made.dts * RATE // TIME_BASE)
    assert all(before < after for before, after in pairwise(ticks))
