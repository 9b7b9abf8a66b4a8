"""One life of the engine process, from its start to its end."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
import contextlib
from enum import StrEnum
import logging
import os
import re
import signal
from typing import Final, Self

from .engine.protocol import Command, Report, Stop
from .engine.wire import MAX_LINE, ProtocolError, decode_report, encode
from .launch import engine_environment
from .privacy.redact import redact

_LOGGER = logging.getLogger(__package__)
_ENGINE_LOGGER = logging.getLogger(f"{__package__}.engine")

QUEUE_SIZE: Final = 512
"""Commands that may wait for an engine that does not read; more means it hangs."""
LOG_LINES: Final = 200
"""Log lines taken from the engine in `LOG_PERIOD` seconds; the rest is counted."""
LOG_PERIOD: Final = 60.0

_STOP: Final = encode(Stop())
_LOG_LINE = re.compile(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL) +(\S{1,80}): (.*)")


class End(StrEnum):
    """Why a life ended."""

    EXITED = "exited"
    SILENT = "silent"
    STUCK = "stuck"
    STOPPED = "stopped"


class EngineProcess:
    """The process, its pipes, and what is said over them."""

    def __init__(self, process: Process, on_report: Callable[[Report], None]) -> None:
        """Take over a started process; `run` must be awaited."""
        assert process.stdin and process.stdout and process.stderr
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._stderr = process.stderr
        self._on_report = on_report
        self._commands = asyncio.Queue[bytes](QUEUE_SIZE)
        self._end: End | None = None
        self.bad_lines = 0

    @classmethod
    async def spawn(
        cls, command: Sequence[str], listen_fd: int, on_report: Callable[[Report], None]
    ) -> Self:
        """Start the engine; raises OSError.

        It gets a session of its own, so that Ctrl-C in Home Assistant's terminal
        does not keep it from finishing its clips.
        """
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            limit=MAX_LINE,
            env=engine_environment(),
            pass_fds=(listen_fd,),
            start_new_session=True,
        )
        return cls(process, on_report)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status; negative: the signal that ended it."""
        return self._process.returncode

    def send(self, command: Command) -> None:
        """Queue a command; an engine that lets too many wait is ended.

        Raises ProtocolError for a command that is too long for a line.
        """
        if self._end is not None:
            return
        try:
            self._commands.put_nowait(encode(command))
        except asyncio.QueueFull:
            self.kill(End.STUCK)

    def kill(self, end: End) -> None:
        """End the process at once."""
        self._end = self._end or end
        if self._process.returncode is None:
            # The whole session, should the engine ever have children.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def run(self, silence: float) -> End:
        """Read reports until the process is gone, and leave nothing of it.

        A process that reports nothing for ``silence`` seconds is killed.
        """
        writer = asyncio.create_task(self._write(silence), name="hearthcam commands")
        logs = asyncio.create_task(self._forward_logs(), name="hearthcam log")
        try:
            await self._read(silence)
        finally:
            # A closed stdout is the end, whatever the process itself thinks.
            if self._end is None:
                await self._wait(1.0)
            self.kill(End.EXITED)
            await self._process.wait()
            writer.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await logs
            await asyncio.gather(writer, logs, return_exceptions=True)
        return self._end or End.EXITED

    async def stop(self, grace: float) -> None:
        """Ask the engine to finish and leave; kill it after ``grace`` seconds.

        `run` goes on reading meanwhile, and returns.
        """
        self.send(Stop())
        self._end = self._end or End.STOPPED
        if not await self._wait(grace):
            _LOGGER.warning("The engine did not stop in time and was killed")
            self.kill(End.STOPPED)
            await self._process.wait()

    async def _wait(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError:
            return False
        return True

    async def _read(self, silence: float) -> None:
        late = False
        while True:
            try:
                # A second chance, short: it may have been Home Assistant's event
                # loop that was not there, with the report waiting in the pipe.
                async with asyncio.timeout(1.0 if late else silence):
                    line = await self._stdout.readline()
            except TimeoutError:
                if late:
                    self.kill(End.SILENT)
                    return
                late = True
                continue
            except ValueError:
                self._bad_line("too long")
                continue
            late = False
            if not line:
                return
            try:
                report = decode_report(line)
            except ProtocolError as err:
                self._bad_line(str(err))
                continue
            try:
                self._on_report(report)
            except Exception:
                _LOGGER.exception("Error in handling %s", type(report).__name__)

    def _bad_line(self, why: str) -> None:
        """Count a line that is none of ours; its content is not to be trusted."""
        self.bad_lines += 1
        if self.bad_lines == 1:
            _LOGGER.warning("The engine sent a line that is no report: %s", why)

    async def _write(self, patience: float) -> None:
        try:
            while True:
                command = await self._commands.get()
                self._stdin.write(command)
                async with asyncio.timeout(patience):
                    await self._stdin.drain()
                if command == _STOP:
                    self._stdin.close()
                    return
        except TimeoutError:
            self.kill(End.STUCK)
        except ConnectionError:
            return

    async def _forward_logs(self) -> None:
        loop = asyncio.get_running_loop()
        since, taken, dropped = loop.time(), 0, 0
        while True:
            try:
                line = await self._stderr.readline()
            except ValueError:
                continue
            if not line:
                return
            if loop.time() - since >= LOG_PERIOD:
                if dropped:
                    _ENGINE_LOGGER.warning("%d further lines were dropped", dropped)
                since, taken, dropped = loop.time(), 0, 0
            taken += 1
            if taken > LOG_LINES:
                dropped += 1
                continue
            text = line.decode(errors="replace").rstrip()
            if match := _LOG_LINE.fullmatch(text):
                level = logging.getLevelNamesMapping()[match[1]]
                _ENGINE_LOGGER.log(level, "%s: %s", match[2], redact(match[3]))
            elif text:
                # Not of our logging: an interpreter's traceback or a C library's
                # word.
                _ENGINE_LOGGER.warning("%s", redact(text))
