"""Looks at every decoded picture of an output, and counts what shows of a zone.

Nothing here knows how masks are painted: polygons are compared with pixels by
`engine.masking.inside`, which shares no code with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
import io
import itertools
from pathlib import Path
import tempfile
from typing import Final

import av
import numpy as np
from PIL import Image, ImageSequence, UnidentifiedImageError

from custom_components.hearthcam.engine.masking import inside
from custom_components.hearthcam.engine.masking.inside import Pixels, pixels_of, seen_in
from tests.simulator import barcode

from .leak_film import FPS, NUMBERS, Polygon, beside

_DARK: Final = 70
"""What a picture outside of all zones has on average at least."""


SELDOM = ("detector view", "feature log")
"""Where little is told in so short a time, and what is told depends on the moment: that
they can be looked at is shown by `tests/engine/test_hidden_motion.py`."""


@dataclass(frozen=True, slots=True)
class Look:
    """One picture: what of the zones was looked at, and what shows.

    ``number`` is the one that was drawn into it, None where it is too small.
    ``time`` is in s from the film's start.
    """

    pixels: int
    leaked: int
    is_blank: bool
    number: int | None
    time: float = 0.0


def look(picture: Pixels, polygons: tuple[Polygon, ...], time: float = 0.0) -> Look:
    """Look at an RGB picture."""
    height, width = picture.shape[:2]
    looked_at = sum(
        int(part.sum())
        for polygon in polygons
        for part in inside._parts(polygon, height, width)
    )
    rest = picture[beside(width, height)]
    return Look(
        looked_at,
        seen_in(picture, polygons).leaked,
        float(rest.mean()) < _DARK,
        barcode.read_rgb(picture),
        time,
    )


def pictures_of(data: bytes) -> Iterator[tuple[float, Pixels]]:
    """Decode all that is in an image, an MP4 (also a growing one) or a live stream.

    What was cut at its end is decoded up to there.
    """
    if not data:
        return
    try:
        image = Image.open(io.BytesIO(data), formats=("JPEG", "WEBP", "PNG"))
    except UnidentifiedImageError:
        yield from _film(data)
        return
    with image:
        for picture in ImageSequence.Iterator(image):
            yield 0.0, np.asarray(picture.convert("RGB"))


def _film(data: bytes) -> Iterator[tuple[float, Pixels]]:
    boxed = data[4:8] in (b"ftyp", b"styp", b"moof")
    if not boxed and data[:1] != b"\x47":
        raise ValueError("neither a picture nor a film")
    try:
        with av.open(
            io.BytesIO(data), "r", format="mp4" if boxed else "mpegts"
        ) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            for frame in container.decode(stream):
                yield frame.time or 0.0, pixels_of(frame)
    except av.FFmpegError, IndexError:
        return


def looks(data: bytes, polygons: tuple[Polygon, ...]) -> list[Look]:
    """Look at all pictures."""
    return [look(picture, polygons, time) for time, picture in pictures_of(data)]


@dataclass(frozen=True, slots=True)
class Span:
    """Pictures that were captured from one to another.

    Their numbers, of which the same come again with each round of the film, so that
    they alone tell nothing; and when (s of the Unix epoch) the first was captured at
    the earliest, and the last at the latest.
    """

    first: int
    last: int
    begin: float
    end: float

    def holds(self, one: Look, time: float) -> bool:
        """Tell whether a picture is one of them; ``time`` is about when it was captured.

        About: it may be off by half of what is left of a round of the film.
        """
        round_of_film = NUMBERS / FPS
        margin = max(0.0, (round_of_film - (self.end - self.begin)) / 2)
        return (
            self.begin - margin < time < self.end + margin
            and one.number is not None
            and (one.number - self.first) % NUMBERS
            <= (self.last - self.first) % NUMBERS
        )


def is_after(number: int | None, other: int) -> bool:
    """Tell whether a picture was captured later than another of the last seconds.

    The loop begins again and again; what cannot be read counts as later.
    """
    return number is None or 0 < (number - other) % NUMBERS < NUMBERS // 2


def last_number(seen: Sequence[Look]) -> int | None:
    """Return the number of the last picture of a stream that was cut off.

    That one may be cut in the middle, and unreadable: it follows the one before.
    """
    numbers = [one.number for one in seen[-2:]]
    if numbers[-1] is None and (before := numbers[0]) is not None:
        return (before + 1) % NUMBERS
    return numbers[-1]


@dataclass(slots=True)
class Count:
    """What was looked at of one output."""

    pictures: int = 0
    pixels: int = 0
    leaked: int = 0
    blank: int = 0

    def add(self, seen: Iterable[Look]) -> None:
        """Count pictures."""
        for one in seen:
            self.pictures += 1
            self.pixels += one.pixels
            self.leaked += one.leaked
            self.blank += one.is_blank


CONTROL: Final = "no zone"
"""The scenario in which everything has to leak, or nothing is proven."""


@dataclass(slots=True)
class Tally:
    """All that was looked at, by scenario and output."""

    counts: dict[tuple[str, str], Count] = field(default_factory=dict)

    def add(self, scenario: str, output: str, seen: Iterable[Look]) -> Count:
        """Count what was seen of an output."""
        count = self.counts.setdefault((scenario, output), Count())
        count.add(seen)
        return count

    def judge(
        self, scenario: str, output: str, data: bytes, *polygons: Polygon
    ) -> list[Look]:
        """Look at an output and count it; return what was seen."""
        seen = looks(data, polygons)
        self.add(scenario, output, seen)
        return seen

    def faults(self) -> list[str]:
        """Return what is not as it has to be."""
        found = []
        for (scenario, output), count in self.counts.items():
            what = f"{scenario} / {output}: {count}"
            if output.startswith(SELDOM) and not count.leaked:
                continue
            if not count.pictures:
                found.append(f"nothing seen: {what}")
            elif scenario == CONTROL:
                if not count.leaked:
                    found.append(f"blind: {what}")
            elif count.leaked:
                found.append(f"LEAKED: {what}")
            elif count.blank:
                found.append(f"blank: {what}")
        return found

    def table(self) -> str:
        """Return the figures as text."""
        lines = [
            f"{'scenario':22}{'output':26}{'pictures':>9}{'pixels':>12}{'leaked':>10}"
        ]
        total = Count()
        for (scenario, output), count in sorted(
            self.counts.items(), key=lambda one: (one[0][0] != CONTROL, one[0])
        ):
            lines.append(
                f"{scenario:22}{output:26}{count.pictures:9}{count.pixels:12}"
                f"{count.leaked:10}"
            )
            if scenario != CONTROL:
                total.pictures += count.pictures
                total.pixels += count.pixels
                total.leaked += count.leaked
        lines.append(
            f"{'with zones':22}{'all':26}{total.pictures:9}{total.pixels:12}"
            f"{total.leaked:10}"
        )
        return "\n".join(lines)


_NO_PICTURES: Final = frozenset(
    (*(".db", ".db-shm", ".db-wal", ".json", ".yaml", ".hcf", ".pid", ".log"), "")
)


def judge_files(
    folder: Path, polygons: tuple[Polygon, ...], *known: str
) -> list[tuple[Path, list[Look]]]:
    """Decode every file below a folder that may hold a picture; return what was seen.

    ``known`` are suffixes of what may lie there beside databases and settings; a file
    of any other kind must be one that can be decoded.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        data = path.read_bytes()
        try:
            seen = looks(data, polygons)
        except ValueError:
            if data and path.suffix not in _NO_PICTURES.union(known):
                raise AssertionError(f"what is {path.name}?") from None
            continue
        found.append((path, seen))
    return found


def temporary_files() -> list[Path]:
    """Return what lies in the folder of temporary files."""
    return [*itertools.chain(Path(tempfile.gettempdir()).iterdir())]
