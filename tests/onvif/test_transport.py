"""What a hostile or broken server can do to the client: nothing but our own errors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import socket
from typing import Any

import aiohttp
from aiohttp import web
import pytest
import pytest_socket

from custom_components.hearthcam.onvif import (
    AuthScheme,
    OnvifAuthError,
    OnvifCamera,
    OnvifConnectionError,
    OnvifError,
    OnvifResponseError,
    OnvifTimeoutError,
)
from custom_components.hearthcam.onvif.xmltree import MAX_BYTES
from custom_components.hearthcam.privacy.local_only import NotLocalError

pytestmark = pytest.mark.usefixtures("socket_enabled")

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PASSWORD = "hunter2&<x>"
PROFILES = (
    '<Envelope><Body><GetProfilesResponse><Profiles token="a"><Name>n</Name>'
    "</Profiles></GetProfilesResponse></Body></Envelope>"
)


def soap(request_body: str) -> web.Response:
    """Answer as a camera without clock, services and login."""
    if "GetProfiles" in request_body:
        return web.Response(text=PROFILES)
    return web.Response(
        status=500,
        text="<Envelope><Body><Fault><Code><Value>s:Receiver</Value></Code></Fault>"
        "</Body></Envelope>",
    )


@asynccontextmanager
async def camera_with(handler: Handler, **options: Any) -> AsyncIterator[OnvifCamera]:
    """Run a server and a client for it."""
    app = web.Application()
    app.router.add_post("/{path:.*}", handler)
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=0.05, handler_cancellation=True
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    options.setdefault("username", "admin")
    options.setdefault("password", PASSWORD)
    options.setdefault("host", "127.0.0.1")
    try:
        async with aiohttp.ClientSession() as session:
            yield OnvifCamera(session, port=runner.addresses[0][1], **options)
    finally:
        await runner.cleanup()


async def test_login_falls_back_to_what_is_challenged() -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        body = await request.text()
        login = request.headers.get("Authorization", "")
        seen.append(login.partition(" ")[0] or ("wsse" if "wsse" in body else "none"))
        if "GetProfiles" in body and not login.startswith("Digest"):
            response = web.Response(status=401)
            response.headers.add("WWW-Authenticate", 'Basic realm="x"')
            response.headers.add("WWW-Authenticate", 'Digest realm="x", nonce="1"')
            return response
        return soap(body)

    async with camera_with(handler) as camera:
        assert len(await camera.profiles()) == 1
        assert camera.auth is AuthScheme.DIGEST
        # Clock; then two questions for services that need no login; then the login.
        assert seen == ["none", "wsse", "wsse", "wsse", "Digest"]
        seen.clear()
        await camera.profiles()
        assert seen == ["Digest"]


async def test_password_is_not_told_after_a_stronger_login_has_worked() -> None:
    seen: list[str] = []
    is_hostile = False

    async def handler(request: web.Request) -> web.StreamResponse:
        body = await request.text()
        seen.append(request.headers.get("Authorization", ""))
        if is_hostile:
            return web.Response(status=401, headers={"WWW-Authenticate": "Basic"})
        return soap(body)

    async with camera_with(handler) as camera:
        await camera.profiles()
        assert camera.auth is AuthScheme.WSSE
        is_hostile = True
        with pytest.raises(OnvifAuthError):
            await camera.profiles()
    assert not any(login.startswith("Basic") for login in seen)


async def test_wrong_passwords_are_tried_few_times() -> None:
    logins = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal logins
        body = await request.text()
        logins += "wsse" in body or "Authorization" in request.headers
        if "GetProfiles" in body or "GetDeviceInformation" in body:
            challenge = 'Digest realm="x", nonce="1", stale=true'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        return soap(body)

    async with camera_with(handler) as camera:
        with pytest.raises(OnvifAuthError):
            await camera.describe()
    # WS-UsernameToken, Digest, Digest with the nonce that is said to be fresh:
    # cameras lock a user out after five to seven.
    assert logins <= 3


async def test_redirects_are_not_followed() -> None:
    paths: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        paths.append(request.path)
        raise web.HTTPTemporaryRedirect("http://192.0.2.1/onvif/evil")

    async with camera_with(handler) as camera:
        with pytest.raises(OnvifResponseError, match="HTTP 307"):
            await camera.profiles()
    assert set(paths) == {"/onvif/device_service"}


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_pages_of_other_servers_are_refused(status: int) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="<html><body>Router</body></html>")

    async with camera_with(handler) as camera:
        with pytest.raises(OnvifResponseError):
            await camera.profiles()


async def test_endless_answers_are_cut() -> None:
    sent = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 20 * MAX_BYTES:
            await response.write(b"<x>" * 20_000)
            sent += 60_000
        return response

    async with camera_with(handler) as camera:
        with pytest.raises(OnvifError):
            await camera.profiles()
    assert sent < 20 * MAX_BYTES


async def test_hung_cameras_time_out() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"<x>")
        await asyncio.sleep(30)
        return response

    async with camera_with(handler, timeout=0.1) as camera:
        with pytest.raises(OnvifTimeoutError):
            await camera.profiles()


@pytest.mark.parametrize(
    "answer", [b"", b"RTSP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX\0: 1\r\n\r\n"]
)
async def test_servers_that_speak_no_http_are_an_error(answer: bytes) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, aiohttp.ClientSession() as session:
        port = server.sockets[0].getsockname()[1]
        camera = OnvifCamera(session, "127.0.0.1", port, "admin", PASSWORD)
        with pytest.raises(OnvifError) as caught:
            await camera.profiles()
        assert PASSWORD not in repr(caught.value)


async def test_nobody_there_is_a_connection_error() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        async with aiohttp.ClientSession() as session:
            camera = OnvifCamera(session, "127.0.0.1", sock.getsockname()[1])
            with pytest.raises(OnvifConnectionError):
                await camera.describe()


@pytest.mark.parametrize("host", ["8.8.8.8", "0.0.0.0", "::ffff:8.8.8.8", "64:ff9b::1"])
async def test_public_hosts_are_not_contacted(host: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(NotLocalError):
            await OnvifCamera(session, host).describe()


@pytest.mark.parametrize("host", ["", "a b", "x/y", "user@host", "127.1"])
async def test_what_is_no_host_is_a_connection_error(host: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(OnvifConnectionError):
            await OnvifCamera(session, host).describe()


async def test_a_name_is_checked_for_every_call() -> None:
    answers = ["127.0.0.1"]

    async def resolver(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[-1], 0))]

    async def handler(request: web.Request) -> web.StreamResponse:
        return soap(await request.text())

    async with camera_with(handler, host="cam.lan", resolver=resolver) as camera:
        await camera.profiles()
        answers.append("8.8.8.8")
        with pytest.raises(NotLocalError):
            await camera.profiles()


async def test_sessions_that_trust_the_environment_are_refused() -> None:
    async with aiohttp.ClientSession(trust_env=True) as session:
        with pytest.raises(ValueError, match="not private"):
            OnvifCamera(session, "127.0.0.1")


async def test_calls_go_one_after_the_other() -> None:
    active = most = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal active, most
        active += 1
        most = max(most, active)
        body = await request.text()
        await asyncio.sleep(0.005)
        active -= 1
        return soap(body)

    async with camera_with(handler) as camera:
        await asyncio.gather(*(camera.profiles() for _ in range(4)))
    assert most == 1


async def test_ipv6_cameras_are_reached() -> None:
    # The harness allows the IPv4 loopback only; it sets that anew for each test.
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1"])
    hosts: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        hosts.append(request.host)
        return soap(await request.text())

    app = web.Application()
    app.router.add_post("/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "::1", 0).start()
        except OSError:
            pytest.skip("this machine has no IPv6")
        port = runner.addresses[0][1]
        async with aiohttp.ClientSession() as session:
            for host in ("::1", "[::1]"):
                assert await OnvifCamera(session, host, port).profiles()
        assert set(hosts) == {f"[::1]:{port}"}
    finally:
        await runner.cleanup()
