"""Clips that cannot be masked, or not as fast as pictures come: never raw, no gap."""

from collections.abc import Callable, Iterator
from itertools import pairwise
import logging
from pathlib import Path
from threading import Condition
import time
from typing import Any, cast

import pytest

from custom_components.hearthcam.engine import (
    clip as clip_module,
    clip_places,
    clip_veil,
    clip_writers,
)
from custom_components.hearthcam.engine.clip import ClipWriter
from custom_components.hearthcam.engine.clip_queue import ClipQueue
from custom_components.hearthcam.engine.masking.effort import Pace
from custom_components.hearthcam.engine.masking.mask import NOTHING, Mask, MaskError
from custom_components.hearthcam.engine.masking.masked import MaskedVeil
from custom_components.hearthcam.engine.masking.veil import Veil, open_veil
from custom_components.hearthcam.engine.packet import Packet, VideoParameters
from custom_components.hearthcam.engine.protocol import (
    BlockCause,
    ClipClosed,
    ClipFailed,
    Lost,
    LostCause,
    StorageState,
)

from .hidden_clips import Benches, Gate, benches, leaks, slow_veils
from .masking.moving import MASK, film
from .recording import ZERO, tenths, times

FILM = film(200, gop=10)
PACKETS = FILM[1]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Benches]:
    """Return how to make a recorder that knows its stream."""
    with benches(tmp_path, MASK, FILM) as make:
        yield make


