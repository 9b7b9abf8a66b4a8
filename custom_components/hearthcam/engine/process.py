"""The engine as a process: pipes, log and signals around the `service`."""

import argparse
import asyncio
import logging
import os
import resource
import signal
import socket
import sys
from typing import NoReturn, override

from ..privacy.redact import redact
from .closed_network import NETWORK
from .reporter import Reporter
from .service import Service
from .wire import MAX_LINE

_LOGGER = logging.getLogger(__name__)


class _RedactingFormatter(logging.Formatter):
    """One record a line, without credentials, for Home Assistant to pass on."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        text = redact(super().format(record))
        name = record.name.rpartition("engine.")[2]
        return f"{record.levelname} {name}: {text}".replace("\n", "\\n")


async def _serve(listening: socket.socket, reporter: Reporter) -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=MAX_LINE)
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin.buffer
    )
    # Home Assistant stops the engine by closing its input; a Ctrl-C in a terminal
    # reaches both at once and must not cut clips off.
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lines.feed_eof)
    await Service(listening, reporter).run(lines)


def _leave_no_core() -> None:
    """Have the system write no image of this process: it holds pictures as they came.

    Linux gives images to a program (as systemd's) whatever the limit is, but for 1.
    """
    least = 1 if sys.platform == "linux" else 0
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if most != resource.RLIM_INFINITY:
        least = min(least, most)
    resource.setrlimit(resource.RLIMIT_CORE, (least, least))


def main(arguments: list[str]) -> NoReturn:
    """Run the engine; the process ends with it."""
    parser = argparse.ArgumentParser("hearthcam engine")
    parser.add_argument("--listen-fd", type=int, required=True)
    options = parser.parse_args(arguments)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_RedactingFormatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    reporter = Reporter(os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    # Nothing but reports may reach the parent's pipe.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _leave_no_core()
    listening = socket.socket(fileno=options.listen_fd)
    # Before the first word of a camera, and for good.
    NETWORK.close()
    code = 0
    try:
        asyncio.run(_serve(listening, reporter))
    except Exception:
        _LOGGER.exception("The engine failed")
        code = 1
    reporter.close()
    sys.stderr.flush()
    # Threads that block in a read of a dead camera are not waited for.
    os._exit(code)
