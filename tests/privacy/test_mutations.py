"""Taking the masking out of any place lets a zone be seen, and the judge sees it.

So the leak tests fail where an output forgets its mask: what each of the places below
hides shows as soon as that one call is changed. Not one call may be missing here.
"""

from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
import time
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam.engine.analyst import Analyst
from custom_components.hearthcam.engine.black_out import black_out
from custom_components.hearthcam.engine.clock import Clock
from custom_components.hearthcam.engine.detection import Detection
from custom_components.hearthcam.engine.export import export
from custom_components.hearthcam.engine.features import FeatureLog
from custom_components.hearthcam.engine.film import open_film
from custom_components.hearthcam.engine.masking.inside import pixels_of
from custom_components.hearthcam.engine.masking.mask import NOTHING, Mask
from custom_components.hearthcam.engine.packet import Packet, VideoParameters
from custom_components.hearthcam.engine.protocol import (
    BlackOut,
    ClipClosed,
    ClipPart,
    ConfigureCamera,
    Export,
    Mode,
    PrivacyZone,
    Profile,
    Render,
    RenderKind,
    StreamSource,
    WatchDetector,
)
from custom_components.hearthcam.engine.render import render
from custom_components.hearthcam.engine.session import Reason
from custom_components.hearthcam.engine.sight import Told, View
from custom_components.hearthcam.engine.thumbnail import make_thumbnail
from custom_components.hearthcam.library.tag import ClipTag
from custom_components.hearthcam.past_gate import async_hides
from custom_components.hearthcam.playback_views import MEDIA_URL
from custom_components.hearthcam.views import clip_url
from homeassistant.core import HomeAssistant
from tests.engine.films import write_film
from tests.engine.motion.drawn import EPOCH
from tests.engine.watching import Stage, eventually, film as bars, stage
from tests.ha.conftest import no_discovery
from tests.ha.media_fixtures import (
    MediaHarness,
    media_fixture,  # noqa: F401 - pytest finds it by name
)
from tests.ha.test_past import draw
from tests.ha.test_views import MOMENT
from tests.library.clips import tag_of

from .leak_film import FPS, WALK, WINDOW, film, within
from .leak_judge import look, looks
from .leak_mutants import SINCE, TOLD, Place, places, taken_out

__all__ = ["no_discovery"]

ZONE = PrivacyZone("window", WINDOW)
MASK = Mask.of((ZONE,))
CLIP_ID = "01J00000000000000000000001"

type Hidden = Callable[[Path, pytest.MonkeyPatch], int]
"""Makes an output of a camera with a zone; returns how many pixels of it show."""


def shown_in(data: bytes) -> int:
    """Return how many pixels of the zone show in what somebody got."""
    seen = looks(data, (WINDOW,))
    assert seen
    return sum(one.leaked for one in seen)


# --- the camera that is on now ---


