"""For any stream and changes of what is hidden: each picture once, and none revealed."""

from collections import Counter
from collections.abc import Iterator
import errno
from itertools import pairwise
from pathlib import Path
import tempfile
from typing import Any, override
from unittest.mock import patch

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.engine import repairs, storage
from custom_components.hearthcam.engine.clip_queue import ClipQueue
from custom_components.hearthcam.engine.masking.mask import NOTHING, Mask
from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.masking.veil import ClearVeil, Veil
from custom_components.hearthcam.engine.packet import Packet, VideoParameters
from custom_components.hearthcam.engine.protocol import ClipClosed, ClipFailed, Lost

from .disks import Broken
from .hidden_clips import HiddenBench
from .masking.moving import CORNER, STAR, film
from .recording import ZERO, moments
from .samples import START, video


class StandIn(ClearVeil):
    """A veil that holds pictures back and leaves them out as a real one does.

    It encodes nothing, which would take most of the time: what comes out cannot be
    decoded, but counted.
    """

    def __init__(self, video: VideoParameters, after: int | None, held: int) -> None:
        """Hold back so many pictures."""
        super().__init__(video)
        self._after, self._held = after, held
        self._waiting: list[Packet] = []
        self._keyframe = b""
        self._first = True

    @override
    def show(self, packet: Packet) -> list[ShownPacket]:
        """Return the picture that came so many before."""
        if packet.is_keyframe:
            self._keyframe = packet.data
        assert self._keyframe
        if self._after is not None and packet.pts <= self._after:
            return []
        self._waiting.append(packet)
        if len(self._waiting) <= self._held:
            return []
        return [self._shown(self._waiting.pop(0))]

    def _shown(self, packet: Packet) -> ShownPacket:
        data = self._keyframe if self._first else packet.data
        is_keyframe, self._first = packet.is_keyframe or self._first, False
        return ShownPacket(data, packet.pts, packet.pts, packet.duration, is_keyframe)

    @override
    def finish(self) -> list[ShownPacket]:
        """Return the rest."""
        waiting, self._waiting = self._waiting, []
        return [self._shown(packet) for packet in waiting]


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Encode nothing, and make no thumbnails."""

    def stand_in(
        video: VideoParameters, mask: Mask, *, after: int | None, **_options: Any
    ) -> Veil:
        return StandIn(video, after, 3) if mask else ClearVeil(video)

    engine = "custom_components.hearthcam.engine"
    with (
        patch(f"{engine}.clip.make_thumbnail", return_value=None),
        patch(f"{engine}.clip_veil.open_veil", stand_in),
    ):
        yield


MASKS = [NOTHING, Mask((STAR,)), Mask((CORNER,)), Mask((STAR, CORNER))]
changes = st.lists(
    st.tuples(st.integers(1, 30), st.sampled_from(range(4)), st.booleans()),
    min_size=1,
    max_size=6,
)


@settings(max_examples=50)
@given(
    changes=changes,
    gop=st.sampled_from([1, 7, 35]),
    max_clip=st.sampled_from([3.0, 100.0]),
    continuous=st.booleans(),
)
def test_every_picture_is_in_one_clip_that_hides_what_was_hidden(
    changes: list[tuple[int, int, bool]], gop: int, max_clip: float, continuous: bool
) -> None:
    """Whether the disk keeps up or not, wherever in a GOP that changes."""
    with tempfile.TemporaryDirectory() as folder:
        bench = HiddenBench(Path(folder), max_clip=max_clip, segment=max_clip)
        parameters, packets = video(20.0, gop=gop, width=64, height=64)
        bench.recorder.parameters(parameters, None)
        bench.recorder.set_continuous(continuous)
        bench.feed(packets[:5])
        if not continuous:
            bench.begin("EVENT0001", ZERO)
        at, hidden = 5, [NOTHING] * 5
        for count, number, settled in changes:
            bench.feed(packets[at : at + count])
            hidden += [bench.curtain.mask] * len(packets[at : at + count])
            at = min(at + count, len(packets))
            if settled:
                bench.settle()
            bench.hide(MASKS[number])
        bench.feed(packets[at : at + 20])
        hidden += [bench.curtain.mask] * len(packets[at : at + 20])
        clips = bench.closed()
        bench.close()
        held = [moment for clip in clips for moment in moments(clip)]
        assert held == list(range(len(hidden)))
        for clip in clips:
            shown = moments(clip)
            assert clip.start == pytest.approx(ZERO + shown[0] / 10)
            for moment in shown:
                assert hidden[moment].marks.issubset(clip.mask)
        assert not bench.of(Lost) + bench.of(ClipFailed)
        if not continuous:
            assert {clip.event_id for clip in clips} == {"EVENT0001"}


@settings(max_examples=40)
@given(
    after=st.integers(0, 60_000),
    gop=st.sampled_from([1, 7, 25]),
    changed=st.one_of(st.none(), st.integers(6, 90)),
)
def test_disk_that_fails_anywhere_costs_no_picture_of_a_masked_clip(
    after: int, gop: int, changed: int | None
) -> None:
    """What it holds and what goes on elsewhere have all; one GOP may be in both."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patches:
        folder = Path(name)
        patches.setattr(storage, "PROBE_WAITS", (0.02,))
        patches.setattr(repairs, "WAIT", 0.02)
        broken = Broken(patches, folder / "media", errno.EIO)
        broken.after = after
        bench = HiddenBench(folder, MASKS[1], spool=str(folder / "config" / "test"))
        parameters, packets = video(12.0, gop=gop, width=160, height=96)
        bench.recorder.parameters(parameters, None)
        bench.recorder.set_continuous(True)
        for number, packet in enumerate(packets):
            bench.feed([packet])
            bench.settle()
            if number == changed:
                bench.hide(MASKS[3])
        # At its latest when it is closed.
        bench.recorder.set_continuous(False)
        bench.wait_until(lambda: bool(bench.of(ClipClosed)))
        broken.mended.set()
        clips = bench.closed() + bench.repaired(folder / "media")
        bench.close()
        held = Counter(moment for clip in clips for moment in moments(clip))
        assert set(held) == set(range(120))
        failed = sum(clip.recovered for clip in clips)
        # And what veil and container may hold back.
        assert sum(held.values()) - 120 <= failed * (gop + 8)
        assert all(clip.mask for clip in clips)
        assert not bench.of(Lost)


