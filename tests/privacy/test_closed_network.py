"""The engine's process cannot leave the local network, whatever its code tries."""

import _socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
import json
from pathlib import Path
import socket
import sys
import time
from typing import Any

from hypothesis import given, strategies as st
import pycares
import pytest

from custom_components.hearthcam.engine.closed_network import (
    ClosedNetwork,
    ClosedNetworkError,
    is_allowed,
)
from custom_components.hearthcam.engine.errors import classify
from custom_components.hearthcam.engine.protocol import EngineStats, StreamError
from custom_components.hearthcam.privacy.local_only import (
    NotLocalError,
    checked_host,
    is_local,
)
from tests.closed_network import LeftHomeError, refusals_expected, take
from tests.engine.process import EngineProcess

from .tempted_engine import TEMPTATIONS

FREE = {"own machine", "own pipe"}


class Peer:
    """A socket, as far as the lock looks at it."""

    def __init__(self, family: int) -> None:
        """Be of a family."""
        self.family = family


V4, V6, UNIX = map(Peer, (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX))


def test_engine_cannot_be_led_out(tmp_path: Path) -> None:
    """The true process: each way is refused, told once, and counted."""
    results = tmp_path / "results"
    stand_in = str(Path(__file__).with_name("tempted_engine.py"))
    with refusals_expected(), EngineProcess(stand_in, str(results)) as engine:
        deadline = time.monotonic() + 120
        while not results.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        told = json.loads(results.read_text())
        stats = engine.wait_for(EngineStats, lambda stats: stats.refused_contacts > 0)
    assert {name for name, end in told.items() if end == "done"} == FREE
    assert {told[name] for name in TEMPTATIONS if name not in FREE} == {
        ClosedNetworkError.__name__
    }
    assert stats.refused_contacts >= len(TEMPTATIONS) - len(FREE)
    complaints = [line for line in engine.log if "leave the local network" in line]
    assert len(complaints) == 1
    assert "192.0.2" not in complaints[0]


def test_engine_that_does_its_work_is_never_refused() -> None:
    with EngineProcess() as engine:
        stats = engine.wait_for(EngineStats)
    assert stats.refused_contacts == 0


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (V4, ("127.0.0.1", 80))),
        ("socket.connect", (V4, ("192.168.1.9", 80))),
        ("socket.connect", (V6, ("fe80::1%eth0", 80, 0, 2))),
        ("socket.connect", (V6, ("fd00::1", 80, 0, 0))),
        ("socket.connect", (UNIX, "/run/x")),
        ("socket.sendmsg", (V4, None)),
        ("socket.bind", (V4, ("127.0.0.1", 0))),
        ("socket.bind", (UNIX, b"")),
        ("socket.getaddrinfo", (None, 80, 0, 0, 0)),
        ("socket.getaddrinfo", ("10.0.0.1", 80, 0, 0, 0)),
        ("socket.getaddrinfo", (b"::1", 80, 0, 0, 0)),
        ("open", ("/etc/passwd", "r", 0)),
        ("import", ("x", None, None, None, None)),
    ],
)
def test_work_of_the_engine_is_allowed(event: str, arguments: tuple[Any, ...]) -> None:
    assert is_allowed(event, arguments)


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (V4, ("", 80))),
        ("socket.connect", (V4, ("<broadcast>", 80))),
        ("socket.connect", (V4, ("camera.lan", 80))),
        ("socket.connect", (V4, ("127.1", 80))),
        ("socket.connect", (V4, "x")),
        ("socket.connect", (V4, ())),
        ("socket.connect", (Peer(17), ("eth0", 3))),
        ("socket.sendto", (V6, ("64:ff9b::a00:1", 80, 0, 0))),
        ("socket.sendto", (V4, ("239.255.255.250", 3702))),
        ("socket.bind", (V4, ("", 80))),
        ("socket.bind", (V4, ("192.168.1.9", 80))),
        ("socket.bind", (V6, ("::", 80, 0, 0))),
        ("socket.getaddrinfo", ("camera.lan", 80, 0, 0, 0)),
        ("socket.getaddrinfo", ("8.8.8.8", 80, 0, 0, 0)),
        ("socket.getaddrinfo", ("", 80, 0, 0, 0)),
        ("socket.getnameinfo", (("10.0.0.1", 80),)),
    ],
)
def test_everything_else_is_refused(event: str, arguments: tuple[Any, ...]) -> None:
    assert not is_allowed(event, arguments)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)), st.integers(0, 65535))
