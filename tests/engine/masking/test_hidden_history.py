"""What came while a zone was black is black wherever it is shown, whatever follows.

Zones that come and go within a moment, clips that reach back, broken connections, and
a camera whose clock runs beside the engine's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
import tempfile
from typing import Any, override
from unittest.mock import patch

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.engine.masking.mask import Mask
from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.masking.veil import ClearVeil, Veil
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet, VideoParameters
from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    Mode,
    PrivacyZone,
    Profile,
    StreamError,
    StreamStatus,
)
from custom_components.hearthcam.engine.session import Reason
from tests.engine.motion.drawn import EPOCH
from tests.engine.recording import shown_at
from tests.engine.samples import START, video
from tests.engine.watching import Stage, Watching, stage

from .moving import CORNER, STAR

ENGINE = "custom_components.hearthcam.engine"
STEP = TIME_BASE // 10
ZONES = (PrivacyZone("star", STAR), PrivacyZone("corner", CORNER))
CHOICES = [(), ZONES[:1], ZONES[1:], ZONES]

let_through: list[tuple[int, frozenset[str]]] = []
"""What came out of a veil: each picture's time (µs), and what was black in it."""


class StandIn(ClearVeil):
    """A veil that encodes nothing, and notes what it would have hidden."""

    def __init__(self, video: VideoParameters, mask: Mask, after: int | None) -> None:
        """Take what is to be hidden, and from when on (µs) pictures come out."""
        super().__init__(video)
        self._marks, self._last = mask.marks, after or 0
        self._keyframe = b""

    @override
    def show(self, packet: Packet) -> list[ShownPacket]:
        """Return the picture, but for one that would come out of order."""
        if packet.is_keyframe:
            self._keyframe = packet.data
        if packet.pts <= self._last:
            return []
        self._last = packet.pts
        let_through.append((packet.pts, self._marks))
        return [
            ShownPacket(self._keyframe, packet.pts, packet.pts, packet.duration, True)
        ]


def stand_in(
    video: VideoParameters, mask: Mask, *, after: int | None = None, **_options: Any
) -> Veil:
    """Return a veil."""
    return StandIn(video, mask, after)


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Look for no motion, encode nothing, and make no thumbnails."""
    with (
        patch(f"{ENGINE}.detection.Detection.packet"),
        patch(f"{ENGINE}.clip_veil.open_veil", stand_in),
        patch(f"{ENGINE}.masking.masked_broadcast.open_veil", stand_in),
        patch(f"{ENGINE}.clip.make_thumbnail", return_value=None),
    ):
        yield


@cache
def film(gop: int, b_frames: int) -> tuple[VideoParameters, tuple[Packet, ...]]:
    """Return a stream that begins at ``EPOCH``."""
    parameters, packets = video(30.0, gop=gop, b_frames=b_frames, width=64, height=64)
    shift = int(EPOCH * TIME_BASE) - START
    return parameters, tuple(
        replace(one, pts=one.pts + shift, dts=one.dts + shift) for one in packets
    )


class Story:
    """A camera to which things happen, and what was hidden as each picture came."""

    def __init__(self, scene: Stage, packets: Iterable[Packet]) -> None:
        """Begin."""
        self.scene = scene
        self.hidden: dict[int, frozenset[str]] = {}
        self.viewers: list[tuple[bool, Watching]] = []
        self._packets = list(packets)
        self._sent = 0
        self._skew = 0.0

    def send(self, count: int) -> None:
        """Let pictures come."""
        for packet in self._packets[self._sent : self._sent + count]:
            self.scene.now = packet.dts / TIME_BASE + self._skew
            self.hidden[packet.pts] = self.scene.camera.showing.curtain.mask.marks
            self.scene.camera.stream_packet(Profile.MAIN, packet)
        self._sent += count

    def hide(self, choice: int) -> None:
        """Hide other zones from now on."""
        self.scene.change(privacy=CHOICES[choice])

    def skew(self, tenths: int) -> None:
        """Let the engine's clock run ahead of the camera's, or behind."""
        self._skew = tenths / 10

    def event(self, tenths: int) -> None:
        """Record from so long ago on, for a second and a half."""
        start = self._newest() - tenths / 10
        until = int((self._newest() + 1.5) * TIME_BASE)
        name = f"EVENT{self._sent:05}{tenths:02}"
        self.scene.camera.recorder.begin(Reason(name, "motion", start, until=until), 0)

    def watch(self, _: int) -> None:
        """Have one more person watch."""
        viewer = Watching()
        if self.scene.camera.showing.add(viewer):
            is_clear = not self.scene.camera.showing.curtain.mask
            self.viewers.append((is_clear, viewer))

    def lose(self, count: int) -> None:
        """Let the connection break off, and come again later."""
        self._sent += count
        camera = self.scene.camera
        offline = StreamStatus.OFFLINE, StreamError.ENDED
        camera.stream_state(Profile.MAIN, *offline, None)
        self.scene.open(film(7, 0)[0])

    def _newest(self) -> float:
        return max(self.hidden, default=int(EPOCH * TIME_BASE)) / TIME_BASE

    def still_is_hidden(self) -> None:
        """Check what a still of now would hide."""
        curtain = self.scene.camera.showing.curtain
        gop = self.scene.camera._ring.last_gop()
        for packet in gop:
            assert self.hidden[packet.pts] <= curtain.since(gop[0].pts).marks


steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(1, 15)),
        st.tuples(st.just("hide"), st.sampled_from([0, 0, 1, 2, 3])),
        st.tuples(st.sampled_from(["event", "watch"]), st.integers(0, 60)),
        st.tuples(st.just("skew"), st.integers(-30, 30)),
        st.tuples(st.just("lose"), st.integers(0, 9)),
    ),
    min_size=4,
    max_size=24,
)


@settings(max_examples=80)
@given(
    steps=steps,
    gop=st.sampled_from([1, 7, 30]),
    b_frames=st.sampled_from([0, 2]),
    segment=st.sampled_from([0.0, 3.0]),
)
def test_what_came_while_it_was_hidden_stays_hidden(
    steps: list[tuple[str, int]], gop: int, b_frames: int, segment: float
) -> None:
    let_through.clear()
    parameters, packets = film(gop, b_frames)
    with (
        tempfile.TemporaryDirectory() as name,
        pytest.MonkeyPatch.context() as patches,
        stage(
            *(Path(name), patches, parameters, ()),
            mode=Mode.RECORD,
            continuous=bool(segment),
            segment=segment or 300.0,
            max_clip=4.0,
            sync=False,
        ) as scene,
    ):
        story = Story(scene, packets)
        story.send(12)
        for step, value in steps:
            getattr(story, step)(value)
            story.still_is_hidden()
        story.send(10)
        scene.camera.close()
        clips = [one for one in scene.reports if isinstance(one, ClipClosed)]
        for clip in clips:
            for moment in moments(clip):
                assert story.hidden[moment] <= set(clip.mask)
    for moment, marks in let_through:
        assert story.hidden[moment] <= marks
    for is_clear, viewer in story.viewers:
        assert not viewer.late
        for packet in viewer.packets if is_clear else ():
            assert not story.hidden[packet.pts]


def moments(clip: ClipClosed) -> list[int]:
    """Return when (µs) each picture of a clip came, by the clock of the stream."""
    begin = clip.start - EPOCH
    return [
        int(EPOCH * TIME_BASE) + round((begin + at) * 10) * STEP
        for at in shown_at(clip.path)
    ]
