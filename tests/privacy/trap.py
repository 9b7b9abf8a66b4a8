"""A home whose every way out is a trap: network namespaces, and who watches them.

Three of them. In ``home`` lives Home Assistant, with its cameras in ``cameras`` at the
other end of one cable, IPv4 and IPv6. All its other routes lead by a second cable to
``world``, where nobody lives and every packet is noted. Nothing can leave further: the
three have no connection to the machine's own network.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
import json
import os
from pathlib import Path
import shutil
import socket
import subprocess
import sys
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final, Self

import pytest

_ROOT: Final = Path(__file__).parents[2]
HOME: Final = "10.77.0.1"
CAMERAS: Final = "10.77.0.2"
CAMERAS_V6: Final = "fd77::2"
CAMERA_NAME: Final = "camera.home.arpa"
NAME_SERVER: Final = "203.0.113.53"
_PROXY: Final = "http://203.0.113.81:3128"
_LURES: Final = {
    variable: _PROXY
    for name in ("http_proxy", "https_proxy", "all_proxy")
    for variable in (name, name.upper())
}
"""A proxy of the internet, in which whoever looks at the environment would trust."""

_CABLES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "home": {
        "eth0": (f"{HOME}/24", "fd77::1/64"),
        # As in a home whose provider gives public addresses to every machine.
        "out0": ("10.99.0.2/24", "fd99::2/64", "2001:db8:99::2/64"),
    },
    "cameras": {"eth0": (f"{CAMERAS}/24", f"{CAMERAS_V6}/64")},
    "world": {"out0": ("10.99.0.1/24", "fd99::1/64")},
}
_GATEWAYS: Final = ("10.99.0.1", "fd99::1")
# Of the kernels' own talk with each other on a cable: neighbours, groups, routers.
_CABLE_ONLY: Final = tuple(
    map(ip_network, ("224.0.0.0/24", "ff02::/16", "fe80::/10", "fd99::1/128"))
)

_ETH_P_ALL: Final = 3
_ETH_IPV4: Final = 0x0800
_ETH_IPV6: Final = 0x86DD

type Address = IPv4Address | IPv6Address


class Trap:
    """Notes to where packets are sent that leave the home by the wrong way."""

    def __init__(self, namespace: str, interface: str) -> None:
        """Watch an interface."""
        self._socket = _packet_socket(namespace, interface)
        self._socket.settimeout(0.1)
        self._ending = Event()
        self.packets: Counter[str] = Counter()
        """All but the kernels' talk, by destination, protocol and port."""
        self.others = 0
        """The kernels' own."""
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                frame, (_, _, kind, _, _) = self._socket.recvfrom(65536)
            except TimeoutError:
                continue
            if kind != socket.PACKET_OUTGOING:
                self._note(frame)

    def _note(self, frame: bytes) -> None:
        ether, packet = int.from_bytes(frame[12:14]), frame[14:]
        if ether == _ETH_IPV4:
            to: Address = IPv4Address(packet[16:20])
            protocol, rest = packet[9], packet[(packet[0] & 15) * 4 :]
        elif ether == _ETH_IPV6:
            to = IPv6Address(packet[24:40])
            protocol, rest = packet[6], packet[40:]
        else:
            # Who has the gateway's address (ARP).
            self.others += 1
            return
        if any(to in network for network in _CABLE_ONLY):
            self.others += 1
            return
        port = int.from_bytes(rest[2:4]) if protocol in {6, 17} else 0
        # What was looked up tells who did it.
        name = f" {_name_in(rest[8:])}" if (protocol, port) == (17, 53) else ""
        self.packets[f"{to} protocol {protocol} port {port}{name}"] += 1

    def close(self) -> None:
        """Watch no more."""
        self._ending.set()
        self._thread.join(5)
        self._socket.close()


def _name_in(query: bytes) -> str:
    """Return the name that a question to a name server is about (RFC 1035, 4.1.2)."""
    at, labels = 12, []
    while at < len(query) and (length := query[at]):
        labels.append(query[at + 1 : at + 1 + length].decode(errors="replace"))
        at += 1 + length
    return ".".join(labels)


