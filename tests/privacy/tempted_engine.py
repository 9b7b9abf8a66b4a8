"""The true engine, in which something tries to leave the local network.

Run as ``python -P tempted_engine.py RESULTS …/engine/__main__.py --listen-fd N …``.
Once the engine has locked its network, each temptation is tried; what came of it is
written to RESULTS as JSON. All addresses are of documentation, or of this machine.
"""

import asyncio
from collections.abc import Callable
import json
import os
from pathlib import Path
import runpy
import socket
import subprocess
import sys
from threading import Thread
import time

_MODULE = "custom_components.hearthcam.engine.closed_network"


def _tcp(host: str) -> None:
    with socket.socket() as connection:
        connection.settimeout(1)
        connection.connect((host, 9))


def _udp(host: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.sendto(b"x", (host, 9))


def _udp_with_parts(host: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.sendmsg([b"x"], [], 0, (host, 9))


def _ipv6(host: str) -> None:
    with socket.socket(socket.AF_INET6) as connection:
        connection.connect((host, 9))


def _to_all() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        connection.sendto(b"x", ("255.255.255.255", 9))


def _listen_to_all() -> None:
    with socket.socket() as connection:
        connection.bind(("0.0.0.0", 0))


def _by_aiohttp() -> None:
    # Not before the engine itself could have.
    from aiohttp.resolver import DefaultResolver  # noqa: PLC0415 - see above

    async def ask() -> None:
        await DefaultResolver().resolve("camera.example")

    asyncio.run(ask())


def _program() -> None:
    subprocess.run([sys.executable, "-c", ""], check=False)


TEMPTATIONS: dict[str, Callable[[], object]] = {
    "connect": lambda: _tcp("192.0.2.1"),
    "connect by number": lambda: _tcp("3221225985"),
    "connect by name": lambda: _tcp("localhost"),
    "connect by IPv6": lambda: _ipv6("2001:db8::1"),
    "connect by a mapped address": lambda: _ipv6("::ffff:192.0.2.1"),
    "send": lambda: _udp("198.51.100.1"),
    "send parts": lambda: _udp_with_parts("203.0.113.1"),
    "send to all": _to_all,
    "listen to all": _listen_to_all,
    "look a name up": lambda: socket.getaddrinfo("camera.example", 80),
    "look a name up as ever": lambda: socket.gethostbyname("camera.example"),
    "look an address up": lambda: socket.gethostbyaddr("127.0.0.1"),
    "look a name up by aiohttp": _by_aiohttp,
    "library": lambda: socket.create_connection(("192.0.2.1", 9), 1),
    "program": _program,
    "shell": lambda: os.system("true"),
    "fork": os.fork,
    # What it needs.
    "own machine": lambda: socket.getaddrinfo("127.0.0.1", 80),
    "own pipe": socket.socketpair,
}


def _tempt(results: Path) -> None:
    # It may be half imported.
    while not getattr(
        getattr(sys.modules.get(_MODULE), "NETWORK", None), "_closed", False
    ):
        time.sleep(0.01)
    told = {}
    for name, tempt in TEMPTATIONS.items():
        try:
            tempt()
            told[name] = "done"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            told[name] = type(error).__name__
    results.with_suffix(".part").write_text(json.dumps(told))
    results.with_suffix(".part").replace(results)


if __name__ == "__main__":
    Thread(target=_tempt, args=(Path(sys.argv[1]),), daemon=True).start()
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
