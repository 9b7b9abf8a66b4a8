"""Who records, as storage sees it, and what it needs to know of storage."""

from collections.abc import Iterable
from typing import Protocol, TypedDict

from .library.models import Clip
from .limits import Load


class EngineFolders(TypedDict):
    """The fields of a `ConfigureCamera` that are about storage."""

    directory: str
    marker: str
    spool: str | None
    spool_limit: int
    sync: bool


class StorageUser(Protocol):
    """Who records: the system with its cameras."""

    def loads(self) -> Iterable[Load]:
        """Tell what the cameras may write."""

    def clip_indexed(self, clip: Clip) -> None:
        """Note a clip that has its row now."""

    def clip_moved(self, clip: Clip) -> None:
        """Note a clip that lies in the media folder now, and did not before."""

    async def async_reconciled(self) -> None:
        """Note that rows and files agree now."""

    def media_returned(self) -> None:
        """Note that the media folder is well again."""

    def storage_changed(self) -> None:
        """Note that `Storage.engine_folders` changed."""

    def leaks(self, camera_id: str) -> bool:
        """Tell whether a camera is blocked, since a zone of it was seen in an output."""

    def judge(self, clip: Clip) -> Clip:
        """Return a clip that is to have a row, with the marks that are believed."""
