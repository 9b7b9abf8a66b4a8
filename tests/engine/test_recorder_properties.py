"""For any stream, triggers and reconnections: what was to be recorded is, once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
import tempfile
import time
from unittest.mock import patch

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.engine.packet import TIME_BASE, Packet
from custom_components.hearthcam.engine.protocol import ClipClosed, ClipFailed
from custom_components.hearthcam.engine.recover import recover
from custom_components.hearthcam.engine.session import Reason

from .recording import ZERO, Bench, moments, writer_of
from .samples import START, video

PRE_ROLL, POST_ROLL = 2.0, 1.0


@pytest.fixture(autouse=True, scope="module")
def without_pictures() -> Iterator[None]:
    """Make no thumbnails, which take most of the time."""
    with patch(
        "custom_components.hearthcam.engine.clip.make_thumbnail", return_value=None
    ):
        yield


steps = st.one_of(
    st.tuples(st.just("come"), st.integers(1, 40)),
    st.tuples(st.just("break"), st.integers(1, 25)),
    st.tuples(st.just("begin"), st.integers(0, 15)),
    st.tuples(st.just("end"), st.integers(0, 5)),
    st.tuples(st.just("ask"), st.integers(1, 40)),
    st.tuples(st.just("stop"), st.just(0)),
)


class Run:
    """One camera's stream with all that happens during it, and what must be kept."""

    def __init__(self, folder: Path, gop: int, max_clip: float) -> None:
        """Begin with nothing."""
        self.bench = Bench(
            folder, pre_roll=PRE_ROLL, post_roll=POST_ROLL, max_clip=max_clip
        )
        parameters, packets = video(40.0, gop=gop, width=64, height=64)
        self.bench.recorder.parameters(parameters, None)
        self.packets = list(packets)
        self.at = 0
        self.delivered: list[Packet] = []
        self.wanted: dict[str, tuple[float, float]] = {}
        self.open = ""
        self.asked: set[str] = set()
        self.broken = True

    @property
    def now(self) -> float:
        """The stream's time in s, of the packet that came last."""
        return (self.delivered[-1].time if self.delivered else ZERO) - ZERO

    def come(self, count: int) -> None:
        """Let packets come; as the camera does, from a keyframe on."""
        for packet in self.packets[self.at : self.at + count]:
            self.broken = self.broken and not packet.is_keyframe
            if not self.broken:
                self.delivered.append(packet)
                self.bench.feed([packet])
        self.at += count

    def lose(self, count: int) -> None:
        """Lose the connection and some packets."""
        self.bench.recorder.interrupted()
        self.broken = True
        self.at += count

    def begin(self, ago: int) -> None:
        """See a motion that began a while ago."""
        if not self.open and self.delivered:
            self.open = f"EVENT{len(self.wanted):04}"
            start = max(0.0, self.now - ago / 10)
            self.wanted[self.open] = (start, 1e9)
            self.bench.begin(self.open, ZERO + start)

    def end(self, ago: int) -> None:
        """See its end."""
        if self.open:
            start, _ = self.wanted[self.open]
            end = max(start, self.now - ago / 10)
            self.wanted[self.open] = (start, end)
            self.bench.recorder.end(self.open, ZERO + end, ZERO + start, 0.5)
            self.open = ""

    def ask(self, tenths: int) -> None:
        """Be asked to record for a while, from now on."""
        if self.delivered:
            event_id = f"ASKED{len(self.wanted):04}"
            until = self.delivered[-1].pts + tenths * TIME_BASE // 10
            self.bench.recorder.begin(
                Reason(event_id, "manual", ZERO + self.now, until=until, manual=True),
                0.0,
            )
            self.asked.add(event_id)
            self.wanted[event_id] = (self.now, self.now + tenths / 10)

    def stop(self, _: int) -> None:
        """Be asked to stop."""
        self.bench.recorder.stop_manual(int((ZERO + self.now) * TIME_BASE))
        for event_id in self.asked:
            start, end = self.wanted[event_id]
            self.wanted[event_id] = (start, min(end, self.now))
        self.asked.clear()

    def check(self) -> None:
        """Compare what was recorded with what was wanted."""
        self.come(30)
        clips = self.bench.closed()
        self.bench.close()
        assert not self.bench.of(ClipFailed)
        held: Counter[int] = Counter()
        by_event: dict[str, Counter[int]] = {}
        for clip in clips:
            shown = moments(clip)
            held.update(shown)
            by_event.setdefault(clip.event_id, Counter()).update(shown)
        for event_id, (start, end) in self.wanted.items():
            asked = event_id.startswith("ASKED")
            first = start - (0.0 if asked else PRE_ROLL)
            last = end + (0.0 if asked else POST_ROLL)
            for packet in self.delivered:
                moment = round((packet.pts - START) / TIME_BASE, 3)
                if first <= moment <= last:
                    assert held[round(moment * 10)], f"{event_id}: {moment} is missing"
        for event_id, counted in by_event.items():
            twice = [moment for moment, count in counted.items() if count > 1]
            assert not twice, f"{event_id}: twice {twice}"


