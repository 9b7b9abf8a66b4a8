"""Opens a stream once, to tell what it is before it is relied on."""

import socket
from typing import Final

from ..privacy.local_only import Resolver
from .clock import Clock, TimestampMapper
from .connection import Connection
from .errors import StreamFailure
from .protocol import Probe, Probed, StreamError

_ENOUGH: Final = 3


def probe(command: Probe, resolver: Resolver = socket.getaddrinfo) -> Probed:
    """Open the stream and wait for pictures; blocks up to the command's timeout."""
    try:
        with Connection(
            command.source, open_timeout=command.timeout, resolver=resolver
        ) as connection:
            seen = 0
            for packet in connection.packets(TimestampMapper(), Clock()):
                seen += not packet.is_audio
                if seen >= _ENOUGH:
                    return Probed(command.request_id, info=connection.info)
            return Probed(command.request_id, error=StreamError.NO_VIDEO)
    except StreamFailure as failure:
        return Probed(command.request_id, error=failure.reason)
