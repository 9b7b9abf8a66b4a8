"""Clips that had to go to the local disk, and their way to the media folder."""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
import logging
from typing import Final

from .library.index import Library
from .library.models import Clip, ClipGoneError, LibraryError, StorageError

_LOGGER = logging.getLogger(__package__)

BACK_OFF: Final = (5.0, 15.0, 60.0, 300.0)
"""Seconds after the first, second, … failure in a row."""


class SpoolMover:
    """Moves spooled clips, the oldest first, one at a time, while the folder is well."""

    def __init__(
        self,
        library: Library,
        make_room: Callable[[int], Awaitable[bool]],
        moved: Callable[[Clip], Awaitable[None]],
        back_off: tuple[float, ...] = BACK_OFF,
    ) -> None:
        """Prepare; ``make_room`` tells whether the media folder takes so many bytes."""
        self._library = library
        self._make_room = make_room
        self._moved = moved
        self._back_off = back_off
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look for spooled clips now."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        failures = 0
        while True:
            if await self._move_all():
                failures = 0
                await self._wake.wait()
            else:
                seconds = self._back_off[min(failures, len(self._back_off) - 1)]
                failures += 1
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._wake.wait()
            self._wake.clear()

    async def _move_all(self) -> bool:
        """Move what there is; False when something has to be tried again."""
        moved, stuck = 0, set[str]()
        try:
            while clips := [
                clip
                for clip in await self._library.spooled(len(stuck) + 1)
                if clip.clip_id not in stuck
            ]:
                clip = clips[0]
                if not await self._make_room(clip.size):
                    return False
                try:
                    clip = await self._library.move_to_media(clip)
                except ClipGoneError:
                    continue
                except StorageError as err:
                    # One that is damaged keeps no other one from being saved.
                    _LOGGER.warning("A clip stays on the local disk for now: %s", err)
                    stuck.add(clip.clip_id)
                    continue
                moved += 1
                await self._moved(clip)
        except LibraryError as err:
            _LOGGER.warning("Clips stay on the local disk for now: %s", err)
            return False
        except Exception:
            # Whatever it was: without a mover the local disk fills up.
            _LOGGER.exception("Clips stay on the local disk for now")
            return False
        finally:
            if moved:
                _LOGGER.info(
                    "%d clips were moved from the local disk to the media folder", moved
                )
        return not stuck
