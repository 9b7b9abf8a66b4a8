"""Cameras of others, watched by the engine, and what its clips of them hold."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipOpened,
    ConfigureCamera,
    StreamSource,
    StreamState,
    StreamStatus,
    Transport,
)
from tests.engine.process import EngineProcess
from tests.simulator.barcode import read
from tests.unhidden import UNHIDDEN

from . import footage
from .server import GstServer

PRE_ROLL = 5.0
POST_ROLL = 2.0
PASSWORD = "p:w@/d?#%"


@dataclass(frozen=True, slots=True)
class Combination:
    """How one camera of theirs is, and how it is asked for its stream."""

    codec: str
    protocols: str
    transport: Transport
    login: str
    audio: str

    @property
    def name(self) -> str:
        """Return the camera's id, which is the test's."""
        parts = (self.codec, self.protocols, self.login, self.audio)
        return f"{'_'.join(parts)}_{self.transport.value}"

    def server(self, folder: Path) -> GstServer:
        """Return the camera, not started yet."""
        return GstServer(
            file=footage.make(folder, self.codec, self.audio),
            codec=self.codec,
            audio=self.audio,
            protocols=self.protocols,
            user=None if self.login == "open" else "admin",
            password=PASSWORD,
            basic=self.login == "basic",
        )

    def source(self, server: GstServer, **url: Any) -> StreamSource:
        """Return how the engine is to fetch it."""
        return StreamSource(server.url(**url), self.transport)


_AUTO, _TCP, _UDP = Transport.AUTO, Transport.TCP, Transport.UDP
# Every pair of values that can meet does, or nearly.
COMBINATIONS = {
    combination.name: combination
    for combination in (
        Combination("h264", "tcp", _AUTO, "digest", "aac"),
        Combination("h264", "tcp", _TCP, "open", "pcm_mulaw"),
        Combination("h264", "udp", _AUTO, "open", "aac"),
        Combination("h264", "udp", _UDP, "basic", "none"),
        Combination("hevc", "tcp", _AUTO, "basic", "none"),
        Combination("hevc", "tcp", _TCP, "digest", "aac"),
        Combination("hevc", "udp", _AUTO, "digest", "pcm_mulaw"),
        Combination("hevc", "udp", _UDP, "open", "aac"),
    )
}


class Peers:
    """Cameras of theirs, all watched by one engine."""

    def __init__(
        self, engine: EngineProcess, servers: dict[str, GstServer], folder: Path
    ) -> None:
        """Let the engine watch every server."""
        self._dropped = _dropped_datagrams()
        self.engine = engine
        self.servers = servers
        for name, server in servers.items():
            engine.send(
                ConfigureCamera(
                    camera_id=name,
                    name=name,
                    directory=str(folder / name),
                    main=COMBINATIONS[name].source(server),
                    pre_roll=PRE_ROLL,
                    post_roll=POST_ROLL,
                    **UNHIDDEN,
                )
            )

    def stream(self, name: str, status: StreamStatus, *, times: int = 1) -> StreamState:
        """Return a camera's state when it is this for the ``times``-th time."""

        def is_it(state: StreamState) -> bool:
            # Equal states are told again: the count is over all of them.
            told = [
                other
                for other in self.engine.of(StreamState)
                if (other.camera_id, other.status) == (name, status)
            ]
            return len(told) >= times and state == told[times - 1]

        return self.engine.wait_for(StreamState, is_it)

    def opened(self, name: str) -> ClipOpened:
        """Return a camera's first clip when it begins."""
        return self.engine.wait_for(ClipOpened, lambda clip: clip.camera_id == name)

    def accept(self, missing: list[int], name: str) -> None:
        """Fail for a missing frame, other than one that this kernel dropped."""
        if any(missing) and COMBINATIONS[name].protocols == "udp":
            if _dropped_datagrams() > self._dropped:
                pytest.skip("this machine is too busy to receive its own datagrams")
        assert not any(missing), "a frame is missing or doubled"

    def clip(self, name: str, *, after: float = 0.0) -> ClipClosed:
        """Return a camera's first clip of an event after a time, when it is whole."""
        return self.engine.wait_for(
            ClipClosed,
            lambda clip: clip.camera_id == name and clip.event_start > after,
            timeout=60,
        )


def _dropped_datagrams() -> int:
    """Return how many datagrams found a full receive buffer since the boot."""
    try:
        lines = Path("/proc/net/snmp").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    names, values = (line.split() for line in lines if line.startswith("Udp:"))
    return int(dict(zip(names, values, strict=True))["RcvbufErrors"])


def peers(
    names: tuple[str, ...], footage_folder: Path, folder: Path
) -> Iterator[Peers]:
    """Yield these cameras of COMBINATIONS, running."""
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(COMBINATIONS[name].server(footage_folder))
            for name in names
        }
        engine = stack.enter_context(EngineProcess())
        yield Peers(engine, servers, folder)


def numbers(source: str) -> list[int | None]:
    """Decode every frame of a clip, strictly; return the numbers drawn into them."""
    with av.open(source) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = {"err_detect": "explode"}
        return [read(frame) for frame in container.decode(stream)]


def beats(source: str) -> list[float]:
    """Return when, within a clip, a full second of the scene was shown (s)."""
    with av.open(source) as container:
        return [
            frame.time
            for frame in container.decode(video=0)
            if frame.time is not None
            and (number := read(frame)) is not None
            and number % footage.FPS == 0
        ]


def ticks(source: str) -> list[float]:
    """Return when, within a clip, the sound of a full second began (s)."""
    starts: list[float] = []
    with av.open(source) as container:
        for frame in container.decode(audio=0):
            assert frame.time is not None
            samples = np.abs(frame.to_ndarray().reshape(-1))
            for sample in np.flatnonzero(samples > 0.2):
                at = frame.time + float(sample) / frame.sample_rate
                if not starts or at - starts[-1] > 0.5:
                    starts.append(at)
    return starts


def missing(clip: ClipClosed) -> list[int]:
    """Return how many frames lie between each and the next, less the one there is."""
    found = [number for number in numbers(clip.path) if number is not None]
    return [(later - earlier) % footage.LOOP - 1 for earlier, later in pairwise(found)]
