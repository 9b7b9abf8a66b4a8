"""What can be played: clips with a row, and those that are being written."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from homeassistant.core import HomeAssistant

from .library.boxes import BoxError
from .library.doubts import with_doubts
from .library.index import Library
from .library.models import Clip, LibraryError
from .library.playback import OpenReel
from .privacy_result import async_check_store
from .system import async_get_system


class NotPlayableError(Exception):
    """The clip's file is gone, or is none."""


@dataclass(frozen=True, slots=True)
class Playable:
    """A clip and where it lies: ``path`` is relative to the root of ``store``.

    ``clip`` is its row, None as long as it has none; ``live`` tells that it grows,
    ``mask`` what is black in it.
    """

    clip_id: str
    camera_id: str
    start: float
    store: str
    path: str
    live: bool
    mask: tuple[str, ...]
    clip: Clip | None

    @classmethod
    def of(cls, clip: Clip) -> Playable:
        """Return the one of a row."""
        return cls(
            clip.clip_id,
            clip.camera_id,
            clip.start,
            clip.store,
            clip.path,
            live=False,
            mask=clip.mask,
            clip=clip,
        )

    @asynccontextmanager
    async def open(self, library: Library) -> AsyncGenerator[OpenReel]:
        """Open its reel; raises NotPlayableError, LibraryError."""
        library.check_shown(self.camera_id, self.mask)
        try:
            opened = await library.open_reel(self.clip_id, self.store, self.path)
        except (BoxError, OSError) as err:
            raise NotPlayableError from err
        if opened is None:
            raise NotPlayableError
        try:
            yield opened
        finally:
            # A share that does not answer any more.
            with suppress(LibraryError):
                await library.close_reel(opened)


async def async_playable(
    hass: HomeAssistant, library: Library, clip_id: str
) -> Playable | None:
    """Return the clip of that id; raises LibraryError."""
    # Looked up first: it is forgotten only when the row is there.
    growing = _growing(hass, library).get(clip_id)
    if (clip := await library.get(clip_id)) is not None:
        return Playable.of(clip)
    return growing


async def async_playables(
    hass: HomeAssistant, library: Library, camera_id: str, start: float, end: float
) -> list[Playable]:
    """Return a camera's clips that show something of a span, oldest first."""
    found = {
        playable.clip_id: playable
        for playable in _growing(hass, library).values()
        if playable.camera_id == camera_id and playable.start < end
    }
    for clip in await library.span(camera_id, start, end):
        found[clip.clip_id] = Playable.of(clip)
    return sorted(found.values(), key=lambda playable: playable.start)


def _growing(hass: HomeAssistant, library: Library) -> dict[str, Playable]:
    found = {}
    for clip in async_get_system(hass).growing.clips():
        # One outside of our folders is the engine's mistake: nobody sees it.
        with suppress(ValueError):
            store, path = library.place_of(clip.path)
            # Nobody has judged it, as is done when it gets its row.
            trust = async_check_store(hass).trust(clip.camera_id)
            doubts = {one.mark for one in trust.doubts if clip.start < one.until}
            found[clip.clip_id] = Playable(
                clip.clip_id,
                clip.camera_id,
                clip.start,
                store,
                path,
                live=clip.live,
                mask=with_doubts(clip.mask, doubts),
                clip=None,
            )
    return found