class Resident:
    """A Python process in a namespace: a JSON line in, a JSON line out."""

    def __init__(self, command: list[str], log: Path) -> None:
        """Start it; its first line says that it is ready."""
        self._log = log
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                command,
                cwd=_ROOT,
                env=os.environ | _LURES,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "it has ended"}
        if "error" in answer:
            raise AssertionError(f"{answer['error']}\n{self.log[-6000:]}")
        return answer["value"]

    @property
    def log(self) -> str:
        """What it wrote to its standard error."""
        return self._log.read_text(errors="replace")

    def __call__(self, do: str, **details: Any) -> Any:
        """Have something done; return what it answers."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **details}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it by the end of its input."""
        try:
            self._process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


class Houses:
    """The namespaces, by what they are for."""

    def __init__(self, names: Mapping[str, str], files: Path) -> None:
        """Take their names in the system, and a folder for their files."""
        self.names = names
        self._files = files
        (files / "resolv.conf").write_text(
            f"nameserver {NAME_SERVER}\noptions timeout:1 attempts:1\n"
        )
        (files / "hosts").write_text(
            f"127.0.0.1 localhost\n::1 localhost\n{CAMERAS} {CAMERA_NAME}\n"
        )

    def run(self, where: str, module: str, *arguments: str) -> Resident:
        """Run a module in a namespace, whose name server is beyond the trap."""
        binds = " && ".join(
            f'mount --bind "{self._files / name}" /etc/{name}'
            for name in ("resolv.conf", "hosts")
        )
        command = ["ip", "netns", "exec", self.names[where], "sh", "-c"]
        command += [f'{binds} && exec "$@"', "sh", sys.executable, "-m", module]
        return Resident([*command, *arguments], self._files / f"{where}.log")


@contextmanager
def trapped_home(files: Path) -> Iterator[tuple[Houses, Trap]]:
    """Make the three namespaces; skip where that is not allowed."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("network namespaces need root and the program ip")
    names = {place: f"hc{os.getpid()}{place}" for place in _CABLES}
    made = []
    try:
        for name in names.values():
            _skipping("netns", "add", name)
            made.append(name)
        for end, cable in (("cameras", "eth0"), ("world", "out0")):
            _skipping(
                *("link", "add", cable, "netns", names["home"], "type", "veth"),
                *("peer", "name", cable, "netns", names[end]),
            )
        for place, cables in _CABLES.items():
            _ip(names[place], "link", "set", "lo", "up")
            for cable, addresses in cables.items():
                for address in addresses:
                    no_wait = ("nodad",) if ":" in address else ()
                    _ip(names[place], "addr", "add", address, "dev", cable, *no_wait)
                _ip(names[place], "link", "set", cable, "up")
        for gateway in _GATEWAYS:
            _ip(names["home"], "route", "add", "default", "via", gateway)
        trap = Trap(names["world"], "out0")
        try:
            yield Houses(names, files), trap
        finally:
            trap.close()
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "del", name], check=False)


def _packet_socket(namespace: str, interface: str) -> socket.socket:
    """Return a socket that sees every packet of an interface elsewhere."""
    made: list[socket.socket] = []

    def make() -> None:
        # Of this thread only, which ends with it.
        with Path(f"/run/netns/{namespace}").open("rb") as there:
            os.setns(there.fileno(), os.CLONE_NEWNET)
        sock = socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL)
        )
        sock.bind((interface, 0))
        made.append(sock)

    thread = Thread(target=make)
    thread.start()
    thread.join()
    if not made:
        pytest.skip("this machine lets nobody watch an interface")
    return made[0]


def is_public(packet: str) -> bool:
    """Tell whether a noted packet went to an address of the internet."""
    address = ip_address(packet.partition(" ")[0])
    documentation = ip_network("2001:db8::/32"), ip_network("203.0.113.0/24")
    return address.is_global or any(address in network for network in documentation)


def _skipping(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this machine allows no network namespaces")


def _ip(namespace: str, *arguments: str) -> None:
    subprocess.run(["ip", "-n", namespace, *arguments], check=True)
