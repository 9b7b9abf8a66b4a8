"""Real disks that misbehave, made of memory; they need root and are skipped without."""

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
import os
from pathlib import Path
import struct
import subprocess

import pytest

_SHUTDOWN = 0x8004587D
"""`EXT4_IOC_SHUTDOWN`, _IOR('X', 125, __u32): every later write fails."""
_WITHOUT_JOURNAL = 2


def run(*command: str) -> None:
    """Run a command as root, or skip the test where that is not possible."""
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"no disk to break here: {command[0]}: {type(error).__name__}")


@contextmanager
def memory_disk(at: Path, size: int) -> Iterator[Path]:
    """Mount a tmpfs of so many bytes."""
    at.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(at))
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=False)


@contextmanager
def image_disk(at: Path, image: Path, size: int = 32 * 1024 * 1024) -> Iterator[Path]:
    """Mount an ext4 that lies in a file, made anew where there is none."""
    at.mkdir(parents=True, exist_ok=True)
    if not image.exists():
        with image.open("wb") as file:
            file.truncate(size)
        run("mkfs.ext4", "-q", str(image))
    run("mount", "-o", "loop", str(image), str(at))
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=False)


def is_attached(image: Path) -> bool:
    """Tell whether a disk in a file is in use, if only by a file still open there."""
    command = ("losetup", "-j", str(image))
    found = subprocess.run(command, check=False, capture_output=True, timeout=30)
    return bool(found.stdout.strip())


def freeze(disk: Path) -> None:
    """Let every write hang, as a share does whose server is gone."""
    run("fsfreeze", "-f", str(disk))


def thaw(disk: Path) -> None:
    """Let the writes go on."""
    run("fsfreeze", "-u", str(disk))


def fail(disk: Path) -> None:
    """Let every later access fail with EIO, as a broken drive's does."""
    descriptor = os.open(disk, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _WITHOUT_JOURNAL))
    except OSError:
        pytest.skip("this ext4 cannot be shut down")
    finally:
        os.close(descriptor)


def fill(disk: Path, free: int) -> None:
    """Leave so many bytes free, rounded down to pages."""
    space = os.statvfs(disk)
    left = space.f_bavail * space.f_frsize - free
    descriptor = os.open(disk / "filler", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        os.posix_fallocate(descriptor, 0, max(left, 1))
    finally:
        os.close(descriptor)


def turn_read_only(disk: Path) -> None:
    """Let an ext4 find an error in itself, upon which it may only be read."""
    run("mount", "-o", "remount,errors=remount-ro", str(disk))
    device = disk.stat().st_dev
    node = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    try:
        Path(f"/sys/fs/ext4/{node.name}/trigger_fs_error").write_text("test")
    except OSError as error:
        pytest.skip(f"this ext4 cannot be told of an error: {error.strerror}")
