"""Simulated cameras in the test's own loop, and connections to them."""

from collections.abc import Callable
from typing import Any

import pytest

from custom_components.hearthcam.engine.clock import Clock, TimestampMapper
from custom_components.hearthcam.engine.connection import Connection
from custom_components.hearthcam.engine.errors import StreamFailure
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet
from custom_components.hearthcam.engine.protocol import StreamSource, Transport
from tests.simulator import CameraOptions, SimulatedCamera

PASSWORD = "p:w@/d"
BOTH = (Transport.TCP, Transport.UDP)
LOGIN = "admin:p%3Aw%40%2Fd@"


def camera(**options: Any) -> SimulatedCamera:
    """Return a small camera with a login; it runs in the test's loop."""
    return SimulatedCamera(
        CameraOptions(**{"username": "admin", "password": PASSWORD} | options)
    )


def source(
    simulated: SimulatedCamera,
    stream: str = "main",
    *,
    login: str = LOGIN,
    transport: Transport = Transport.AUTO,
) -> StreamSource:
    """Return how to reach a camera."""
    url = simulated.rtsp_url(stream).replace("//", f"//{login}", 1)
    return StreamSource(url, transport)


def failure(*arguments: Any, **options: Any) -> StreamFailure:
    """Open a connection that must fail; return how it did."""
    with pytest.raises(StreamFailure) as raised:
        Connection(*arguments, **options).close()
    return raised.value


def read(
    opened: Connection, seconds: float, each: Callable[[Packet], None] | None = None
) -> list[Packet]:
    """Return the packets of so many seconds by their own timestamps."""
    packets: list[Packet] = []
    for packet in opened.packets(TimestampMapper(), Clock()):
        packets.append(packet)
        if each is not None:
            each(packet)
        if packet.pts - packets[0].pts > seconds * TIME_BASE:
            break
    return packets


def end_of(opened: Connection) -> StreamFailure:
    """Read until a stream fails; return how it did."""
    with pytest.raises(StreamFailure) as raised:
        read(opened, 30.0)
    return raised.value


def fetch(wanted: StreamSource, seconds: float) -> tuple[Connection, list[Packet]]:
    """Open a stream and read for so many seconds; blocks."""
    with Connection(wanted) as opened:
        return opened, read(opened, seconds)