def test_lock_agrees_with_the_gate(
    address: IPv4Address | IPv6Address, port: int
) -> None:
    peer = V4 if isinstance(address, IPv4Address) else V6
    for event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        assert is_allowed(event, (peer, (str(address), port))) is is_local(address)


@given(st.text(max_size=30) | st.binary(max_size=30) | st.none() | st.integers())
def test_no_odd_argument_gets_through(host: Any) -> None:
    """What is neither a literal nor nothing is never contacted."""
    for event in ("socket.connect", "socket.sendto", "socket.bind"):
        allowed = is_allowed(event, (V4, (host, 80)))
        assert not allowed or (isinstance(host, str) and is_local(host))


def test_names_are_looked_up_by_the_gate_only() -> None:
    """And only the one that it asks for, while it asks."""
    seen: list[bool] = []

    def resolver(host: str, *_: Any, **__: Any) -> list[Any]:
        seen.extend(
            is_allowed("socket.getaddrinfo", (asked, None, 0, 1, 0))
            for asked in (host, "another.lan")
        )
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 0))]

    assert checked_host("camera.lan", resolver) == "10.0.0.1"
    assert seen == [True, False]
    assert not is_allowed("socket.getaddrinfo", ("camera.lan", None, 0, 1, 0))


def test_refusal_is_told_as_one_of_the_gate() -> None:
    """Libraries take it for a failed connection; we know what it is."""
    error = ClosedNetworkError()
    assert isinstance(error, OSError)
    assert isinstance(error, NotLocalError)
    assert classify(error) is StreamError.NOT_LOCAL
    assert "Only addresses of the local network" in str(error)


def test_refused_way_is_named_without_the_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    network = ClosedNetwork()
    with refusals_expected():
        for _ in range(3):
            with pytest.raises(ClosedNetworkError):
                network._heard("socket.connect", (V4, ("203.0.113.77", 80)))
    assert network.refused == 3
    assert len(caplog.records) == 1
    assert "203.0.113" not in caplog.text


def test_lock_costs_nothing_noticeable() -> None:
    """Per event of the interpreter, of which a busy engine has some hundred a second."""
    network = ClosedNetwork()
    arguments = (V4, ("192.168.1.9", 80))
    count = 20_000
    began = time.perf_counter()
    for _ in range(count):
        network._heard("open", ("/x", "r", 0))
    other = (time.perf_counter() - began) / count
    began = time.perf_counter()
    for _ in range(count // 10):
        network._heard("socket.connect", arguments)
    connect = (time.perf_counter() - began) / (count // 10)
    sys.stdout.write(f"{other * 1e9:.0f} ns, connect {connect * 1e6:.1f} us\n")
    assert other < 20e-6
    assert connect < 2e-3


# Below what pytest-socket and Home Assistant's harness put in the way.
Bare = _socket.socket
V4_ADDRESS, V6_ADDRESS = ("192.0.2.1", 9), ("2001:db8::1", 9)


@pytest.mark.parametrize(
    "leave",
    [
        lambda: Bare(socket.AF_INET).connect(V4_ADDRESS),
        lambda: Bare(socket.AF_INET6).connect_ex(V6_ADDRESS),
        lambda: Bare(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", V4_ADDRESS),
        lambda: Bare(socket.AF_INET6, socket.SOCK_DGRAM).sendmsg(
            [b"x"], [], 0, V6_ADDRESS
        ),
        lambda: Bare(socket.AF_INET, socket.SOCK_DGRAM).bind(V4_ADDRESS),
        lambda: Bare(socket.AF_INET6).bind(("", 0)),
        lambda: _socket.getaddrinfo("camera.example", 80),
        lambda: _socket.gethostbyname("camera.example"),
        lambda: _socket.gethostbyaddr("camera.example"),
        lambda: _socket.gethostbyaddr("192.168.1.9"),
        lambda: _socket.getnameinfo(V4_ADDRESS, 0),
        lambda: pycares.Channel().query("camera.example", 1, callback=print),
        lambda: pycares.Channel().search("camera.example", 1, callback=print),
        lambda: pycares.Channel().getaddrinfo("camera.example", 80, callback=print),
        lambda: pycares.Channel().gethostbyaddr("192.168.1.9", callback=print),
    ],
)
def test_no_test_leaves_the_home_either(leave: Callable[[], object]) -> None:
    """In this process, too, by whatever way; and it is told."""
    with pytest.raises(LeftHomeError):
        leave()
    assert len(take()) == 1
