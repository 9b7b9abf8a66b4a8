"""HTTP to one camera: through the gate, within bounds, never redirected.

Every request has a connection of its own: cheap cameras close idle ones just when
the next request is sent.
"""

import asyncio
from dataclasses import dataclass
import ssl as ssl_module

import aiohttp
from yarl import URL

from ..privacy.local_only import AsyncResolver, async_checked_host, bracketed
from .auth import Challenge, parse_challenges
from .errors import OnvifConnectionError, OnvifResponseError, OnvifTimeoutError
from .xmltree import MAX_BYTES

type Tls = ssl_module.SSLContext | aiohttp.Fingerprint | bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a camera's services are.

    Attributes:
        host: name or address literal (IPv6 without brackets).
        tls: HTTPS; ``certificate`` is then what aiohttp takes as ``ssl``: True to
            verify, a Fingerprint to pin, False to take any.
        timeout: seconds for one request, look-up of the name included.
    """

    host: str
    port: int = 80
    tls: bool = False
    certificate: Tls = True
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, body, the challenges and the Date header."""

    status: int
    data: bytes
    challenges: list[Challenge]
    date: str | None


class Transport:
    """Posts to one camera."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoint: Endpoint,
        resolver: AsyncResolver | None = None,
    ) -> None:
        """Set up; nothing is contacted yet.

        Raises:
            ValueError: the session would use the environment's proxies, which are
                not checked to be local.
        """
        if session.trust_env:
            raise ValueError("A session that trusts the environment is not private")
        self.endpoint = endpoint
        self._session = session
        self._resolver = resolver

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        """Send one request to the checked address and read the bounded reply.

        ``path`` is sent as it is.

        Raises:
            OnvifError: see its kinds.
            NotLocalError: the host is not on the local network.
        """
        endpoint = self.endpoint
        scheme, default = ("https", 443) if endpoint.tls else ("http", 80)
        port = "" if endpoint.port == default else f":{endpoint.port}"
        try:
            async with asyncio.timeout(endpoint.timeout):
                address = await async_checked_host(endpoint.host, self._resolver)
                # A zone means something on our side only (RFC 6874, 3).
                host = bracketed(address.partition("%")[0])
                async with self._session.post(
                    URL(f"{scheme}://{bracketed(address)}{port}{path}", encoded=True),
                    data=body,
                    headers={
                        **headers,
                        "Host": f"{host}{port}",
                        "Accept-Encoding": "identity",
                        "Connection": "close",
                    },
                    allow_redirects=False,
                    ssl=endpoint.certificate,
                    server_hostname=endpoint.host if endpoint.tls else None,
                    timeout=aiohttp.ClientTimeout(total=endpoint.timeout),
                ) as response:
                    return Reply(
                        response.status,
                        await _read(response),
                        parse_challenges(
                            response.headers.getall("WWW-Authenticate", [])
                        ),
                        response.headers.get("Date"),
                    )
        except TimeoutError:
            raise OnvifTimeoutError("The camera did not answer in time") from None
        except aiohttp.ClientConnectionError, OSError:
            raise OnvifConnectionError("The camera cannot be reached") from None
        except aiohttp.ClientError:
            raise OnvifResponseError("The answer is not HTTP") from None
        except ValueError:
            # Of yarl or the gate: their texts may quote what they refuse.
            raise OnvifConnectionError("The address is not valid") from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Return the body of a response, refusing one that is too long."""
    data = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > MAX_BYTES:
            raise OnvifResponseError("The answer is too long")
    return bytes(data)