def test_slow_masking_is_no_hanging_disk(
    bench: Benches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long one picture takes, the clip waits; then it has all of them."""
    gate, now = Gate(), [1000.0]
    slow_veils(monkeypatch, gate)
    init = ClipWriter.__init__

    def made(self: ClipWriter, order: Any, backlog: Any, owner: Any) -> None:
        init(self, order, backlog, owner, lambda: now[0])

    monkeypatch.setattr(ClipWriter, "__init__", made)
    one = bench()
    one.feed(PACKETS[:30])
    gate.open.clear()
    one.begin("EVENT0001", ZERO + 2.5)
    one.feed(PACKETS[30:50])
    assert gate.met.wait(20)
    now[0] += 60.0
    one.feed(PACKETS[50:100])
    one.recorder.look_after()
    gate.open.set()
    (clip,) = one.closed()
    assert times(clip) == tenths(0.0, 9.9)
    assert not one.of(StorageState) + one.of(Lost) + one.of(ClipFailed)


class Slow:
    """A machine that masks one picture while four come."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Slow down every veil of masked clips."""
        self._veils: list[MaskedVeil] = []
        self._changed = Condition()
        self._left = 0
        self._waiting = False
        slow_veils(monkeypatch, self._mask)
        opened = clip_veil.open_veil  # type: ignore[attr-defined]  # what that made

        def noted(video: VideoParameters, mask: Mask, **options: Any) -> Veil:
            slow: Any = opened(video, mask, **options)
            self._veils.append(slow._veil)
            return cast(Veil, slow)

        monkeypatch.setattr(clip_veil, "open_veil", noted)

    def _mask(self, packet: Packet) -> None:
        if packet.is_keyframe or self._veils[-1]._share.pace is not Pace.KEYFRAMES:
            with self._changed:
                self._waiting = True
                assert self._changed.wait_for(lambda: self._left, 30)
                self._left -= 1
                self._waiting = False

    def work(self, pictures: int = 1) -> None:
        """Mask so many pictures."""
        with self._changed:
            self._left += pictures
            self._changed.notify()

    def is_busy(self) -> bool:
        """Tell whether it does no more until it is told to."""
        with self._changed:
            return self._waiting and not self._left


def test_machine_that_is_too_slow_leaves_out_pictures_but_no_time(
    bench: Benches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that gets full is worked off with keyframes alone; none goes over it."""
    most = sum(len(packet.data) for packet in PACKETS) // 5
    init, fullest = ClipQueue.__init__, 0.0

    def small(self: ClipQueue, backlog: list[Packet], _limit: int) -> None:
        init(self, backlog, most)

    monkeypatch.setattr(ClipQueue, "__init__", small)
    slow = Slow(monkeypatch)
    one = bench()
    one.recorder.set_continuous(True)
    for number, packet in enumerate(PACKETS):
        one.feed([packet])
        if number % 4 == 0:
            slow.work()
        writer = one.recorder._clips._writer
        assert writer is not None
        fullest = max(fullest, writer._queue.full)
        one.settle(slow.is_busy)
    slow.work(1000)
    (clip,) = one.closed()
    shown = times(clip)
    assert len(shown) < 150
    assert shown[0] == 0.0
    assert clip.end == pytest.approx(ZERO + 20.0)
    assert max(b - a for a, b in pairwise([*shown, 20.0])) < 1.05
    assert set(shown) >= set(tenths(0.0, 19.9)[::10])
    assert 0.5 < fullest <= 1.0
    assert leaks(clip.path, MASK) == 0
    assert not one.of(Lost) + one.of(ClipFailed) + one.of(StorageState)


def failing(monkeypatch: pytest.MonkeyPatch, fails: Callable[[Packet], bool]) -> None:
    """Have masking fail at some packets."""

    def before(packet: Packet) -> None:
        if fails(packet):
            raise MaskError("on purpose")

    slow_veils(monkeypatch, before)


def test_clip_that_cannot_be_masked_any_more_ends_and_is_tried_again(
    bench: Benches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was masked before is a clip; what is between is told to be lost."""
    failing(monkeypatch, lambda packet: packet.pts == PACKETS[55].pts)
    one = bench()
    one.feed(PACKETS[:30])
    one.begin("EVENT0001", ZERO + 2.5)
    one.feed(PACKETS[30:56])
    one.wait_for(ClipFailed)
    one.feed(PACKETS[56:100])
    first, second = one.closed()
    assert times(first) == tenths(0.0, 5.4)
    assert times(second) == tenths(7.0, 9.9)
    (lost,) = one.of(Lost)
    assert (lost.cause, lost.end) == (LostCause.MASK_FAILED, ZERO + 7.0)
    assert lost.start == pytest.approx(ZERO + 5.5)
    (failed,) = one.of(ClipFailed)
    assert failed.cause is LostCause.MASK_FAILED
    assert one.causes == [BlockCause.MASK_FAILED]
    assert one.worked == 2
    assert leaks(first.path, MASK) + leaks(second.path, MASK) == 0


def test_nothing_is_written_while_there_is_no_encoder(
    bench: Benches,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not a byte of the picture; it is tried less and less often, and told once."""
    opened: list[float] = []

    def none(video: Any, mask: Mask, **options: Any) -> Veil:
        if not mask:
            return open_veil(video, mask, **options)
        opened.append(0.0)
        raise MaskError("no encoder", BlockCause.NO_ENCODER)

    monkeypatch.setattr(clip_veil, "open_veil", none)
    one = bench()
    one.recorder.set_continuous(True)
    for count, packet in enumerate(PACKETS):
        one.feed([packet])
        for writer in one.recorder._clips._writers:
            assert writer.join(20.0), count
    one.recorder.close(5.0)
    assert not one.of(ClipClosed)
    assert not [path for path in tmp_path.rglob("*.mp4*") if path.is_file()]
    assert 3 <= len(opened) <= 6
    assert set(one.causes) == {BlockCause.NO_ENCODER}
    (failed,) = one.of(ClipFailed)
    lost = one.of(Lost)
    assert {failed.cause, *(some.cause for some in lost)} == {LostCause.NO_ENCODER}
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert lost[0].start == ZERO
    assert lost[-1].end == pytest.approx(ZERO + 19.9)
    assert all(a.end >= b.start for a, b in pairwise(lost))


def test_recording_goes_on_at_once_when_the_zone_that_failed_is_removed(
    bench: Benches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to be masked then."""
    failing(monkeypatch, lambda packet: True)
    one = bench()
    one.recorder.set_continuous(True)
    for packet in PACKETS[:95]:
        one.feed([packet])
        for writer in one.recorder._clips._writers:
            assert writer.join(20.0)
    one.hide(NOTHING)
    one.feed(PACKETS[95:120])
    (clip,) = one.closed()
    assert times(clip) == tenths(10.0, 11.9)


def test_engine_that_leaves_loses_what_it_cannot_mask_in_time(
    bench: Benches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clip is whole as far as it got; the rest is told, and written nowhere."""
    monkeypatch.setattr(clip_places, "_HUNG_AFTER", 0.2)
    gate = Gate()
    slow_veils(monkeypatch, gate)
    one = bench()
    one.feed(PACKETS[:30])
    one.begin("EVENT0001", ZERO + 2.5)
    one.feed(PACKETS[30:50])
    one.settle()
    gate.open.clear()
    one.feed(PACKETS[50:100])
    assert gate.met.wait(20)
    began = time.monotonic()
    one.recorder.close(1.5)
    assert time.monotonic() - began < 6.0
    (lost,) = one.of(Lost)
    assert lost.cause is LostCause.MASK_FAILED
    assert lost.start == pytest.approx(ZERO + 5.0)
    assert lost.end == pytest.approx(ZERO + 10.0)
    gate.open.set()
    one.wait_for(ClipClosed)
    (clip,) = one.closed()
    assert times(clip)[:50] == tenths(0.0, 4.9)
    assert len(times(clip)) <= 51
    assert leaks(clip.path, MASK) == 0


def test_masking_that_hangs_keeps_memory_bounded_and_loses_no_other_clip(
    bench: Benches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver may never come back: its clip is given up, and another one begun."""
    init = ClipQueue.__init__

    def small(self: ClipQueue, backlog: list[Packet], _limit: int) -> None:
        init(self, backlog, 128 * 1024)

    monkeypatch.setattr(ClipQueue, "__init__", small)
    gate = Gate()

    def hang(packet: Packet) -> None:
        if packet.pts == PACKETS[40].pts:
            gate(packet)

    slow_veils(monkeypatch, hang)
    one = bench()
    one.feed(PACKETS[:30])
    one.begin("EVENT0001", ZERO + 2.5)
    gate.open.clear()
    one.feed(PACKETS[30:41])
    assert gate.met.wait(20)
    assert sum(len(packet.data) for packet in PACKETS[41:]) > 128 * 1024
    for packet in PACKETS[41:]:
        one.feed([packet])
        if one.of(ClipFailed):
            one.settle()
    assert one.causes == [BlockCause.MASK_FAILED]
    gate.open.set()
    first, second = one.closed()
    (lost,) = one.of(Lost)
    assert lost.start == pytest.approx(ZERO + 4.0)
    assert lost.end == second.start
    assert times(second)[-1] == 19.9
    assert leaks(first.path, MASK) + leaks(second.path, MASK) == 0


def test_another_encoder_goes_on_where_the_hardware_hangs(
    bench: Benches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, not when the queue is full: no picture is lost."""
    gate, veils = Gate(), [0]

    def hang(packet: Packet) -> None:
        veils[0] += packet.pts == PACKETS[40].pts
        if packet.pts == PACKETS[40].pts and veils[0] == 1:
            gate(packet)

    slow_veils(monkeypatch, hang)
    monkeypatch.setattr(clip_module, "HUNG", 0.01)
    one = bench()
    one.feed(PACKETS[:30])
    one.begin("EVENT0001", ZERO + 2.5)
    gate.open.clear()
    one.feed(PACKETS[30:60])
    assert gate.met.wait(20)
    time.sleep(0.02)
    # It is software, which comes back some time.
    one.recorder.look_after()
    assert veils == [1]
    monkeypatch.setattr(clip_writers, "encoder_hangs", lambda: True)
    one.recorder.look_after()
    one.feed(PACKETS[60:100])
    one.settle()
    one.recorder.look_after()
    gate.open.set()
    first, second = one.closed()
    assert sorted({*times(first), *times(second)}) == tenths(0.0, 9.9)
    assert times(second)[-1] == 9.9
    assert not one.of(StorageState) + one.of(Lost) + one.of(ClipFailed)
    assert leaks(first.path, MASK) + leaks(second.path, MASK) == 0
