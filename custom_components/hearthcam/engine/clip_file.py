"""The file that a clip's container is written to: counted, synced, safe after errors."""

from collections.abc import Callable
from contextlib import suppress
import logging
import os
from pathlib import Path
from typing import Final

_LOGGER = logging.getLogger(__name__)

MP4_OPTIONS: Final = {
    # Fragments while it grows; closing makes a regular MP4 of them by four bytes and
    # an index. Its head describes no packet, so that every fragment stands alone.
    # Pictures that are shown in another order than they come shift nothing.
    "movflags": "hybrid_fragmented+empty_moov+frag_keyframe+negative_cts_offsets",
    # With the frame that ends a fragment and the one that is held back for the
    # order of picture and sound, a kill loses less than a second.
    "frag_duration": "750000",
    "flush_packets": "1",
    # FFmpeg would hold pictures back for up to 10 s to wait for late sound.
    "max_interleave_delta": "1",
}
"""How every clip is written, repaired ones as well."""


class ClipFile:
    """A new file for a muxer, which raises OSError once and then takes everything.

    After an error nothing more reaches the disk, since a container's end that lacks
    its middle could not be repaired.
    """

    def __init__(self, path: Path, spend: Callable[[int], None]) -> None:
        """Make the file; ``spend`` is told of bytes. Raises OSError."""
        self.path = path
        self.error: OSError | None = None
        # How much of it is whole fragments.
        self.size = 0
        self._head = 0
        self._spend = spend
        self._at = 0
        self._end = 0
        self._fd = os.open(
            path,
            os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
            0o666,
        )

    def write(self, data: bytes, /) -> int:
        """Write at the current place. Raises OSError."""
        if self.error is None:
            try:
                self._spend(len(data))
                if self._at < self._end:
                    # The head says that there is an index: that is on the disk then,
                    # whenever the power goes.
                    os.fsync(self._fd)
                done = 0
                while done < len(data):
                    done += os.pwrite(self._fd, data[done:], self._at + done)
            except OSError as error:
                self.error = error
                raise
        self._at += len(data)
        self._end = max(self._end, self._at)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._end}
        self._at = base[whence] + offset
        return self._at

    def tell(self) -> int:
        """Return the current place."""
        return self._at

    def begin(self) -> None:
        """Take note that the container's head is written, and no fragment yet."""
        self.size = self._head = self._end

    @property
    def has_fragments(self) -> bool:
        """Whether it holds a whole fragment."""
        return self.size > self._head

    def grown(self) -> bool:
        """Tell whether it has grown, by whole fragments, since the last call."""
        if self._end == self.size:
            return False
        self.size = self._end
        return True

    def sync(self) -> None:
        """Have the disk hold what was written. Raises OSError."""
        try:
            os.fsync(self._fd)
        except OSError as error:
            self.error = error
            raise

    def append(self, data: bytes) -> None:
        """Write at the end of what is whole, if the disk takes all of it."""
        self.size = self._end
        self.seek(0, os.SEEK_END)
        try:
            self.write(data)
        except OSError:
            _LOGGER.debug("A clip does without its last note")
            with suppress(OSError):
                os.ftruncate(self._fd, self.size)
            self.error, self._end = None, self.size
        self.size = self._end

    def release(self) -> None:
        """Close it; after an error without the fragment that was not whole."""
        with suppress(OSError):
            if self.error is not None:
                os.ftruncate(self._fd, self.size)
        with suppress(OSError):
            os.close(self._fd)


def publish(part: Path, final: Path) -> None:
    """Give a synced file its final name, durably. Raises OSError."""
    part.replace(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    except OSError:
        # Some network shares cannot sync a folder; the rename itself is done.
        _LOGGER.debug("Cannot sync the folder of a clip")
    finally:
        os.close(folder)
