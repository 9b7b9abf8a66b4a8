"""Clips whose disk failed while they were written, repaired when it works again."""

from collections.abc import Callable
import logging
from pathlib import Path
from threading import Event, Lock, Thread
import time
from typing import Final

from .protocol import ClipClosed
from .recover import recover_file
from .storage import Folder

_LOGGER = logging.getLogger(__name__)

WAIT: Final = 1.0
"""Seconds between two looks at whether a folder can be written again."""
AGAIN: Final = 20.0
"""Seconds after a repair that failed; it may have been a copy of a large file."""


class Repairs:
    """Repairs one file after the other, in a thread that runs while there is one."""

    def __init__(self, told: Callable[[ClipClosed], None]) -> None:
        """``told`` is called with every clip that is whole again."""
        self._told = told
        self._lock = Lock()
        self._waiting: dict[Path, tuple[Folder, float]] = {}
        self._thread: Thread | None = None
        self._leaving = Event()

    def add(self, part: Path, folder: Folder) -> None:
        """Repair a file as soon as its folder can be written."""
        with self._lock:
            self._waiting[part] = folder, 0.0
            if self._thread is None and not self._leaving.is_set():
                self._thread = Thread(target=self._run, name="repairs", daemon=True)
                self._thread.start()

    def close(self, timeout: float = 1.0) -> None:
        """Leave what is not repaired yet to the next start; wait up to ``timeout`` s."""
        self._leaving.set()
        if (thread := self._thread) is not None:
            thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                now = time.monotonic()
                due = [
                    part
                    for part, (folder, after) in self._waiting.items()
                    if folder.ok and now >= after
                ]
            for part in due:
                done = self._repair(part)
                with self._lock:
                    folder, _ = self._waiting.pop(part)
                    if not done:
                        self._waiting[part] = folder, time.monotonic() + AGAIN
            if self._leaving.wait(WAIT):
                return

    def _repair(self, part: Path) -> bool:
        """Return whether nothing is left to be done."""
        try:
            if (clip := recover_file(part)) is not None:
                self._told(clip)
        except FileNotFoundError:
            # Somebody else repaired or deleted it.
            return True
        except OSError as error:
            _LOGGER.info("A clip cannot be repaired yet: %s", error.strerror)
            return False
        except Exception:
            _LOGGER.exception("A clip cannot be repaired")
        return True
