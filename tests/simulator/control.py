"""The switches that make a simulated camera misbehave."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING

from .masked import Brush, masked
from .source import LONG_GOP, Encodable, Source, load
from .state import MOTION_TOPIC

if TYPE_CHECKING:
    from .camera import SimulatedCamera


class Control:
    """Switches of one camera; call them in the camera's event loop.

    What takes time returns a task: it goes on by itself, and may be awaited.
    """

    def __init__(self, camera: SimulatedCamera) -> None:
        """Control `camera`."""
        self._camera = camera
        self._state = camera.state
        self._tasks: set[asyncio.Task[None]] = set()
        self._sizes: dict[str, tuple[int, int]] = {}
        self._gops: dict[str, float | None] = {}
        self._brush = Brush()

    def drop_connections(self) -> None:
        """Cut every RTSP connection; new ones are accepted."""
        self._camera.server.drop_connections()

    def stall(self, on: bool = True) -> None:
        """Accept connections and requests, but send nothing at all."""
        self._state.stalled = on

    def reboot(self, seconds: float = 2.0) -> asyncio.Task[None]:
        """Close every port and come back on the same ones after `seconds`."""
        if seconds < 0:
            raise ValueError("a reboot takes some time")
        return self._begin(self._reboot(seconds))

    def refuse_logins(self, on: bool = True) -> None:
        """Answer right credentials like wrong ones."""
        self._state.refuse_logins = on

    def hide(self, token: str, on: bool = True) -> None:
        """Answer requests for a stream with 404."""
        change = (
            self._camera.server.hidden.add
            if on
            else (self._camera.server.hidden.discard)
        )
        change(token)

    def allow_transports(self, *transports: str) -> None:
        """Answer 461 to all but "tcp" and "udp" as named here."""
        self._camera.server.transports = set(transports)

    def allow_clients(self, most: int | None) -> None:
        """Answer 453 to whoever would be one too many on a stream; None: to nobody."""
        self._camera.server.most_clients = most

    def set_session_timeout(self, seconds: float) -> None:
        """Change after how long without a sign of life new clients are cut off."""
        self._camera.server.session_timeout = seconds

    def set_resolution(
        self, width: int, height: int, stream: str = "main"
    ) -> asyncio.Task[None]:
        """Go on in another size from a keyframe on, in the running sessions.

        The task is done when the other size is encoded and chosen.
        """
        self._sizes[stream] = (width, height)
        return self._begin(self._change(stream))

    def long_gop(self, on: bool = True) -> asyncio.Task[None]:
        """Send a keyframe every 10 s only (or once a loop that is shorter).

        The task is done when that is encoded and chosen, for all streams.
        """
        for token in self._camera.streams:
            self._gops[token] = LONG_GOP if on else None
        return self._begin(self._change(*self._camera.streams))

    def set_gop(self, token: str, seconds: float) -> asyncio.Task[None]:
        """Send a keyframe that often in one stream, as its encoder was set to.

        The task is done when that is encoded and chosen.
        """
        self._gops[token] = seconds
        return self._begin(self._change(token))

    def show_masks(self) -> asyncio.Task[None]:
        """Show the privacy masks as they are now, from a keyframe on.

        The task is done when that is encoded and chosen, for all streams.
        """
        return self._begin(self._change(*self._camera.streams))

    def paint_masks(
        self, works: bool = True, shift: float = 0.0, luma: int = 16
    ) -> asyncio.Task[None]:
        """Paint privacy masks otherwise than they are told of, see `Brush`."""
        self._brush = Brush(works, shift, luma)
        return self.show_masks()

    def jump_timestamps(self, seconds: float) -> None:
        """Let all RTP timestamps jump, forwards or backwards."""
        for stream in self._camera.streams.values():
            stream.shift_timestamps(seconds)

    def lose_packets(self, ratio: float, seed: int = 1) -> None:
        """Lose a part (0..1) of the RTP packets, by UDP and by TCP."""
        for stream in self._camera.streams.values():
            stream.set_loss(ratio, seed)

    def motion_now(self, lead: float = 0.0) -> None:
        """Go to the loop's first motion at once; it comes after at least `lead` s.

        The streams go on at the keyframe before; their timestamps do not jump.
        """
        scene = self._camera.scene
        if scene is None or not scene.intervals:
            raise RuntimeError("nothing is known to move in this camera's picture")
        self.go_to(max(0.0, scene.intervals[0].start - lead))

    def go_to(self, loop_time: float) -> None:
        """Go on at the main stream's keyframe at or before a time of the loop.

        A sub stream without a keyframe there shows another moment from then on.
        """
        begin = self._camera.streams["main"].track.keyframe_at(loop_time).time
        for stream in self._camera.streams.values():
            stream.jump_to(begin)

    def wrong_xaddrs(self, on: bool = True) -> None:
        """Advertise addresses of another host."""
        self._state.wrong_xaddrs = on

    def skew_clock(self, seconds: float) -> None:
        """Let the camera's clock run ahead (or behind)."""
        self._state.clock_skew = seconds

    def fire_event(
        self,
        topic: str = MOTION_TOPIC,
        data: Mapping[str, str] | None = None,
        source: Mapping[str, str] | None = None,
        operation: str = "Changed",
    ) -> None:
        """Send an ONVIF notification to every pull point."""
        self._state.fire_event(
            topic,
            {"IsMotion": "true"} if data is None else data,
            {"VideoSourceConfigurationToken": "v0"} if source is None else source,
            operation,
        )

    def lose_leases(self) -> None:
        """Forget all event subscriptions, as a sloppy firmware does."""
        if self._camera.onvif:
            self._camera.onvif.events.expire()

    def silence_push(self, on: bool = True) -> None:
        """Post no events any more, though subscriptions to them live on."""
        if self._camera.onvif:
            self._camera.onvif.events.notifier.is_silent = on

    async def finish(self) -> None:
        """Cancel what goes on; for the camera's end."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _reboot(self, seconds: float) -> None:
        await self._camera.close(reserve=True)
        self._state.stalled = False
        for stream in self._camera.streams.values():
            stream.renumber()
        await asyncio.sleep(seconds)
        await self._camera.open()

    def _source(self, token: str) -> Encodable:
        source = self._bare_source(token)
        return masked(source, self._state.masks, self._brush)

    def _bare_source(self, token: str) -> Source:
        options = self._camera.options
        source = options.sub if token == "sub" and options.sub else options.main
        if size := self._sizes.get(token):
            source = source.with_size(*size)
        gop = self._gops.get(token)
        return source if gop is None else source.with_gop(gop)

    async def _change(self, *tokens: str) -> None:
        for token in tokens:
            cache = self._camera.options.cache
            while True:
                source = self._source(token)
                track = await asyncio.to_thread(load, source, cache)
                if source == self._source(token):
                    # Nobody wished for something else meanwhile.
                    break
            self._camera.streams[token].change_track(track)
        self._camera.describe_profiles()
