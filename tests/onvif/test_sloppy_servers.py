"""Servers that bend HTTP, SOAP and XML, as firmware does, are understood."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
import gzip
import time

import aiohttp
from aiohttp import web
import pytest

from custom_components.hearthcam.onvif import (
    AuthScheme,
    OnvifAuthError,
    OnvifCamera,
    OnvifError,
    OnvifHttpError,
)
from custom_components.hearthcam.onvif.services import DEVICE, EVENTS
from custom_components.hearthcam.onvif.xmltree import MAX_BYTES

from .servers import PASSWORD, answer_to, envelope, web_camera

pytestmark = pytest.mark.usefixtures("socket_enabled")


@asynccontextmanager
async def raw_camera(
    reply: Callable[[str], bytes], *, drip: float = 0.0, timeout: float = 5.0
) -> AsyncIterator[OnvifCamera]:
    """Run a server that writes exactly these bytes to each request."""
    tasks: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length:")[2].split()[0])
            body = (await reader.readexactly(length)).decode()
            data = reply(body)
            if drip:
                for index in range(0, len(data), 20):
                    writer.write(data[index : index + 20])
                    await writer.drain()
                    await asyncio.sleep(drip)
            writer.write(data if not drip else b"")
            await writer.drain()
        except OSError, asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, aiohttp.ClientSession() as session:
        port = server.sockets[0].getsockname()[1]
        yield OnvifCamera(
            session, "127.0.0.1", port, "admin", PASSWORD, timeout=timeout
        )
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return an HTTP answer."""
    lines = [f"HTTP/1.1 {status}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def sized(body: bytes, *headers: str) -> bytes:
    """Return an HTTP answer that tells its length."""
    return http(body, f"Content-Length: {len(body)}", *headers)


SLOPPY: dict[str, Callable[[bytes], bytes]] = {
    "html type": lambda body: sized(body, "Content-Type: text/html"),
    "no length": http,
    "http 1.0": lambda body: b"HTTP/1.0 200 OK\r\n\r\n" + body,
    "no reason": lambda body: http(body, status="200"),
    "length too long": lambda body: http(body, f"Content-Length: {len(body) + 99}"),
    "gzip unasked": lambda body: sized(gzip.compress(body), "Content-Encoding: gzip"),
    "chunked": lambda body: http(
        b"5\r\n"
        + body[:5]
        + b"\r\n"
        + f"{len(body) - 5:x}\r\n".encode()
        + body[5:]
        + b"\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked",
    ),
    "chunked, no end": lambda body: http(
        f"{len(body):x}\r\n".encode() + body + b"\r\n", "Transfer-Encoding: chunked"
    ),
    "bom": lambda body: sized(b"\xef\xbb\xbf" + body),
    "utf-16": lambda body: sized(body.decode().encode("utf-16")),
    "declared utf-16, is not": lambda body: sized(
        b'<?xml version="1.0" encoding="utf-16"?>' + body
    ),
    "blanks and zeros": lambda body: sized(b" \r\n\0" + body + b"\0\0\n"),
    "headers in the body": lambda body: sized(b"<!-- x --> Server: y\r\n\r\n" + body),
    "a page behind": lambda body: sized(body + b"<html><body>ok</body></html>"),
    "twice": lambda body: sized(body * 2),
    "odd case": lambda body: sized(
        body.replace(b"SerialNumber", b"Serialnumber").replace(b"Body", b"BODY")
    ),
    "invalid utf-8": lambda body: sized(body.replace(b">M<", b">M\xff\xfe<")),
    "status 500 with an answer": lambda body: http(
        body, status="500 Internal Server Error"
    ),
}


@pytest.mark.parametrize("bend", list(SLOPPY.values()), ids=list(SLOPPY))
async def test_sloppy_answers_are_understood(bend: Callable[[bytes], bytes]) -> None:
    async with raw_camera(lambda body: bend(answer_to(body).encode())) as camera:
        assert (await camera.describe()).serial == "AB12345"


async def test_answers_that_drip_are_waited_for_and_no_longer() -> None:
    def reply(body: str) -> bytes:
        return sized(answer_to(body).encode())

    async with raw_camera(reply, drip=0.001) as camera:
        assert (await camera.describe()).serial == "AB12345"
    async with raw_camera(reply, drip=0.1, timeout=0.2) as camera:
        with pytest.raises(OnvifError):
            await camera.describe()


async def test_bomb_of_gzip_is_cut_early() -> None:
    bomb = gzip.compress(b"<x>" + b" " * (200 * MAX_BYTES))
    async with raw_camera(lambda _: sized(bomb, "Content-Encoding: gzip")) as camera:
        start = time.process_time()
        with pytest.raises(OnvifError):
            await camera.profiles()
        assert time.process_time() - start < 5


async def test_device_service_is_found_at_another_usual_path() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path != "/onvif/services":
            return web.Response(status=404, text="<html>not found</html>")
        return web.Response(text=answer_to(await request.text()))

    async with web_camera(handler) as (camera, paths):
        assert (await camera.describe()).serial == "AB12345"
        paths.clear()
        await camera.describe()
        assert set(paths) == {"/onvif/services"}


async def test_service_at_a_wrong_path_is_found_at_the_device_service() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        body = await request.text()
        if request.path != "/onvif/device_service":
            return web.Response(status=404)
        if "GetServices" in body:
            return web.Response(
                text=envelope(
                    "<GetServicesResponse><Service><Namespace>"
                    "http://www.onvif.org/ver10/media/wsdl</Namespace>"
                    "<XAddr>http://192.168.1.88:80/onvif/nowhere</XAddr></Service>"
                    "</GetServicesResponse>"
                )
            )
        return web.Response(text=answer_to(body))

    async with web_camera(handler) as (camera, paths):
        assert len(await camera.profiles()) == 1
        assert paths.count("/onvif/nowhere") == 1
        await camera.profiles()
        assert paths.count("/onvif/nowhere") == 1


async def test_service_at_another_port_is_reached_at_the_configured_host() -> None:
    async def events(request: web.Request) -> web.StreamResponse:
        return web.Response(text=envelope("<GetEventPropertiesResponse/>"))

    async with web_camera(events, path="/x") as (elsewhere, asked):
        port = elsewhere.endpoint.port

        async def handler(request: web.Request) -> web.StreamResponse:
            body = await request.text()
            if request.path != "/onvif/device_service":
                return web.Response(status=404)
            if "GetServices" in body:
                return web.Response(
                    text=envelope(
                        f"<GetServicesResponse><Service><Namespace>{EVENTS}</Namespace>"
                        f"<XAddr>http://8.8.8.8:{port}/event</XAddr></Service>"
                        "</GetServicesResponse>"
                    )
                )
            return web.Response(text=answer_to(body))

        async with web_camera(handler) as (camera, _):
            await camera.call(EVENTS, "GetEventProperties")
            assert asked == ["/event"]


async def test_not_understood_login_without_soap_is_negotiated_on() -> None:
    # A server that does not know WS-Security answers 400 with a page.
    async def handler(request: web.Request) -> web.StreamResponse:
        body = await request.text()
        if "wsse" in body:
            return web.Response(status=400, text="<html>Bad Request</html>")
        if "Authorization" not in request.headers:
            challenge = 'Digest realm="x", nonce="1", qop="auth", algorithm=SHA-512-256'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        return web.Response(text=answer_to(body))

    async with web_camera(handler) as (camera, _):
        assert (await camera.describe()).serial == "AB12345"
        assert camera.auth is AuthScheme.DIGEST


async def test_remembered_basic_is_not_told_before_it_is_asked_for() -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        login = request.headers.get("Authorization", "").partition(" ")[0]
        seen.append(login)
        if not login:
            response = web.Response(status=401)
            for challenge in ('Basic realm="x"', 'Digest realm="x", nonce="1"'):
                response.headers.add("WWW-Authenticate", challenge)
            return response
        return web.Response(text=answer_to(await request.text()))

    async with web_camera(handler, auth=AuthScheme.BASIC) as (camera, _):
        await camera.describe()
        # Another device has the address now, or a firmware update brought Digest.
        assert camera.auth is AuthScheme.DIGEST
        assert "Basic" not in seen


async def test_nonces_for_one_use_are_not_used_twice_for_long() -> None:
    # Cameras count what looks like wrong logins, and lock the user out.
    nonce = wrong = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal nonce, wrong
        login = request.headers.get("Authorization", "")
        if f'nonce="{nonce}"' in login and "nc=00000001" in login:
            nonce += 1
            return web.Response(text=answer_to(await request.text()))
        wrong += bool(login)
        nonce += 1
        challenge = f'Digest realm="x", qop="auth", nonce="{nonce}"'
        return web.Response(status=401, headers={"WWW-Authenticate": challenge})

    async with web_camera(handler, auth=AuthScheme.DIGEST) as (camera, _):
        for _ in range(5):
            await camera.call(DEVICE, "GetDeviceInformation")
        assert wrong == 1


async def test_endless_refusals_end() -> None:
    count = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal count
        count += 1
        challenge = f'Digest realm="x", nonce="{count}", stale=true'
        return web.Response(status=401, headers={"WWW-Authenticate": challenge})

    async with web_camera(handler) as (camera, _):
        with pytest.raises(OnvifAuthError):
            await camera.call(DEVICE, "GetDeviceInformation")
    assert count <= 7


async def test_redirect_to_https_tells_its_status() -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        raise web.HTTPMovedPermanently("https://127.0.0.1/onvif/device_service")

    async with web_camera(handler) as (camera, _):
        with pytest.raises(OnvifHttpError) as caught:
            await camera.call(DEVICE, "GetDeviceInformation")
        assert caught.value.status == 301
