"""Pictures and previews of clips, made by the engine when somebody wants them."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from pathlib import Path
import tempfile
from typing import Final

from homeassistant.core import HomeAssistant

from .engine.protocol import RenderKind
from .exceptions import EngineError
from .library.index import Library
from .library.models import Clip
from .playables import Playable
from .privacy_result import async_check_store
from .system import async_get_system

PICTURE_WIDTH: Final = 1280
PREVIEW_WIDTH: Final = 320
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 64
"""A page of clips asks for its previews all at once."""
_PICTURES_KEPT: Final = 16
"""In memory: a notification goes to several phones."""


class BusyError(Exception):
    """There is too much to do, or no engine to do it; later it may work."""


class Pictures:
    """Has each picture made once, however many ask, and not too many at a time."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare."""
        self._hass = hass
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def async_preview(self, library: Library, clip: Clip) -> Path | None:
        """Return the clip's preview, made now if it never was; None if it cannot be.

        Raises BusyError, LibraryError.
        """
        if (file := await library.preview_of(clip)) is not None:
            return file
        if (source := await library.file_of(clip)) is None:
            return None

        doubted = self._doubted(clip.camera_id)

        async def make() -> None:
            data = await self._made(RenderKind.PREVIEW, source, 0.0, PREVIEW_WIDTH)
            if data is not None and doubted == self._doubted(clip.camera_id):
                await library.put_preview(clip, data)

        await self._once(f"preview/{clip.clip_id}/{clip.mask}", make)
        return await library.preview_of(clip)

    async def async_picture(
        self, playable: Playable, source: Path, at: float, width: int
    ) -> bytes | None:
        """Return a JPEG of a clip's moment (s from its start), None if it cannot be.

        What was made when less was black in the file is another picture, as is what was
        made before a leak was found: there, the same marks said something wrong. Raises
        BusyError.
        """
        black = f"{playable.mask}/{self._doubted(playable.camera_id)}"
        key = f"picture/{playable.clip_id}/{black}/{at:.2f}/{width}"

        async def make() -> None:
            data = await self._made(RenderKind.PICTURE, source, at, width)
            if data is not None:
                self._kept[key] = data
                if len(self._kept) > _PICTURES_KEPT:
                    self._kept.popitem(last=False)

        if key not in self._kept:
            await self._once(key, make)
        return self._kept.get(key)

    def _doubted(self, camera_id: str) -> float:
        """Return until when (s of the epoch) clips are known to have leaked."""
        doubts = async_check_store(self._hass).trust(camera_id).doubts
        return max((doubt.until for doubt in doubts), default=0.0)

    async def _made(
        self, kind: RenderKind, source: Path, at: float, width: int
    ) -> bytes | None:
        folder = await self._hass.async_add_executor_job(_make_folder)
        try:
            target = Path(folder.name, "picture")
            await self._render(kind, source, target, at, width)
            return await self._hass.async_add_executor_job(_read, target)
        finally:
            await self._hass.async_add_executor_job(folder.cleanup)

    async def _render(
        self, kind: RenderKind, source: Path, target: Path, at: float, width: int
    ) -> None:
        async with self._slots:
            supervisor = async_get_system(self._hass).supervisor
            try:
                # What must be black is so in the file, or it is not shown at all:
                # `Library.check_shown`, which whoever asks for a clip has passed.
                await supervisor.async_render(
                    kind, str(source), str(target), at=at, width=width, privacy=()
                )
            except EngineError as err:
                raise BusyError from err

    async def _once(
        self, key: str, make: Callable[[], Coroutine[None, None, None]]
    ) -> None:
        """Do it, or wait for who does it already."""
        if (task := self._tasks.get(key)) is None:
            if len(self._tasks) >= _MOST_WAITING:
                raise BusyError
            task = self._hass.async_create_background_task(make(), f"hearthcam {key}")
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        # Who leaves must not take it from the others.
        await asyncio.shield(task)


def _make_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="hearthcam-", ignore_cleanup_errors=True)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
