"""Cameras that others wrote, when they refuse, or lose their power."""

from collections.abc import Iterator
import itertools
from pathlib import Path

import pytest

from custom_components.hearthcam.engine.protocol import (
    Probe,
    Probed,
    StreamError,
    StreamSource,
    StreamStatus,
    Transport,
)
from tests.engine.process import EngineProcess

from . import footage
from .cameras import PRE_ROLL, Combination, Peers, missing, numbers, peers
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
    url = f"rtsp://{server.host}:{server.port}/main"
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


@pytest.fixture
def two(footage_folder: Path, tmp_path: Path) -> Iterator[Peers]:
    """Return a camera that sends over TCP and one that sends over UDP."""
    names = ("h264_tcp_digest_aac_auto", "hevc_udp_digest_pcm_mulaw_auto")
    yield from peers(names, footage_folder, tmp_path)


def test_camera_that_lost_its_power_is_back_and_recording(two: Peers) -> None:
    """In the middle of a visit: that clip is kept, the next visit is recorded whole."""
    opened = [two.opened(name) for name in two.servers]
    for server in two.servers.values():
        server.kill()
    for name in two.servers:
        two.stream(name, StreamStatus.OFFLINE)
    broken = [two.clip(name) for name in two.servers]
    assert [clip.clip_id for clip in broken] == [clip.clip_id for clip in opened]
    for server in two.servers.values():
        server.start()
    for name in two.servers:
        two.stream(name, StreamStatus.ONLINE, times=2)
    whole = [
        two.clip(name, after=earlier.end)
        for name, earlier in zip(two.servers, broken, strict=True)
    ]

    (visit,) = footage.SCENE.intervals
    before = footage.SCENE.first_frame(visit, footage.FPS) - PRE_ROLL * footage.FPS
    for clip in broken + whole:
        found = numbers(clip.path)
        assert None not in found
        assert found[0] is not None
        assert found[0] <= before
        two.accept(missing(clip), clip.camera_id)
    for clip in whole:
        last = numbers(clip.path)[-1]
        assert last is not None
        assert last >= footage.SCENE.last_frame(visit, footage.FPS)
