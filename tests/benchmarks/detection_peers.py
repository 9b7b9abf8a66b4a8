"""Detectors of others, as people configure them: OpenCV's MOG2, a running average.

Both get five pictures a second of the decoded stream, ask for three in a row with a
region as large as Frigate asks for by default, and take a picture of which 80 % changed
for a change of light, as Frigate does.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
import time

import av
import cv2
import numpy as np
import numpy.typing as npt

from .detection_clips import Span
from .detection_score import Told

type Picture = npt.NDArray[np.uint8]
type Detector = Callable[[av.VideoFrame], Picture]
"""Takes the next picture, returns its changed pixels as 255."""

INTERVAL = 0.2
"""Seconds between analysed pictures."""
WIDEST = 640
"""A wider picture is scaled down to this."""
PERSISTENCE = 3
HOLD = 2.0
"""Seconds of quiet that end a motion, as here."""
LEAST_AREA = 10 / (178 * 100)
"""Share of the picture: Frigate's default contour area of 10 pixels of 178x100."""
LIGHTNING = 0.8
LEARNING = 1.0
"""Seconds at the start in which nothing is told, as here."""
MOG2_HISTORY, MOG2_THRESHOLD = 500, 16
AVERAGE_RATE, AVERAGE_THRESHOLD = 0.05, 25

PEERS = {
    "MOG2": (
        f"OpenCV's MOG2 (history {MOG2_HISTORY}, threshold {MOG2_THRESHOLD}, its "
        "defaults) in colour, shadows removed, opened by 3x3 and closed by 5x5"
    ),
    "average": (
        f"running average of luma (rate {AVERAGE_RATE}, threshold "
        f"{AVERAGE_THRESHOLD}), blurred by 5x5, dilated twice"
    ),
}


def mog2() -> Detector:
    """Return OpenCV's mixture of Gaussians with its defaults, shadows removed."""
    model = cv2.createBackgroundSubtractorMOG2(
        history=MOG2_HISTORY, varThreshold=MOG2_THRESHOLD, detectShadows=True
    )
    small, large = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)

    def detect(frame: av.VideoFrame) -> Picture:
        mask = model.apply(_scaled(frame, "bgr24"))
        # A shadow is marked with 127.
        _, mask = cv2.threshold(mask, 200, 255, cv2.THRESH_BINARY)
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, small)
        return _bytes(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, large))

    return detect


def running_average() -> Detector:
    """Return the difference to a running average of the pictures before."""
    average: npt.NDArray[np.float32] | None = None

    def detect(frame: av.VideoFrame) -> Picture:
        nonlocal average
        blurred = _bytes(cv2.GaussianBlur(_scaled(frame, "gray"), (5, 5), 0))
        if average is None:
            average = blurred.astype(np.float32)
        difference = cv2.absdiff(blurred, cv2.convertScaleAbs(average))
        cv2.accumulateWeighted(blurred, average, AVERAGE_RATE)
        _, mask = cv2.threshold(difference, AVERAGE_THRESHOLD, 255, cv2.THRESH_BINARY)
        kernel = np.ones((3, 3), np.uint8)
        return _bytes(cv2.dilate(mask, kernel, iterations=2))

    return detect


_MAKERS: dict[str, Callable[[], Detector]] = {"MOG2": mog2, "average": running_average}


def _bytes(mask: npt.NDArray[np.generic]) -> Picture:
    return mask.astype(np.uint8, copy=False)


@dataclass(slots=True)
class Persistence:
    """Makes motions of masks: three pictures in a row begin one, quiet ends it."""

    streak: int = 0
    first: float = 0.0
    began: float | None = None
    told: float = 0.0
    last: float = 0.0

    def feed(self, mask: Picture, when: float) -> Iterator[Told]:
        """Take the next picture's mask; yield what ended by it."""
        if self.began is not None and when - self.last > HOLD:
            yield from self.finish()
        if not _is_motion(mask) or when < LEARNING:
            self.streak = 0
            return
        if not self.streak:
            self.first = when
        self.streak += 1
        if self.began is not None:
            self.last = when
        elif self.streak >= PERSISTENCE:
            self.began, self.told, self.last = self.first, when, when

    def finish(self) -> Iterator[Told]:
        """End what is going on."""
        if self.began is not None:
            yield Told(self.told, Span(self.began, self.last))
        self.began = None


def _is_motion(mask: Picture) -> bool:
    changed = cv2.countNonZero(mask) / mask.size
    if not LEAST_AREA <= changed <= LIGHTNING:
        return False
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return any(cv2.contourArea(c) >= LEAST_AREA * mask.size for c in contours)


def run_peers(
    path: Path, names: Sequence[str] = tuple(_MAKERS)
) -> dict[str, tuple[list[Told], float]]:
    """Return, by detector, what it tells of a file, and its CPU seconds.

    The decoding is done once and counts for each: each alone would need it.
    """
    cv2.setNumThreads(1)
    detectors = {name: (_MAKERS[name](), Persistence()) for name in names}
    told: dict[str, list[Told]] = {name: [] for name in names}
    own = dict.fromkeys(names, 0.0)
    began = time.thread_time()
    for frame, when in _frames(path):
        for name, (detect, persistence) in detectors.items():
            start = time.thread_time()
            told[name] += persistence.feed(detect(frame), when)
            own[name] += time.thread_time() - start
    decoding = time.thread_time() - began - sum(own.values())
    for name, (_, persistence) in detectors.items():
        told[name] += persistence.finish()
    return {name: (told[name], decoding + own[name]) for name in names}


def _scaled(frame: av.VideoFrame, pixels: str) -> Picture:
    width = min(frame.width, WIDEST) // 2 * 2
    height = round(frame.height * width / frame.width) // 2 * 2
    return _bytes(frame.reformat(width, height, pixels).to_ndarray())


def _frames(path: Path) -> Iterator[tuple[av.VideoFrame, float]]:
    """Yield five pictures a second of a file, with their times."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        origin: float | None = None
        due = 0.0
        for frame in container.decode(stream):
            origin = frame.time if origin is None else origin
            when = frame.time - origin
            if when < due - 0.25 * INTERVAL:
                continue
            due = max(due + INTERVAL, when)
            yield frame, when
