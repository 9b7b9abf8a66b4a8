"""Hand-written requests to the simulated device, apart from the real client."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
import hashlib
import os
import xml.etree.ElementTree as ET

import aiohttp

from .onvif_auth import PASSWORD_DIGEST, WSSE, WSU
from .onvif_device import SERVICES
from .onvif_options import OnvifOptions
from .onvif_server import OnvifDevice
from .onvif_xml import NAMESPACES, SOAP, TDS
from .state import CameraState, ProfileInfo

USERNAME = "admin"
PASSWORD = "pa:ss@w/rd<&>"
MAIN = ProfileInfo("main", "h264", 1920, 1080, 15.0, 2.0, 4_000_000, "aac")
SUB = ProfileInfo("sub", "hevc", 640, 360, 10.0, 2.0, 500_000, "pcm_alaw")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    root: ET.Element

    def text(self, path: str) -> str | None:
        """Return the text at a path below the envelope, with NAMESPACES' prefixes."""
        return self.root.findtext(f".//{path}", namespaces=NAMESPACES)

    def all(self, path: str) -> list[ET.Element]:
        """Return all elements at a path below the envelope."""
        return self.root.findall(f".//{path}", NAMESPACES)

    @property
    def fault(self) -> list[str]:
        """Return the codes of the SOAP fault, outermost first."""
        return [value.text or "" for value in self.all("s:Fault//s:Value")]


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one device; the session belongs to the test."""

    session: aiohttp.ClientSession
    state: CameraState
    device: OnvifDevice

    async def ask(
        self,
        content: str,
        *,
        path: str = SERVICES[TDS][0],
        header: str = "",
        session: aiohttp.ClientSession | None = None,
    ) -> Reply:
        """Post a body with the header's XML."""
        async with (session or self.session).post(
            self.url(path),
            data=request(content, header),
            headers={"Content-Type": "application/soap+xml"},
        ) as response:
            body = await response.read()
            root = ET.fromstring(body)  # noqa: S314 - written by the simulator
            return Reply(response.status, dict(response.headers), root)

    async def ask_as_admin(
        self, content: str, *, path: str = SERVICES[TDS][0], header: str = ""
    ) -> Reply:
        """Post a body with a right WS-UsernameToken."""
        login = token(created=self.state.now())
        return await self.ask(content, path=path, header=login + header)

    def url(self, path: str) -> str:
        """Return the true URL of a path."""
        return f"http://{self.state.host}:{self.state.onvif_port}{path}"


@asynccontextmanager
async def running(
    options: OnvifOptions | None = None, state: CameraState | None = None
) -> AsyncIterator[Asker]:
    """Run a device with two profiles and a login."""
    state = state or CameraState(name="Front door", username=USERNAME)
    state.password = PASSWORD
    state.profiles = (MAIN, SUB)
    state.rtsp_port = 8554
    device = OnvifDevice(state, options)
    await device.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Asker(session, state, device)
    finally:
        await device.stop()


def request(content: str, header: str = "") -> bytes:
    """Return a SOAP 1.2 message that declares NAMESPACES."""
    prefixes = " ".join(f'xmlns:{key}="{value}"' for key, value in NAMESPACES.items())
    return (
        f'<s:Envelope xmlns:s="{SOAP}" {prefixes.replace(f'xmlns:s="{SOAP}"', "")}>'
        f"<s:Header>{header}</s:Header><s:Body>{content}</s:Body></s:Envelope>"
    ).encode()


def token(
    *,
    created: float,
    username: str = USERNAME,
    password: str = PASSWORD,
    nonce: bytes | None = None,
    zone: str = "Z",
) -> str:
    """Return a wsse:Security header as the UsernameToken Profile 1.0 has it."""
    nonce = nonce or os.urandom(16)
    moment = datetime.fromtimestamp(created, UTC)
    when = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}{zone}"
    digest = hashlib.sha1(
        nonce + when.encode() + password.encode(), usedforsecurity=False
    ).digest()
    return (
        f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"><wsse:UsernameToken>'
        f"<wsse:Username>{username}</wsse:Username>"
        f'<wsse:Password Type="{PASSWORD_DIGEST}">{base64.b64encode(digest).decode()}'
        f"</wsse:Password><wsse:Nonce>{base64.b64encode(nonce).decode()}</wsse:Nonce>"
        f"<wsu:Created>{when}</wsu:Created></wsse:UsernameToken></wsse:Security>"
    )
