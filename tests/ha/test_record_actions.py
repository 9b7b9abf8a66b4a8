"""Cameras record when asked to, and what is recorded is joined."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import voluptuous as vol

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipPart,
    Exported,
    PrivacyZone,
    StreamStatus,
)
from custom_components.hearthcam.privacy_result import CheckResult, OutputCheck
from custom_components.hearthcam.record_actions import EXPORT_FOLDER
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tests.library.clips import make_clip, write_file

from .action_fixtures import (
    CAMERA,
    CONTENT,
    Actions,
    actions_fixture,  # noqa: F401 - pytest finds it by name
    names,
)
from .conftest import wait_for
from .test_privacy_zones import add_zone, runtime


async def test_a_camera_records_when_asked_to(actions: Actions) -> None:
    await actions.refused("camera_offline", "record", entity_id=CAMERA)
    await actions.camera.stream()
    response = await actions.call("record", entity_id=CAMERA)
    await wait_for(lambda: actions.camera.engine.commands("RecordNow"))
    (command,) = actions.camera.engine.commands("RecordNow")
    assert command["event_id"] == response[CAMERA]["event_id"]
    assert command["duration"] == 30
    assert command["pre_roll"] == 5
    await actions.call("record", entity_id=CAMERA, duration=60, pre_roll=0)
    await wait_for(lambda: len(actions.camera.engine.commands("RecordNow")) == 2)
    command = actions.camera.engine.commands("RecordNow")[1]
    assert (command["duration"], command["pre_roll"]) == (60, 0)
    for duration in (0, 4000):
        with pytest.raises(vol.Invalid):
            await actions.call("record", entity_id=CAMERA, duration=duration)
    await actions.camera.stream(StreamStatus.OFFLINE)
    await actions.refused("camera_offline", "record", entity_id=CAMERA)


async def test_recording_can_be_waited_for(actions: Actions) -> None:
    """A clip that ends too early is not the one."""
    await actions.camera.stream()
    root = actions.system.storage.root
    task = actions.hass.async_create_task(
        actions.call("record", entity_id=CAMERA, duration=20, wait=True)
    )
    await wait_for(lambda: actions.camera.engine.commands("RecordNow"))
    (command,) = actions.camera.engine.commands("RecordNow")
    begun = actions.system.ledger.now
    clips = []
    for number, (start, seconds) in enumerate(((-60.0, 70.0), (10.0, 25.0))):
        clip = make_clip(number, root, UTC, start=begun + start)
        write_file(root, clip, CONTENT, thumbnail=False)
        clips.append(clip)
        await actions.camera.emit(
            ClipClosed(
                clip.camera_id,
                clip.clip_id,
                command["event_id"],
                str(root / clip.path),
                None,
                clip.start,
                clip.start + seconds,
                *(clip.start, len(CONTENT), "h264", 64, 48),
                has_audio=False,
                kind="manual",
            )
        )
    response = await task
    found = response[CAMERA]["clips"]
    assert [clip["clip_id"] for clip in found] == [clip.clip_id for clip in clips]


async def test_a_recording_that_never_ends_is_not_waited_for(actions: Actions) -> None:
    await actions.camera.stream()
    with (
        patch("custom_components.hearthcam.record_actions._LATE", -301.0),
    ):
        await actions.refused(
            "record_unfinished", "record", entity_id=CAMERA, duration=1, wait=True
        )


class ExportingEngine:
    """Writes what it is asked to join."""

    def __init__(self, error: str | None = None) -> None:
        """Prepare."""
        self.error = error
        self.asked: list[tuple[Sequence[ClipPart], float, float]] = []
        self.black: list[list[str]] = []

    async def __call__(
        self,
        clips: Sequence[ClipPart],
        start: float,
        end: float,
        path: str,
        *,
        privacy: tuple[PrivacyZone, ...],
    ) -> Exported:
        """Join."""
        self.asked.append((clips, start, end))
        self.black.append([zone.zone_id for zone in privacy])
        assert not Path(path).exists()
        Path(path).write_bytes(b"part of it")
        if self.error:
            return Exported("x", error=self.error)
        Path(path).write_bytes(b"".join(Path(clip.path).read_bytes() for clip in clips))
        return Exported("x", start - 1, end, 7)


async def export(
    actions: Actions,
    engine: Callable[..., Awaitable[Exported]],
    start: float,
    end: float,
    **data: Any,
) -> Any:
    """Export a span."""
    with patch.object(actions.system.supervisor, "async_export", engine):
        response = await actions.call(
            "export",
            entity_id=CAMERA,
            start=datetime.fromtimestamp(start, UTC).isoformat(),
            end=datetime.fromtimestamp(end, UTC).isoformat(),
            **data,
        )
    return response[CAMERA]


async def test_a_span_is_joined_into_the_media_folder(actions: Actions) -> None:
    clips = [await actions.clip(number) for number in range(4)]
    root = actions.system.storage.root
    engine = ExportingEngine()
    start, end = clips[1].start + 5, clips[2].start + 5
    answer = await export(actions, engine, start, end)
    ((parts, *span),) = engine.asked
    assert parts == [
        ClipPart(str(root / clip.path), clip.start, clip.end) for clip in clips[1:3]
    ]
    assert span == [start, end]
    path = Path(answer["path"])
    assert path.parent == root.parent / EXPORT_FOLDER
    assert path.read_bytes() == b"\x01" + CONTENT + b"\x02" + CONTENT
    assert answer["media_content_id"] == (
        f"media-source://media_source/local/{EXPORT_FOLDER}/{path.name}"
    )
    assert datetime.fromisoformat(answer["start"]).timestamp() == start - 1
    # The same again is the same file.
    await export(actions, engine, start, end)
    assert names(path.parent) == [path.name]


async def test_a_span_is_joined_where_the_user_wants_it(actions: Actions) -> None:
    clip = await actions.clip(0)
    target = actions.out / "night.mp4"
    data: dict[str, Any] = {"filename": str(target)}
    span = (clip.start, clip.end)
    answer = await export(actions, ExportingEngine(), *span, **data)
    assert answer["path"] == str(target)
    assert answer["media_content_id"] is None
    with pytest.raises(ServiceValidationError, match="already"):
        await export(actions, ExportingEngine(), *span, **data)
    await export(actions, ExportingEngine(), *span, overwrite=True, **data)
    assert names(actions.out) == ["night.mp4"]
    with pytest.raises(ServiceValidationError, match="may not write"):
        await export(actions, ExportingEngine(), *span, filename="/etc/night.mp4")


@pytest.mark.parametrize(
    ("error", "key"),
    [
        ("nothing_recorded", "export_nothing_recorded"),
        ("mixed_streams", "export_mixed_streams"),
        ("storage", "export_storage"),
        ("something new", "export_storage"),
    ],
)
async def test_an_export_that_fails_leaves_nothing(
    actions: Actions, error: str, key: str
) -> None:
    clip = await actions.clip(0)
    target = actions.out / "night.mp4"
    target.write_bytes(b"old")
    with pytest.raises(HomeAssistantError) as refused:
        await export(
            actions,
            ExportingEngine(error),
            clip.start,
            clip.end,
            filename=str(target),
            overwrite=True,
        )
    assert refused.value.translation_key == key
    assert names(actions.out) == ["night.mp4"]
    assert target.read_bytes() == b"old"


async def test_a_span_without_clips_or_sense_is_refused(actions: Actions) -> None:
    clip = await actions.clip(0)
    for start, end, key in (
        (clip.end + 10, clip.end + 20, "export_nothing_recorded"),
        (clip.end, clip.start, "export_end_first"),
    ):
        with pytest.raises(HomeAssistantError) as refused:
            await export(actions, ExportingEngine(), start, end)
        assert refused.value.translation_key == key
    gone = await actions.clip(5)
    (actions.system.storage.root / gone.path).unlink()
    with pytest.raises(HomeAssistantError) as refused:
        await export(actions, ExportingEngine(), gone.start, gone.end)
    assert refused.value.translation_key == "export_nothing_recorded"


async def test_clips_that_move_while_they_are_joined_are_joined_where_they_are(
    actions: Actions,
) -> None:
    """From the spool, or away for good by retention: the rest is joined."""
    clips = [await actions.clip(number) for number in range(3)]
    target = actions.out / "night.mp4"
    engine = ExportingEngine("storage")

    async def remove_one(*arguments: Any, **named: Any) -> Exported:
        answer = await engine(*arguments, **named)
        if len(engine.asked) == 1:
            await actions.library.remove(clips[0].clip_id)
            engine.error = None
        return answer

    span = (clips[0].start, clips[2].end)
    answer = await export(actions, remove_one, *span, filename=str(target))
    assert answer["path"] == str(target)
    assert [len(parts) for parts, *_ in engine.asked] == [3, 2]
    assert names(actions.out) == ["night.mp4"]


async def test_zone_that_is_drawn_meanwhile_is_black_in_what_is_joined(
    actions: Actions,
) -> None:
    clip = await actions.clip(0)
    target = actions.out / "night.mp4"
    engine = ExportingEngine()
    drawn: list[str] = []

    async def draw(*arguments: Any, **named: Any) -> Exported:
        answer = await engine(*arguments, **named)
        if not drawn:
            drawn.append(add_zone(actions.camera))
        return answer

    await export(actions, draw, clip.start, clip.end, filename=str(target))

    assert engine.black == [[], drawn]
    assert names(actions.out) == ["night.mp4"]


async def test_zones_that_keep_changing_have_nothing_joined(actions: Actions) -> None:
    clip = await actions.clip(0)
    engine = ExportingEngine()

    async def draw(*arguments: Any, **named: Any) -> Exported:
        answer = await engine(*arguments, **named)
        edge = len(engine.black) / 10
        add_zone(actions.camera, polygon=[[0.0, 0.0], [edge, 0.0], [edge, 1.0]])
        return answer

    with pytest.raises(HomeAssistantError) as refused:
        await export(
            actions, draw, clip.start, clip.end, filename=str(actions.out / "a.mp4")
        )
    assert refused.value.translation_key == "clip_hidden"
    assert names(actions.out) == []


async def test_nothing_is_joined_of_a_camera_that_leaks(actions: Actions) -> None:
    """Nobody knows in which of its clips that shows."""
    clip = await actions.clip(0)
    add_zone(actions.camera)
    found = runtime(actions.camera)
    found.privacy_checked(CheckResult(1.0, (OutputCheck("clip", 5, leaked=9),)))
    engine = ExportingEngine()
    with pytest.raises(HomeAssistantError) as refused:
        await export(actions, engine, clip.start, clip.end)
    assert refused.value.translation_key == "clip_hidden"
    assert not engine.asked
