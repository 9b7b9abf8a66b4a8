"""Cameras with few words, for tests of what lies between us and them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from custom_components.hearthcam.onvif import AuthScheme, OnvifCamera

PASSWORD = "hunter2&<x>"
INFORMATION = (
    "<GetDeviceInformationResponse><Manufacturer>M</Manufacturer><Model>X1</Model>"
    "<SerialNumber>AB12345</SerialNumber></GetDeviceInformationResponse>"
)
PROFILES = (
    '<GetProfilesResponse><Profiles token="a"><Name>n</Name></Profiles>'
    "</GetProfilesResponse>"
)


def envelope(inner: str) -> str:
    """Return a SOAP message as careless as can be."""
    return (
        f"<SOAP-ENV:Envelope><SOAP-ENV:Body>{inner}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )


def answer_to(request: str) -> str:
    """Return what a camera with few words answers."""
    if "GetDeviceInformation" in request:
        return envelope(INFORMATION)
    if "GetProfiles" in request:
        return envelope(PROFILES)
    return envelope("<Fault><Code><Value>Receiver</Value></Code></Fault>")


type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def web_camera(
    handler: Handler,
    *,
    path: str = "/onvif/device_service",
    auth: AuthScheme | None = None,
) -> AsyncIterator[tuple[OnvifCamera, list[str]]]:
    """Run a server and its client; return the paths that were asked for too."""
    paths: list[str] = []

    async def noted(request: web.Request) -> web.StreamResponse:
        paths.append(request.path)
        return await handler(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", noted)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            port = runner.addresses[0][1]
            yield (
                OnvifCamera(
                    session, "127.0.0.1", port, "admin", PASSWORD, path=path, auth=auth
                ),
                paths,
            )
    finally:
        await runner.cleanup()
