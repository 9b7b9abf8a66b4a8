"""The library: which clips there are. The rows are SQLite's, the truth is the disk's."""

from .browse import Browsing
from .hidden import Hiding
from .ledger import Ledger
from .playback import Playback
from .reconcile import Reconciling


class Library(Browsing, Hiding, Reconciling, Ledger, Playback):
    """The index of all clips, below the media folder's root and the spool's.

    The methods are for one event loop. Rows are read and written in a thread of
    the library's own, one call after the other; files are looked at in a few other
    threads, so that a share that hangs keeps nobody from the rows.

    Every method may raise `LibraryClosedError`, and `LibraryError` where the
    database cannot do it (a full disk); those that look at files `StorageError` too,
    where a folder does not answer. A damaged database does not raise: it is set aside
    and rebuilt from the files in the background.
    """
