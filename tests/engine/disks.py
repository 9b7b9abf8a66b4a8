"""Disks that refuse or hang, for whoever writes clips to them."""

import os
from pathlib import Path
from threading import Event

import pytest

from custom_components.hearthcam.engine.clip_file import ClipFile
from custom_components.hearthcam.engine.storage import Folder


class Broken:
    """Makes files below a folder fail after so many bytes, until it is mended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, number: int):
        """Break writing, probes included."""
        self.folder, self.number = folder, number
        self.after = 0
        self.mended = Event()
        self.met = Event()
        self._write, self._try = ClipFile.write, Folder._try
        broken = self

        def write(file: ClipFile, data: bytes, /) -> int:
            if broken.applies(file.path) and file._end + len(data) > broken.after:
                file.error = broken.error()
                raise file.error
            return broken._write(file, data)

        def probe(folder: Folder) -> None:
            if broken.applies(folder.root):
                raise broken.error()
            broken._try(folder)

        monkeypatch.setattr(ClipFile, "write", write)
        monkeypatch.setattr(Folder, "_try", probe)

    def applies(self, path: Path) -> bool:
        """Tell whether a path is broken now."""
        return path.is_relative_to(self.folder) and not self.mended.is_set()

    def error(self) -> OSError:
        """Return the disk's answer."""
        self.met.set()
        return OSError(self.number, os.strerror(self.number))


class Hanging:
    """Makes writing below a folder hang until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, size: int):
        """Hang once a file is to grow beyond so many bytes."""
        self.hung, self.go = Event(), Event()
        write, prepare = ClipFile.write, Folder.prepare
        hanging = self

        def wait() -> None:
            hanging.hung.set()
            hanging.go.wait(30)

        def slow(file: ClipFile, data: bytes, /) -> int:
            if file.path.is_relative_to(folder) and file._end + len(data) > size:
                wait()
            return write(file, data)

        def slow_prepare(self: Folder, day: Path) -> None:
            if day.is_relative_to(folder) and not size:
                wait()
            prepare(self, day)

        def probe(self: Folder) -> None:
            hanging.go.wait(30)

        monkeypatch.setattr(ClipFile, "write", slow)
        monkeypatch.setattr(Folder, "prepare", slow_prepare)
        monkeypatch.setattr(Folder, "_try", probe)
