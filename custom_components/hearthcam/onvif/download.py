"""Still pictures over HTTP, with the logins that HTTP has."""

import asyncio

from .addresses import is_tls, service_path, service_port
from .auth import Credentials, DigestLogin, basic_header
from .errors import OnvifAuthError, OnvifHttpError, OnvifResponseError
from .transport import Reply, Transport

MAX_PICTURE = 16 * 1024 * 1024
_JPEG = b"\xff\xd8\xff"


class Downloader:
    """Fetches pictures of one camera; cameras ask for Digest or Basic here.

    Also those whose services take WS-UsernameToken, which HTTP has not.
    """

    def __init__(self, transport: Transport, credentials: Credentials | None) -> None:
        """Nothing is contacted yet."""
        self._transport = transport
        self._credentials = credentials
        self._digest: DigestLogin | None = None
        self._is_basic = False
        self._lock = asyncio.Lock()

    async def picture(self, url: str) -> bytes:
        """Return the JPEG at a URL, of which only port, path and query count.

        Raises:
            OnvifAuthError: the login is refused.
            OnvifResponseError: what came is no JPEG.
            OnvifError: see its kinds.
            NotLocalError: the camera's host is not on the local network.
        """
        path = service_path(url) or "/"
        if is_tls(url) != self._transport.endpoint.tls:
            raise OnvifResponseError("The picture is behind another protocol")
        async with self._lock:
            reply = await self._logged_in(path, service_port(url))
        if reply.status in (401, 403):
            raise OnvifAuthError("The camera refuses the login")
        if reply.status != 200:
            raise OnvifHttpError(reply.status)
        # Some send blanks or a part's header before the picture.
        start = reply.data[:1024].find(_JPEG)
        if start < 0:
            raise OnvifResponseError("The answer is no picture")
        return reply.data[start:]

    async def _logged_in(self, path: str, port: int | None) -> Reply:
        """Ask, and once more with what the challenge wants."""
        reply = await self._get(path, port)
        credentials = self._credentials
        if reply.status != 401 or credentials is None:
            return reply
        for _ in range(2):
            login = DigestLogin.of(reply.challenges)
            has_basic = any(c.scheme == "basic" for c in reply.challenges)
            # The password is told only where nothing better was ever offered.
            self._is_basic = login is None and has_basic and self._digest is None
            if login is None and not self._is_basic:
                return reply
            self._digest = login or self._digest
            reply = await self._get(path, port)
            is_stale = login is not None and _is_stale(reply)
            if reply.status != 401 or not is_stale:
                return reply
        return reply

    async def _get(self, path: str, port: int | None) -> Reply:
        headers = {"Accept": "image/jpeg, */*"}
        if (credentials := self._credentials) is not None:
            if self._digest is not None:
                login = self._digest.header(credentials, "GET", path, b"")
                headers["Authorization"] = login
            elif self._is_basic:
                headers["Authorization"] = basic_header(credentials)
        return await self._transport.request(
            "GET", path, headers, port=port, limit=MAX_PICTURE
        )


def _is_stale(reply: Reply) -> bool:
    login = DigestLogin.of(reply.challenges)
    return login is not None and login.stale