@given(
    taken=st.integers(0, 60),
    waiting=st.integers(0, 20),
    b_frames=st.sampled_from([0, 2]),
    settled=st.integers(0, 5),
)
def test_what_a_split_clip_goes_on_with_can_be_decoded_and_misses_nothing(
    taken: int, waiting: int, b_frames: int, settled: int
) -> None:
    """From a keyframe on; all that the first has not, and little of what it has."""
    packets = film(100, gop=10, b_frames=b_frames)[1]
    offered = max(1, taken + waiting)
    queue = ClipQueue(list(packets[:offered]), 10**9)
    for _ in range(min(taken, offered)):
        queue.take()
    for packet in packets[: max(0, taken - 12) : 10][:settled]:
        queue.settle(packet.pts)
    rest, after = queue.split()
    assert rest
    assert rest[0].is_keyframe
    begin = packets.index(rest[0])
    assert rest == list(packets[begin:offered])
    first = {packet.pts for packet in packets[:taken]}
    second = {p.pts for p in packets[begin:] if after is None or p.pts > after}
    assert first | second == {packet.pts for packet in packets}
    assert len(first & second) <= (3 if b_frames else 0)
    assert queue.take() is None
    assert not queue.offer(packets[-1])
    # What the disk may not hold yet is still known.
    assert all(b.dts > a.dts for a, b in pairwise(queue.abandon()))


def test_sound_of_the_first_clip_is_not_in_the_next() -> None:
    """It would be heard twice."""
    packets = film(40, gop=10)[1]
    noises = [Packet(b"n", p.pts, p.dts, p.duration, True, True) for p in packets]
    mixed = [each for pair in zip(packets, noises, strict=True) for each in pair]
    queue = ClipQueue(mixed[:60], 10**9)
    for _ in range(45):
        queue.take()
    rest, after = queue.split()
    kinds = Counter(packet.is_audio for packet in rest)
    assert after == packets[22].pts
    assert (kinds[False], kinds[True]) == (10, 8)
    assert rest[0].pts == START + 2_000_000
