"""The library: which clips there are. The rows are SQLite's, the truth is the disk's."""

from pathlib import Path

from .browse import Browsing
from .ledger import Ledger
from .models import Clip
from .playback import Playback
from .reconcile import Reconciling


class Library(Browsing, Reconciling, Ledger, Playback):
    """The index of all clips below one root.

    The methods are for one event loop. Rows are read and written in a thread of
    the library's own, one call after the other; files are looked at in a few other
    threads, so that a share that hangs keeps nobody from the rows.

    Every method may raise `LibraryClosedError`, and `LibraryError` where the
    database cannot do it (a full disk). A damaged database does not raise: it
    is set aside and rebuilt from the files in the background.
    """

    async def clip_file(self, clip: Clip) -> Path | None:
        """Return the clip's file, None if it is gone or not truly below the root."""
        return await self.file_of(clip)

    async def thumbnail_file(self, clip: Clip) -> Path | None:
        """Return the file of the clip's thumbnail, None as for `clip_file`."""
        return await self.thumbnail_of(clip)