@settings(max_examples=60)
@given(
    happenings=st.lists(steps, min_size=1, max_size=14),
    gop=st.sampled_from([1, 7, 10, 35]),
    max_clip=st.sampled_from([0.5, 3.0, 100.0]),
)
def test_clips_of_an_event_cover_it_without_gap_or_doubled_frame(
    happenings: list[tuple[str, int]], gop: int, max_clip: float
) -> None:
    """From pre-roll to post-roll, of what the camera delivered."""
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), gop, max_clip)
        run.come(25)
        actions = {
            "come": run.come,
            "break": run.lose,
            "begin": run.begin,
            "end": run.end,
            "ask": run.ask,
            "stop": run.stop,
        }
        for name, amount in happenings:
            actions[name](amount)
        run.check()


@settings(max_examples=25)
@given(
    gop=st.sampled_from([1, 7, 10, 35]),
    segment=st.floats(0.5, 12.0),
    breaks=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 20)), max_size=4),
)
def test_segments_hold_every_delivered_frame_once(
    gop: int, segment: float, breaks: list[tuple[int, int]]
) -> None:
    """Whatever their length, the distance of keyframes and reconnections."""
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), gop, 100.0)
        run.bench.recorder.configure(replace(run.bench.config, segment=segment))
        run.bench.recorder.set_continuous(True)
        for count, lost in breaks:
            run.come(count)
            run.lose(lost)
        run.come(60)
        clips = run.bench.closed()
        run.bench.close()
        held = [moment for clip in clips for moment in moments(clip)]
        assert held == [round((p.pts - START) / TIME_BASE * 10) for p in run.delivered]


@cache
def growing() -> bytes:
    """Return an unfinished file of 8 s."""
    parameters, packets = video(8.0, width=64, height=64)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "test" / "2026-01-01" / "00-00-00_CLIP0001.mp4"
        writer = writer_of(path, parameters, list(packets))
        while not writer._steps.resting:
            time.sleep(0.001)
        data = path.with_name(f"{path.name}.part").read_bytes()
        writer.finish()
        assert writer.join(20)
    return data


@settings(max_examples=30)
@given(cut=st.floats(0.0, 1.0), again=st.integers(1, 3))
def test_recovery_is_idempotent(cut: float, again: int) -> None:
    """However a file was cut, and however often a repair was itself cut off."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        day = root / "test" / "2026-01-01"
        path = day / "00-00-00_CLIP0001.mp4"
        whole = growing()
        part = path.with_name(f"{path.name}.part")
        day.mkdir(parents=True)
        part.write_bytes(whole[: int(len(whole) * cut)])
        # What a kill left of an earlier repair.
        path.with_name(f"{path.name}.repair").write_bytes(whole[:3000])
        told: list[ClipClosed] = []
        first = recover(root, set, told.append)
        files = {file: file.stat().st_mtime_ns for file in root.rglob("*.mp4*")}
        for _ in range(again):
            outcome = recover(root, set, told.append)
            assert (outcome.repaired, outcome.discarded) == (0, 0)
        assert first.repaired + first.discarded == 1
        assert len(told) == first.repaired == len(files)
        assert files == {f: f.stat().st_mtime_ns for f in root.rglob("*.mp4*")}
        for clip in told:
            shown = moments(clip)
            assert all(b - a == 1 for a, b in pairwise(shown))
