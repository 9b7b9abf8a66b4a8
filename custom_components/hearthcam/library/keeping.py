"""Clips come, are protected, and go: files and rows in the order that is safe."""

from contextlib import suppress
from dataclasses import replace

from . import queries
from .files import keep, unkeep, unlink
from .models import MEDIA, Clip, Event, MediaState, ProtectedError, StorageError
from .rules import check_clip, check_event, clean_zones
from .volume import Volumes


class Keeping(Volumes):
    """Changes the library on somebody's behalf."""

    async def add(self, clip: Clip) -> None:
        """Add a finished clip; on disk when this returns.

        Adding the same id again replaces what is known of it. Raises ValueError
        if the clip's paths are not those of its ids (see `layout`).
        """
        check_clip(clip)
        clip = self.judge(replace(clip, zones=clean_zones(clip.zones)))
        await self._run(lambda database: database.put(clip))

    async def put_event(self, event: Event) -> None:
        """Add an event, or replace what is known of it; on disk when this returns.

        Raises ValueError for malformed ids and times.
        """
        check_event(event)
        event = replace(event, zones=clean_zones(event.zones))
        await self._run(lambda database: queries.put_event(database, event))

    async def protect(self, clip_id: str, protected: bool = True) -> Clip | None:
        """Protect a clip from retention, or no longer; None for an unknown id.

        Also the clip's folder says so, so that a rebuilt library knows: where that
        cannot be written, protecting still holds (the next comparison writes it);
        giving a clip free raises StorageError, and it stays protected.
        """
        async with self._files:
            if (
                clip := await self._run(lambda database: database.get(clip_id))
            ) is None:
                return None
            root = self.root_of(clip.store)
            if not protected:
                # The file first: after a crash in between the clip is protected.
                try:
                    await self._disk(clip.store, lambda: unkeep(root, clip.path))
                except OSError as error:
                    raise StorageError("the clip's folder cannot be written") from error
            await self._run(
                lambda database: database.set_protected([clip_id], protected)
            )
            if protected:
                with suppress(OSError, StorageError):
                    await self._disk(clip.store, lambda: keep(root, clip.path))
            return await self._run(lambda database: database.get(clip_id))

    async def remove(self, clip_id: str, *, force: bool = False) -> None:
        """Delete a clip: its file, what belongs to it, its row; unknown ids are fine.

        Raises ProtectedError for a protected clip without ``force``, and
        StorageError, keeping the row, if the file cannot be deleted.
        """
        async with self._files:
            if (
                clip := await self._run(lambda database: database.get(clip_id))
            ) is None:
                return
            if clip.protected and not force:
                raise ProtectedError("the clip is protected")
            root = self.root_of(clip.store)
            if (
                clip.store == MEDIA
                and await self._look(anew=False) is not MediaState.HERE
            ):
                raise StorageError("the media folder is away")
            try:
                # The file first: after a crash in between, the row goes at the
                # next comparison; the other way round the clip would come back.
                await self._disk(
                    clip.store, lambda: unlink(root, clip.store, clip.path)
                )
            except OSError as error:
                raise StorageError("the clip's file cannot be deleted") from error
            await self._run(lambda database: database.drop([(clip_id, clip.store)]))
