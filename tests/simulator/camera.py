"""A simulated camera: its streams, its RTSP server, its ONVIF device, its switches."""

import asyncio
from contextlib import suppress
import socket
from types import TracebackType
from typing import Self

from .audio import AudioTrack, load_audio
from .control import Control
from .control_api import ControlApi
from .onvif_server import OnvifDevice
from .options import CameraOptions, state_of
from .rtsp import RtspServer
from .scene import Interval, Scene
from .snapshot import Snapshots
from .source import load
from .state import ProfileInfo
from .stream import Clock, Pass, Stream
from .track import VideoTrack


class SimulatedCamera:
    """A camera that lives in the running event loop, between `start` and `stop`."""

    def __init__(self, options: CameraOptions) -> None:
        """Prepare; nothing is opened yet."""
        self.options = options
        self.state = state_of(options)
        self.streams: dict[str, Stream] = {}
        self.server = RtspServer(
            self.state,
            self.streams,
            scheme=options.scheme,
            session_timeout=options.session_timeout,
            max_backlog=options.max_backlog,
        )
        self.control = Control(self)
        self.onvif: OnvifDevice | None = None
        self.clock = Clock()
        self._snapshots = Snapshots()
        self.state.snapshot = self.snapshot
        self.state.request_reboot = self._reboot
        self.state.encoder_changed = self._encoder_changed
        self.state.masks_changed = self._masks_changed
        self._api: ControlApi | None = None
        self._pacers: list[asyncio.Task[None]] = []
        self._reserved: list[socket.socket] = []

    async def __aenter__(self) -> Self:
        """Start the camera."""
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the camera."""
        await self.stop()

    @property
    def scene(self) -> Scene | None:
        """Return the ground truth of a drawn scene, None for a video file."""
        return self.options.main.scene

    @property
    def duration(self) -> float:
        """Return the seconds of the loop."""
        return self.streams["main"].track.duration

    @property
    def onvif_url(self) -> str:
        """Return the URL of the device service; the camera must have one."""
        if self.onvif is None:
            raise RuntimeError("this camera speaks no ONVIF")
        return self.onvif.url

    @property
    def has_control(self) -> bool:
        """Return whether the control API is up."""
        return self._api is not None

    @property
    def control_url(self) -> str:
        """Return the URL of the control API; the camera must have one."""
        if self._api is None:
            raise RuntimeError("this camera has no control API")
        return self._api.url

    def rtsp_url(self, stream: str = "main") -> str:
        """Return the URL of "main" or "sub", without credentials."""
        return self.state.rtsp_url(stream)

    def passes(self, stream: str = "main") -> list[Pass]:
        """Return the rounds of the loop that began, the current one last."""
        return list(self.streams[stream].passes)

    def sightings(self) -> list[tuple[Interval, float, float]]:
        """Return who was sent when: interval, wall clock of its start and its end.

        Those of the current round are included, whether or not they began yet.
        """
        rounds = self.passes()
        ends = [*(following.wall for following in rounds[1:]), float("inf")]
        return [
            (interval, current.wall_of(interval.start), current.wall_of(interval.end))
            for current, end in zip(rounds, ends, strict=True)
            for interval in (self.scene.intervals if self.scene else ())
            if interval.start >= current.loop_time
            and current.wall_of(interval.end) <= end
        ]

    async def start(self) -> None:
        """Encode what is needed, open the ports and begin to play."""
        options = self.options
        sources = {"main": options.main}
        if options.sub:
            sources["sub"] = options.sub
        tracks = {
            token: await asyncio.to_thread(load, source, options.cache)
            for token, source in sources.items()
        }
        audio = (
            await asyncio.to_thread(load_audio, options.audio)
            if options.audio
            else None
        )
        # The streams show the same moment: all begin where the main one can.
        begin = tracks["main"].keyframe_at(options.begin).time
        self.clock = Clock()
        for token, track in tracks.items():
            self.streams[token] = Stream(
                token,
                self.state,
                self.clock,
                track,
                audio,
                tracks["main"].duration,
                begin,
            )
        self.describe_profiles()
        await self.open()
        if options.control_port is not None:
            self._api = ControlApi(self)
            await self._api.start(options.control_port)
        self._pacers = [
            asyncio.create_task(stream.run(), name=f"{options.name} {token}")
            for token, stream in self.streams.items()
        ]

    async def stop(self) -> None:
        """Close everything."""
        if self._api:
            await self._api.stop()
            self._api = None
        await self.control.finish()
        await self.close()
        self._release()
        for pacer in self._pacers:
            pacer.cancel()
        for pacer in self._pacers:
            with suppress(asyncio.CancelledError):
                await pacer
        self._pacers = []

    async def open(self) -> None:
        """Open the camera's ports, the first time or after a reboot."""
        await self.server.open()
        if self.options.onvif:
            self.onvif = self.onvif or OnvifDevice(
                self.state, self.options.onvif_options
            )
            await self.onvif.start()
        self._release()

    async def close(self, *, reserve: bool = False) -> None:
        """Close the camera's ports.

        With `reserve` nobody else gets them until they are opened again.
        """
        await self.server.close()
        if self.onvif:
            await self.onvif.stop(reserve=reserve)
        if reserve:
            ports = [
                self.state.rtsp_port,
                *([self.state.onvif_port] * bool(self.onvif)),
            ]
            self._reserved = [_reserve(self.options.host, port) for port in ports]

    def _release(self) -> None:
        for placeholder in self._reserved:
            placeholder.close()
        self._reserved = []

    def describe_profiles(self) -> None:
        """Let the ONVIF device know what the streams are."""
        self.state.profiles = tuple(
            _profile(token, stream.chosen, stream.audio)
            for token, stream in self.streams.items()
        )

    def snapshot(self, token: str) -> bytes | None:
        """Return the stream's newest keyframe as JPEG; blocks for a decoding."""
        stream = self.streams.get(token)
        if stream is None:
            return None
        return self._snapshots.take(stream.track.codec, stream.last_key)

    def _encoder_changed(self, profile: ProfileInfo) -> None:
        """Send what a client has set; of it the distance of keyframes only."""
        self.control.set_gop(profile.token, profile.gop)

    def _masks_changed(self) -> None:
        """Show the masks that a client has set."""
        self.control.show_masks()

    def _reboot(self, seconds: float) -> None:
        self.control.reboot(seconds)


def _profile(token: str, track: VideoTrack, audio: AudioTrack | None) -> ProfileInfo:
    return ProfileInfo(
        token,
        track.codec,
        track.width,
        track.height,
        track.fps,
        track.gop,
        track.bitrate,
        audio.codec if audio else None,
    )


def _reserve(host: str, port: int) -> socket.socket:
    """Hold a port without listening: connections to it are refused."""
    placeholder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    placeholder.bind((host, port))
    return placeholder
