"""What detectors are tried on: labelled footage of real cameras, and drawn stress."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import json
import os
from pathlib import Path
import re
from typing import Any, NamedTuple

from tests.simulator.stress import KINDS, StressClip, empty_clip, present_clip

TOLERANCE = 0.4
"""Seconds by which the labels of the footage may be off."""
_ZONE_TOLERANCE = 1.0
_DRAWN_TOLERANCE = 0.1
_SWITCHES = ("ir-switch", "light-room", "light-half", "gain-step")
_GROUPS = (
    # What a label's category says, first match first.
    ("thermal", "thermal night"),
    ("light change", "light changes"),
    ("ir/day", "light changes"),
    ("wind", "wind"),
    ("indoor", "indoor"),
    ("headlights", "night road"),
    ("vehicles", "vehicles"),
    ("busy", "vehicles"),
    ("vfr", "vehicles"),
    ("persons", "outdoor, persons and animals"),
    ("animals", "outdoor, persons and animals"),
)
_DRAWN_GROUPS = {
    "light": "drawn: light",
    "weather": "drawn: weather",
    "wind": "drawn: wind",
    "camera": "drawn: sensor and codec",
}


class Span(NamedTuple):
    """Seconds of a clip, from its start."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start

    def meets(self, other: Span, slack: float = 0.0) -> bool:
        """Tell whether two overlap, or nearly so."""
        return self.start <= other.end + slack and self.end >= other.start - slack

    def overlap(self, other: Span) -> float:
        """Return for how many seconds two overlap."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class ZoneLabel:
    """A part of the picture, and when something moves in it."""

    name: str
    polygon: tuple[tuple[float, float], ...]
    present: tuple[Span, ...]
    empty: tuple[Span, ...]
    tolerance: float


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip, and the truth about it.

    ``persons``: who is there is a person, and taller than 5 % of the picture.
    ``switch``: its disturbance is a switch of light, infra-red or gain. ``present``
    and ``empty`` leave out what is not labelled.
    """

    name: str
    group: str
    source: Path | StressClip
    seconds: float
    present: tuple[Span, ...]
    empty: tuple[Span, ...]
    tolerance: float
    persons: bool
    switch: bool
    zones: tuple[ZoneLabel, ...] = ()

    def path(self) -> Path:
        """Return the file; a drawn one is made, where it is not there yet."""
        if isinstance(self.source, Path):
            return self.source
        return self.source.encode()


def footage_folder() -> Path:
    """Return where labelled footage is looked for, as the tests do."""
    beside = Path(__file__).parents[2].parent / "shared"
    return Path(os.environ.get("HEARTHCAM_SHARED", beside)) / "footage"


def footage_clips(folder: Path) -> tuple[list[Clip], list[str]]:
    """Return the labelled clips, and for each that is not there the reason."""
    labels = folder / "labels.json"
    if not labels.exists():
        return [], ["labelled footage: there is no labels.json in ../shared/footage"]
    clips, skipped = [], []
    for label in json.loads(labels.read_text()):
        path = folder / label["file"]
        if path.exists():
            clips.append(_labelled(label, path))
        else:
            skipped.append(f"{label['name']}: the file is not there")
    return clips, skipped


def drawn_clips(seconds: float, seed: int = 1) -> list[Clip]:
    """Return every kind of stress: empty for so many seconds each, and with people.

    Another ``seed`` draws other textures, noise, drops, flakes and insects.
    """
    return [
        *(_drawn(kind, empty_clip(kind, seconds, seed=seed)) for kind in KINDS),
        *(_drawn(kind, present_clip(kind, seed=seed)) for kind in KINDS),
    ]


def _drawn(kind: str, clip: StressClip) -> Clip:
    return Clip(
        clip.name,
        _DRAWN_GROUPS[clip.group],
        clip,
        clip.seconds,
        tuple(Span(*span) for span in clip.present),
        tuple(Span(*span) for span in clip.empty),
        _DRAWN_TOLERANCE,
        persons=True,
        switch=kind in _SWITCHES,
    )


def _labelled(label: Mapping[str, Any], path: Path) -> Clip:
    category = label["category"].lower()
    group = next((g for word, g in _GROUPS if word in category), "other")
    seconds = float(label["duration"])
    return Clip(
        label["name"],
        group,
        path,
        seconds,
        tuple(Span(*span) for span in label["present"]),
        tuple(Span(*span) for span in label["empty"]),
        float(label.get("tolerance", TOLERANCE)),
        persons="person" in category,
        switch=group == "light changes",
        zones=tuple(
            _zone(name, zone, seconds) for name, zone in label["zones"].items()
        ),
    )


def _zone(name: str, zone: Mapping[str, Any], seconds: float) -> ZoneLabel:
    tolerance = float(zone.get("tolerance", _ZONE_TOLERANCE))
    present = [Span(*span) for span in zone["present"]]
    # Some labels hold for a part of the clip only, and say so in words.
    note = zone.get("note", "")
    valid = [Span(0.0, seconds)]
    if "only for" in note:
        numbers = re.findall(r"\[([\d.]+),\s*([\d.]+)\]", note)
        # Their edges within the clip are as uncertain as others.
        valid = [
            Span(
                float(start) + (tolerance if float(start) > 0 else 0.0),
                float(end) - (tolerance if float(end) < seconds - tolerance else 0.0),
            )
            for start, end in numbers
        ]
    return ZoneLabel(
        name,
        tuple((float(x), float(y)) for x, y in zone["polygon"]),
        tuple(present),
        tuple(rest for span in valid for rest in _without(span, present, tolerance)),
        tolerance,
    )


def _without(whole: Span, present: Sequence[Span], tolerance: float) -> list[Span]:
    """Return what of a span lies a tolerance away from all others."""
    left: list[Span] = []
    start = whole.start
    for span in sorted(present):
        left.append(Span(start, span.start - tolerance))
        start = max(start, span.end + tolerance)
    left.append(Span(start, whole.end))
    # Less than a second between two cars is no time to tell of nothing.
    return [span for span in left if span.seconds >= 1.0]
