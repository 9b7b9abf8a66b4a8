"""Two network namespaces joined by a cable, for real multicast."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
import time
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HOME = "10.77.0.1"
CAMERA = "10.77.0.2"


@dataclass(frozen=True, slots=True)
class Cable:
    """The two ends: names of the namespaces, and their link-local addresses."""

    home: str
    camera: str
    home_v6: str
    camera_v6: str

    def start(self, namespace: str, *arguments: str) -> subprocess.Popen[str]:
        """Run Python in a namespace; reads from standard input, writes JSON lines."""
        return subprocess.Popen(
            ["ip", "netns", "exec", namespace, sys.executable, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


@contextmanager
def cable() -> Iterator[Cable]:
    """Make two namespaces and join them; skip where that is not allowed."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and the program ip")
    names = [f"hc{os.getpid()}{end}" for end in "hc"]
    made = []
    try:
        for name in names:
            _skipping("netns", "add", name)
            made.append(name)
        _skipping(
            *("link", "add", "eth0", "netns", names[0], "type", "veth"),
            *("peer", "name", "eth0", "netns", names[1]),
        )
        for name, address in zip(names, (HOME, CAMERA), strict=True):
            _inside(name, "link", "set", "lo", "up")
            _inside(name, "addr", "add", f"{address}/24", "dev", "eth0")
            _inside(name, "link", "set", "eth0", "up")
            _inside(name, "route", "add", "224.0.0.0/4", "dev", "eth0")
        yield Cable(names[0], names[1], *map(_link_local, names))
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "del", name], check=False)


def told(process: subprocess.Popen[str]) -> Any:
    """Return the next line of JSON that a process prints."""
    assert process.stdout is not None
    return json.loads(process.stdout.readline() or "null")


def end(process: subprocess.Popen[str]) -> None:
    """Close a process's input, which ends it, and wait for it."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(10)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _skipping(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this machine allows no network namespaces")


def _inside(namespace: str, *arguments: str) -> None:
    subprocess.run(["ip", "-n", namespace, *arguments], check=True)


def _link_local(namespace: str) -> str:
    """Return the link-local address once duplicates of it have been looked for."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        shown = subprocess.run(
            ["ip", "-n", namespace, "-j", "-6", "addr", "show", "dev", "eth0"],
            capture_output=True,
            check=True,
        )
        for link in json.loads(shown.stdout or b"[]"):
            for address in link.get("addr_info", []):
                if not address.get("tentative"):
                    return f"{address['local']}%eth0"
        time.sleep(0.1)
    return ""