def still(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what a still shows."""
    with stage(folder, monkeypatch, *bars(), privacy=(ZONE,)) as scene:
        scene.send(2.5)
        return shown_in(scene.camera.showing.still(None, fresh=True) or b"")


def watched(scene: Stage) -> int:
    """Return what somebody sees who begins to watch."""
    viewer = scene.watch()
    viewer.until_time(scene.send(1.0).pts)
    pictures = [look(pixels_of(one), (WINDOW,)) for one in viewer.pictures()]
    assert pictures
    return sum(one.leaked for one in pictures)


def live(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what live video shows."""
    with stage(folder, monkeypatch, *bars(), privacy=(ZONE,)) as scene:
        scene.send(2.5)
        return watched(scene)


def live_with_a_new_zone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what live video shows after a zone was drawn."""
    with stage(folder, monkeypatch, *bars()) as scene:
        scene.send(2.5)
        scene.change(privacy=(ZONE,))
        return watched(scene)


def clip(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what a recorded clip shows."""
    with stage(
        folder, monkeypatch, *bars(), privacy=(ZONE,), mode=Mode.RECORD
    ) as scene:
        scene.send(2.0)
        scene.camera.recorder.begin(Reason(CLIP_ID, "motion", EPOCH + 1.0))
        scene.send(2.0)
    (told,) = (one for one in scene.reports if isinstance(one, ClipClosed))
    return shown_in(Path(told.path).read_bytes())


# --- while it changes ---


def shown_in_clips(scene: Stage, since: float) -> int:
    """Return what shows in all clips from a time (s) of the film on."""
    told = [one for one in scene.reports if isinstance(one, ClipClosed)]
    seen = [
        (clip.start + one.time - EPOCH, one.leaked)
        for clip in told
        for one in looks(Path(clip.path).read_bytes(), (WINDOW,))
    ]
    assert seen
    return sum(leaked for at, leaked in seen if at > since - 0.05)


def clip_with_a_new_zone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what a clip shows after a zone was drawn."""
    with stage(folder, monkeypatch, *bars(), mode=Mode.RECORD) as scene:
        scene.send(2.0)
        scene.camera.recorder.begin(Reason(CLIP_ID, "motion", EPOCH + 1.0))
        scene.send(0.5)
        scene.change(privacy=(ZONE,))
        scene.send(1.0)
    return shown_in_clips(scene, 2.5)


def clip_of_a_camera_that_forgot(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what a clip shows after its camera was seen to mask no more."""
    zone = replace(ZONE, at_source=True)
    seen = frozenset((zone,))
    monkeypatch.setattr(Detection, "at_source", property(lambda _: seen))
    with stage(folder, monkeypatch, *bars(), privacy=(zone,)) as scene:
        scene.camera.sources_seen()
        scene.send(2.0)
        scene.camera.recorder.begin(Reason(CLIP_ID, "motion", EPOCH + 1.0))
        scene.send(0.5)
        seen = frozenset()
        scene.camera.sources_seen()
        scene.send(1.0)
    return shown_in_clips(scene, 2.5)


def clip_that_reaches_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what a clip's pre-roll shows of a time in which there was a zone."""
    with stage(folder, monkeypatch, *bars(), privacy=(ZONE,)) as scene:
        scene.send(2.5)
        scene.change(privacy=())
        scene.camera.recorder.begin(Reason(CLIP_ID, "motion", EPOCH + 2.5), 1.0)
        scene.send(0.4)
    return shown_in_clips(scene, 0.0)


def live_that_reaches_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what live video shows of a time in which there was a zone."""
    with stage(folder, monkeypatch, *bars(), privacy=(ZONE,)) as scene:
        gone = scene.send(2.5).pts
        scene.change(privacy=())
        viewer = scene.watch()
        viewer.until_time(scene.send(1.0).pts)
        return sum(
            look(pixels_of(one), (WINDOW,)).leaked
            for one in viewer.pictures()
            if (one.pts or 0) <= gone
        )


def still_after_a_zone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what a still shows of a time in which there was a zone."""
    with stage(folder, monkeypatch, *bars(), privacy=(ZONE,)) as scene:
        scene.send(2.5)
        scene.change(privacy=())
        return shown_in(scene.camera.showing.still(None, fresh=False) or b"")


# --- clips of before ---


def recorded(folder: Path) -> Path:
    """Record a clip in which nothing is hidden."""
    video, packets = bars()
    path = folder / "front_door" / "2026-09-21" / f"12-26-40_{CLIP_ID}.mp4"
    path.parent.mkdir(parents=True)
    tag = ClipTag("front_door", CLIP_ID, CLIP_ID, EPOCH, EPOCH + 1)
    return write_film(path, video, packets[:30], comment=tag.to_json())


def blacked_out(folder: Path, _: pytest.MonkeyPatch) -> int:
    """Return what a clip shows that was blacked out."""
    path = recorded(folder)
    assert (
        black_out(BlackOut("r", str(path), (ZONE,), (), None), lambda: False).error
        is None
    )
    return shown_in(path.read_bytes())


def exported(folder: Path, _: pytest.MonkeyPatch) -> int:
    """Return what an export shows."""
    path, target = recorded(folder), folder / "export.mp4"
    parts = (ClipPart(str(path), EPOCH, EPOCH + 3),)
    command = Export("r", parts, EPOCH, EPOCH + 3, str(target), privacy=(ZONE,))
    assert export(command, lambda: False).error is None
    return shown_in(target.read_bytes())


def rendered(kind: RenderKind, folder: Path, _: pytest.MonkeyPatch) -> int:
    """Return what a picture or preview shows."""
    path, target = recorded(folder), folder / "picture"
    command = Render("r", kind, str(path), str(target), 1.0, 320, privacy=(ZONE,))
    assert render(command).done
    return shown_in(target.read_bytes())


def thumbnail(folder: Path, _: pytest.MonkeyPatch) -> int:
    """Return what a thumbnail shows."""
    target = folder / "thumbnail.jpg"
    assert make_thumbnail(recorded(folder), target, 1.0, MASK)
    return shown_in(target.read_bytes())


# --- what the detector sees ---


@cache
def walk() -> tuple[VideoParameters, tuple[Packet, ...]]:
    """Return a stream in which somebody walks by, within the zone too."""
    with open_film(film()) as source:
        packets = [one for one in source.packets() if not one.is_audio]
    return source.video, tuple(packets[: round(WALK[1] * FPS)])


def cells_shown(told: list[Told]) -> int:
    """Return how many cells of the zone were shown to move."""
    views = [one for one in told if isinstance(one, View)]
    assert views
    shown = 0
    for view in views:
        bits = np.unpackbits(np.frombuffer(b64decode(view.cells), np.uint8))
        cells = bits[: view.rows * view.columns].reshape(view.rows, view.columns)
        shown += int(cells[within(WINDOW, view.columns, view.rows)].sum())
    return shown


def analysed(
    masks: tuple[Mask, ...], fails: bool, _folder: Path, _: pytest.MonkeyPatch
) -> int:
    """Return what an analyst shows that was to hide one thing after the other.

    ``fails``: and then failed, and began anew.
    """
    told: list[Told] = []
    analyst = Analyst("test", told.extend, masks[0], FeatureLog())
    video, packets = walk()
    try:
        # In this thread, in turn, without leaving out what comes too fast.
        analyst._handle(video)
        analyst._handle(True)
        for mask in masks[1:]:
            analyst._handle(mask)
        if fails:
            analyst._start_over()
        analyst._handle(WatchDetector("test", True))
        for packet in packets:
            analyst._handle(packet)
    finally:
        analyst.close()
    return cells_shown(told)


def detected(later: bool, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what the detector of a camera shows, ``later``: after a zone was drawn."""
    video, packets = walk()
    config = ConfigureCamera(
        *("test", "Test", str(folder / "test"), StreamSource("rtsp://127.0.0.1:1/x")),
        privacy=() if later else (ZONE,),
        blocked=None,
        shut=False,
    )
    told: list[Told] = []
    clock = Clock(lambda: EPOCH, time.monotonic)
    detection = Detection(config, clock, lambda _: None, lambda: None)
    analyst = detection.analyst
    monkeypatch.setattr(analyst, "_on_events", told.extend)
    try:
        if later:
            detection.configure(replace(config, privacy=(ZONE,)))
        detection.opened(Profile.MAIN, video)
        analyst.order(WatchDetector("test", True))
        for packet in packets:
            eventually(lambda: not analyst._items)
            detection.packet(Profile.MAIN, packet)
        eventually(lambda: not analyst._items)
    finally:
        detection.close()
    return cells_shown(told)


@dataclass(frozen=True, slots=True)
class Spare:
    """A call without which nothing shows, and why."""

    reason: str


BLACK_ALREADY: Final = Spare("what the picture is made of is black already")
LIST: Final[dict[Place, Hidden | Spare]] = {
    Place("analyst", "Analyst.__init__", "Ladder"): partial(analysed, (MASK,), False),
    Place("analyst", "Analyst._carry_out", "hide"): partial(
        analysed, (NOTHING, MASK), False
    ),
    Place("analyst", "Analyst._start_over", "Ladder"): partial(analysed, (MASK,), True),
    Place("black_out", "_black_out", "blacken"): blacked_out,
    Place("black_out", "_done", "make_thumbnail"): BLACK_ALREADY,
    Place("black_out", "blacken", "open_veil"): blacked_out,
    Place("camera", "Camera.configure", TOLD): clip_with_a_new_zone,
    Place("camera", "Camera.sources_seen", TOLD): clip_of_a_camera_that_forgot,
    Place("clip", "ClipWriter._write", "make_thumbnail"): BLACK_ALREADY,
    Place("clip_veil", "ClipVeil.__init__", "open_veil"): clip,
    Place("clip_writers", "ClipWriters.begin", SINCE): clip_that_reaches_back,
    Place("clip_writers", "ClipWriters.hides_too_much", SINCE): Spare(
        "without it a clip hides for longer what it hides already"
    ),
    Place("clip_writers", "ClipWriters.revealing", SINCE): Spare(
        "clips are looked at with each change: nothing between two was seen by none"
    ),
    Place("detection", "Detection.__init__", "Analyst"): partial(detected, False),
    Place("detection", "Detection.configure", "hide"): partial(detected, True),
    Place("export", "_alike", "blacken"): exported,
    Place("ladder", "Ladder._look", "hide"): partial(analysed, (MASK,), False),
    Place("masking.masked", "MaskedVeil._picture", "show_frame"): live,
    Place("masking.masked_broadcast", "MaskedBroadcast._run", "open_veil"): live,
    Place("masking.pictures", "show_frame", "paint"): still,
    Place("masking.veil", "open_veil", "ClearVeil"): clip,
    Place("masking.veil", "open_veil", "MaskedVeil"): clip,
    Place("recorder", "Recorder.mask_changed", TOLD): clip_with_a_new_zone,
    Place("recover", "_repair", "make_thumbnail"): BLACK_ALREADY,
    Place("render", "_pictures", "show_frame"): partial(rendered, RenderKind.PREVIEW),
    Place("render", "render", "show_frame"): partial(rendered, RenderKind.PICTURE),
    Place("showing", "Showing.__init__", "Curtain"): live,
    Place("showing", "Showing._hide", "curtain.set"): live_with_a_new_zone,
    Place("showing", "Showing._open", "ClearBroadcast"): live,
    Place("showing", "Showing._open", "MaskedBroadcast"): live,
    Place("showing", "Showing._past", SINCE): live_that_reaches_back,
    Place("showing", "Showing.still", SINCE): still_after_a_zone,
    Place("stills", "StillCache.get", "show_frame"): still,
    Place("thumbnail", "make_thumbnail", "show_frame"): thumbnail,
}
MUTANTS: Final = {
    str(place): (place, hidden)
    for place, hidden in LIST.items()
    if not isinstance(hidden, Spare)
}


def test_no_place_is_missing() -> None:
    """Whoever adds a call tells here how it is seen to be needed."""
    assert {str(place) for place in places()} == {str(place) for place in LIST}


@pytest.mark.parametrize("name", MUTANTS)
def test_without_its_mask_an_output_shows_the_zone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, hidden = MUTANTS[name]
    with taken_out(place):
        assert hidden(tmp_path, monkeypatch) > 0


def of_each() -> Iterator[Any]:
    """Yield each way to make an output, once."""
    ways = {
        getattr(hidden, "__name__", name): hidden
        for name, (_, hidden) in MUTANTS.items()
    }
    for name, hidden in ways.items():
        yield pytest.param(hidden, id=name)


@pytest.mark.parametrize("hidden", of_each())
def test_with_all_masks_no_output_shows_the_zone(
    hidden: Hidden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the same way of looking finds nothing."""
    assert hidden(tmp_path, monkeypatch) == 0


# --- clips of before, in Home Assistant ---


GATES: Final[dict[str, dict[str, Any]]] = {
    "there": {},
    "open": {"hides": lambda *_: False},
    "forgotten": {"check_shown": lambda *_: None},
}


@pytest.mark.parametrize("gate", GATES)
async def test_without_the_gate_clips_of_before_show_the_zone(
    hass: HomeAssistant,
    media: MediaHarness,
    hass_client: ClientSessionGenerator,
    gate: str,
) -> None:
    media.library.hides = partial(async_hides, hass)
    row = await media.clip(1, MOMENT + timedelta(minutes=1), seconds=3.0)
    path = media.root / row.path
    path.unlink()
    video, packets = bars()
    write_film(path, video, packets[:30], comment=tag_of(row).to_json())
    draw(hass, polygon=[[point.x, point.y] for point in WINDOW])
    client = await hass_client()
    with patch.multiple(media.library, **GATES[gate]) if GATES[gate] else nullcontext():
        for url in (clip_url(row.clip_id), MEDIA_URL.format(clip_id=row.clip_id)):
            answer = await client.get(url)
            if gate == "there":
                assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
            else:
                assert answer.status == HTTPStatus.OK
                assert shown_in(await answer.read()) > 0
