"""Cameras that others wrote, when they refuse, or lose their power."""

from collections.abc import Iterator
import itertools
from pathlib import Path

import pytest

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipOpened,
    MotionStarted,
    Probe,
    Probed,
    StreamError,
    StreamSource,
    StreamState,
    StreamStatus,
    Transport,
)
from tests.engine.process import EngineProcess

from . import footage
from .conftest import COMBINATIONS, PRE_ROLL, Combination, missing, numbers, peers
from .server import GstServer

pytestmark = pytest.mark.peers

_requests = map(str, itertools.count())
LOCKED = {
    login: Combination("h264", "tcp", Transport.AUTO, login, "none")
    for login in ("digest", "basic")
}


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineProcess]:
    """Return an engine without cameras."""
    with EngineProcess() as process:
        yield process


@pytest.fixture(scope="module", params=LOCKED)
def locked(
    request: pytest.FixtureRequest, footage_folder: Path
) -> Iterator[tuple[Combination, GstServer]]:
    """Return a camera that asks for a login."""
    how = LOCKED[request.param]
    with how.server(footage_folder) as server:
        yield how, server


def probed(engine: EngineProcess, source: StreamSource) -> Probed:
    """Let the engine try a stream."""
    asked = next(_requests)
    engine.send(Probe(asked, source))
    return engine.wait_for(Probed, lambda answer: answer.request_id == asked)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"password": "s3cret"}, StreamError.INVALID_AUTH),
        ({"path": "/elsewhere"}, StreamError.NOT_FOUND),
        ({}, None),
    ],
    ids=["password", "path", "nothing"],
)
def test_what_is_wrong_is_told(
    engine: EngineProcess,
    locked: tuple[Combination, GstServer],
    wrong: dict[str, str],
    error: StreamError | None,
) -> None:
    """And never the password."""
    how, server = locked
    answer = probed(engine, how.source(server, **wrong))
    assert answer.error is error
    assert (answer.info is None) is (error is not None)
    assert "s3cret" not in "\n".join(engine.log)


def test_missing_login_is_told_as_a_wrong_one(
    engine: EngineProcess, locked: tuple[Combination, GstServer]
) -> None:
    """The form then asks for one."""
    _, server = locked
    url = f"rtsp://127.0.0.1:{server.port}/main"
    assert probed(engine, StreamSource(url)).error is StreamError.INVALID_AUTH


@pytest.mark.parametrize(
    ("allowed", "asked"), [("tcp", Transport.UDP), ("udp", Transport.TCP)]
)
def test_transport_that_is_refused_is_an_error(
    engine: EngineProcess, footage_folder: Path, allowed: str, asked: Transport
) -> None:
    """Who asks for one transport gets no other."""
    how = Combination("h264", allowed, asked, "open", "none")
    with how.server(footage_folder) as server:
        answer = probed(engine, how.source(server))
        assert answer.error is StreamError.CANNOT_CONNECT
        # The same camera lets the same engine in by the other way.
        automatic = StreamSource(server.url(), Transport.AUTO)
        assert probed(engine, automatic).info is not None


def test_camera_that_lost_its_power_is_back_and_recording(
    footage_folder: Path, tmp_path: Path
) -> None:
    """In the middle of a visit: that clip is kept, the next visit is recorded whole."""
    names = ("h264_tcp_digest_aac_auto", "hevc_udp_digest_pcm_mulaw_auto")
    (visit,) = footage.SCENE.intervals
    first = footage.SCENE.first_frame(visit, footage.FPS)
    last = footage.SCENE.last_frame(visit, footage.FPS)
    for watched in peers(names, footage_folder, tmp_path):
        engine = watched.engine
        before: dict[str, ClipClosed] = {}
        for name in names:
            engine.wait_for(
                ClipOpened, lambda opened, name=name: opened.camera_id == name
            )
        for server in watched.servers.values():
            server.kill()
        for name in names:
            engine.wait_for(
                StreamState,
                lambda state, name=name: (
                    state.camera_id == name and state.status is StreamStatus.OFFLINE
                ),
            )
            before[name] = watched.clip(name)
        for server in watched.servers.values():
            server.start()
        for name in names:
            online = engine.wait_for(
                StreamState,
                lambda state, name=name: (
                    state.camera_id == name
                    and state.status is StreamStatus.ONLINE
                    and engine.reports.index(state) > engine.reports.index(before[name])
                ),
            )
            assert online.info is not None
            assert online.info.codec == COMBINATIONS[name].codec
        for name in names:
            broken = before[name]
            assert not any(missing(broken))
            found = numbers(broken.path)
            assert found[0] is not None
            assert found[0] <= first - PRE_ROLL * footage.FPS
            started = engine.wait_for(
                MotionStarted,
                lambda motion, name=name, broken=broken: (
                    motion.camera_id == name and motion.event_id != broken.event_id
                ),
            )
            clip = watched.clip(name, after=broken.end)
            assert clip.event_id == started.event_id
            found = numbers(clip.path)
            assert found[0] is not None
            assert found[-1] is not None
            assert found[0] <= first - PRE_ROLL * footage.FPS
            assert found[-1] >= last
            assert not any(missing(clip))
