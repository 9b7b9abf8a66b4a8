"""What the engine is asked for once, and who waits for its answers."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Sequence
from typing import Final, cast

from homeassistant.util.ulid import ulid_now

from .engine.protocol import (
    BlackedOut,
    BlackOut,
    ClipPart,
    Command,
    Export,
    Exported,
    Expose,
    Exposed,
    Inspect,
    Inspected,
    LetIn,
    Point,
    PrivacyZone,
    Probe,
    Probed,
    RecordNow,
    Render,
    Rendered,
    RenderKind,
    StopRecording,
    StreamError,
    StreamSource,
)
from .engine.wire import ProtocolError
from .exceptions import EngineError

PROBE_GRACE: Final = 5.0
"""Seconds beyond a probe's own time-out, for an engine that forgets it."""
SECOND_SECONDS: Final = 12.0
"""The most that the second connection of a probe takes beyond its measuring."""
EXPORT_SECONDS: Final = 900.0
"""For joining hours of clips on a slow share."""
RENDER_SECONDS: Final = 60.0
BLACK_OUT_SECONDS: Final = 1800.0
"""For the longest clips on the slowest machines."""
INSPECT_SECONDS: Final = 120.0
EXPOSE_SECONDS: Final = 30.0

type Answer = Probed | Exported | Rendered | BlackedOut | Inspected | Exposed


class EngineRequests(ABC):
    """The half of the supervisor that nothing is remembered of.

    An engine that ends takes its open requests along: who waits gets an EngineError.
    """

    def __init__(self) -> None:
        """Start with nothing asked."""
        self._asked: dict[str, asyncio.Future[Answer]] = {}

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether the engine serves right now."""

    @abstractmethod
    def _send(self, command: Command) -> None:
        """Pass a command on to the engine of this moment."""

    async def async_probe(
        self,
        source: StreamSource,
        timeout: float = 12.0,
        *,
        measure: float = 0.0,
        second: bool = False,
    ) -> Probed:
        """Open a stream once and tell what it is; raises EngineError.

        ``measure`` (s) and ``second`` are those of `Probe`.
        """
        request_id = ulid_now()
        command = Probe(request_id, source, timeout, measure, second)
        longest = timeout + 2 * measure + PROBE_GRACE
        if second:
            longest += SECOND_SECONDS
        try:
            answer = await self._ask(request_id, command, longest)
        except TimeoutError:
            return Probed(request_id, error=StreamError.TIMEOUT)
        return cast(Probed, answer)

    async def async_export(
        self,
        clips: Sequence[ClipPart],
        start: float,
        end: float,
        path: str,
        timeout: float = EXPORT_SECONDS,
        *,
        privacy: Sequence[PrivacyZone],
    ) -> Exported:
        """Join what finished clips hold of a span; see `Export`.

        Raises EngineError when there is no engine, it does not answer in time, or
        these are too many clips.
        """
        request_id = ulid_now()
        command = Export(request_id, tuple(clips), start, end, path, tuple(privacy))
        try:
            return cast(Exported, await self._ask(request_id, command, timeout))
        except ProtocolError as err:
            raise EngineError("export_too_long") from err
        except TimeoutError as err:
            raise EngineError("engine_no_answer") from err

    async def async_render(
        self,
        kind: RenderKind,
        clip: str,
        path: str,
        *,
        at: float = 0.0,
        width: int = 320,
        privacy: Sequence[PrivacyZone],
        timeout: float = RENDER_SECONDS,
    ) -> Rendered:
        """Make a picture or preview of a clip's file; see `Render`.

        Raises EngineError when there is no engine or it does not answer in time.
        """
        request_id = ulid_now()
        command = Render(
            request_id, kind, clip, path, at, width, privacy=tuple(privacy)
        )
        try:
            return cast(Rendered, await self._ask(request_id, command, timeout))
        except TimeoutError as err:
            raise EngineError("engine_no_answer") from err

    async def async_black_out(
        self,
        clip: str,
        privacy: Sequence[PrivacyZone],
        *,
        doubted: Sequence[str],
        thumbnail: str | None,
        at: float = 0.0,
        timeout: float = BLACK_OUT_SECONDS,
    ) -> BlackedOut:
        """Black zones out in a clip that was recorded before; see `BlackOut`.

        Raises EngineError when there is no engine or it does not answer in time.
        """
        request_id = ulid_now()
        command = BlackOut(
            request_id, clip, tuple(privacy), tuple(doubted), thumbnail, at
        )
        try:
            return cast(BlackedOut, await self._ask(request_id, command, timeout))
        except TimeoutError as err:
            raise EngineError("engine_no_answer") from err

    async def async_inspect(
        self,
        path: str,
        polygons: Sequence[tuple[Point, ...]],
        timeout: float = INSPECT_SECONDS,
    ) -> Inspected:
        """Look whether polygons are black in what an output gave; see `Inspect`.

        Raises EngineError when there is no engine or it does not answer in time.
        """
        request_id = ulid_now()
        command = Inspect(request_id, path, tuple(polygons))
        try:
            return cast(Inspected, await self._ask(request_id, command, timeout))
        except TimeoutError as err:
            raise EngineError("engine_no_answer") from err

    async def async_expose(
        self,
        camera_id: str,
        polygons: Sequence[Sequence[Point]],
        timeout: float = EXPOSE_SECONDS,
    ) -> Exposed:
        """Ask whether it is dark where polygons are; see `Expose`.

        Raises EngineError when there is no engine or it does not answer in time.
        """
        request_id = ulid_now()
        command = Expose(request_id, camera_id, tuple(map(tuple, polygons)))
        try:
            return cast(Exposed, await self._ask(request_id, command, timeout))
        except TimeoutError as err:
            raise EngineError("engine_no_answer") from err

    def record_now(
        self,
        camera_id: str,
        event_id: str,
        duration: float,
        *,
        pre_roll: float = 0.0,
        kind: str = "manual",
        trial: bool = False,
    ) -> None:
        """Record for ``duration`` s from now; raises EngineError without an engine.

        An engine that is restarted meanwhile does not go on with it.
        """
        self._require()
        self._send(RecordNow(camera_id, event_id, duration, pre_roll, kind, trial))

    def let_in(self, camera_id: str, key: str | None) -> None:
        """Let whoever brings the key look at a camera that leaked; see `LetIn`."""
        self._send(LetIn(camera_id, key))

    def stop_recording(self, camera_id: str) -> None:
        """End what `record_now` began; raises EngineError without an engine."""
        self._require()
        self._send(StopRecording(camera_id))

    async def _ask(self, request_id: str, command: Command, timeout: float) -> Answer:
        """Send and wait; raises EngineError, TimeoutError."""
        self._require()
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[request_id] = answer
        try:
            self._send(command)
            async with asyncio.timeout(timeout):
                return await answer
        finally:
            self._asked.pop(request_id, None)

    def _answer(self, report: Answer) -> None:
        """Give an answer to who waits for it."""
        answer = self._asked.get(report.request_id)
        if answer is not None and not answer.done():
            answer.set_result(report)

    def _give_up(self) -> None:
        """Tell all who wait that nobody is left to answer."""
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(EngineError("engine_not_running"))

    def _require(self) -> None:
        if not self.running:
            raise EngineError("engine_not_running")
