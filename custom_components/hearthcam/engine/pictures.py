"""A camera that gives pictures over HTTP only: motion JPEG, or single snapshots."""

import asyncio
from collections.abc import Iterator
import socket
import ssl
from typing import Final, Self

import aiohttp
from yarl import URL

from ..privacy.local_only import NotLocalError, Resolver, checked_url
from .clock import Clock, TimestampMapper
from .errors import StreamFailure
from .jpegs import MAX_PICTURE, JpegSplitter, TooLongError
from .packet import AudioParameters, Packet, VideoParameters
from .protocol import StreamError, StreamInfo, StreamSource
from .transcode import Transcoder, size_of

SCHEMES: Final = frozenset({"http", "https"})
SNAPSHOT_EVERY: Final = 1.0
"""Seconds between pictures of a camera that gives one at a time."""
SNAPSHOT_TIMEOUT: Final = 10.0

_CHUNK: Final = 64 * 1024


class PictureConnection:
    """Pictures, read and encoded; like `connection.Connection` in all it offers.

    Used from one thread only, but for `abort`; always closed.
    """

    audio: AudioParameters | None = None

    def __init__(
        self,
        source: StreamSource,
        *,
        open_timeout: float = 15.0,
        resolver: Resolver = socket.getaddrinfo,
        every: float = SNAPSHOT_EVERY,
    ) -> None:
        """Fetch the first picture; blocks up to the timeout (s).

        ``every`` is in seconds, between snapshots. Raises StreamFailure.
        """
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[bytes] | None = None
        self._aborted = False
        try:
            checked = checked_url(source.url, resolver)
            self._fetcher = _Fetcher(URL(source.url), URL(checked), every)
            self._first = self._wait(self._fetcher.next(), open_timeout)
            self._transcoder = Transcoder(*size_of(self._first))
        except NotLocalError:
            self.close()
            raise StreamFailure(StreamError.NOT_LOCAL) from None
        except OSError:
            self.close()
            raise StreamFailure(StreamError.CANNOT_CONNECT) from None
        except ValueError:
            # Its text may quote the URL with its password.
            self.close()
            raise StreamFailure(StreamError.INVALID_URL) from None
        except BaseException:
            self.close()
            raise

    @property
    def video(self) -> VideoParameters:
        """What the packets are."""
        return self._transcoder.video

    @property
    def info(self) -> StreamInfo:
        """What the stream is, in the protocol's words."""
        video = self.video
        return StreamInfo(video.codec, video.width, video.height, video.fps)

    def packets(self, mapper: TimestampMapper, clock: Clock) -> Iterator[Packet]:
        """Yield packets until the camera is gone. Raises StreamFailure."""
        picture = self._first
        while True:
            # Pictures carry no time: the arrival is the best that there is.
            now = clock.now()
            packet = self._transcoder.convert(picture, mapper.map(now, now))
            if packet is not None:
                yield packet
            picture = self._wait(self._fetcher.next(), SNAPSHOT_TIMEOUT)

    def _wait(self, work: asyncio._CoroutineLike[bytes], timeout: float) -> bytes:
        task = self._task = self._loop.create_task(_limited(work, timeout))
        if self._aborted:
            task.cancel()
        try:
            return self._loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise StreamFailure(StreamError.TIMEOUT) from None
        except TimeoutError:
            raise StreamFailure(StreamError.TIMEOUT) from None
        except TooLongError:
            raise StreamFailure(StreamError.NO_VIDEO) from None
        except aiohttp.ClientError, OSError:
            raise StreamFailure(StreamError.CANNOT_CONNECT) from None

    def abort(self) -> None:
        """End a read that blocks, from any thread; `packets` then raises."""
        self._aborted = True
        if (task := self._task) is not None and not self._loop.is_closed():
            try:
                self._loop.call_soon_threadsafe(task.cancel)
            except RuntimeError:
                # Closed in between: nothing is read any more.
                return

    def close(self) -> None:
        """Close the connection."""
        if self._loop.is_closed():
            return
        if (fetcher := getattr(self, "_fetcher", None)) is not None:
            self._loop.run_until_complete(fetcher.close())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()


async def _limited(work: asyncio._CoroutineLike[bytes], timeout: float) -> bytes:
    async with asyncio.timeout(timeout):
        return await work


class _Fetcher:
    """The pictures of one URL, the newest each time."""

    def __init__(self, asked: URL, checked: URL, every: float) -> None:
        """Take the URL as configured, and with the address that may be contacted."""
        self._url = checked.with_user(None)
        self._host = asked.host or ""
        self._login = asked.user or "", asked.password or ""
        self._port = asked.port
        self._every = every
        self._session: aiohttp.ClientSession | None = None
        self._response: aiohttp.ClientResponse | None = None
        self._splitter = JpegSplitter()
        self._asked_at: float | None = None
        self._certificate = ssl.create_default_context()
        # Cameras sign their own certificates; RTSPS is taken likewise.
        self._certificate.check_hostname = False
        self._certificate.verify_mode = ssl.CERT_NONE

    async def next(self) -> bytes:
        """Return the next picture. Raises StreamFailure and aiohttp's errors."""
        while True:
            if self._response is None:
                picture = await self._ask()
                if picture is not None:
                    return picture
                continue
            newest = None
            while newest is None:
                chunk = await self._response.content.read(_CHUNK)
                if not chunk:
                    raise StreamFailure(StreamError.ENDED)
                if pictures := self._splitter.feed(chunk):
                    # Of a burst only the last: time would stand still otherwise.
                    newest = pictures[-1]
            return newest

    async def _ask(self) -> bytes | None:
        """Request; return the picture, or None where a stream of them begins."""
        loop = asyncio.get_running_loop()
        if self._asked_at is not None:
            await asyncio.sleep(self._asked_at + self._every - loop.time())
        self._asked_at = loop.time()
        response = await self._get()
        if response.status in (401, 403):
            response.close()
            raise StreamFailure(StreamError.INVALID_AUTH)
        if response.status == 404:
            response.close()
            raise StreamFailure(StreamError.NOT_FOUND)
        if response.status != 200:
            response.close()
            raise StreamFailure(StreamError.CANNOT_CONNECT)
        if response.content_type.startswith("multipart/"):
            self._response = response
            self._splitter = JpegSplitter()
            return None
        try:
            data = await response.content.read(MAX_PICTURE + 1)
            while len(data) <= MAX_PICTURE:
                more = await response.content.read(_CHUNK)
                if not more:
                    break
                data += more
        finally:
            response.release()
        if not data.startswith(b"\xff\xd8") or len(data) > MAX_PICTURE:
            raise StreamFailure(StreamError.NO_VIDEO)
        return data

    async def _get(self) -> aiohttp.ClientResponse:
        session = self._session
        if session is None:
            session = self._session = self._new_session()
        response = await self._request(session, None)
        challenge = response.headers.get("WWW-Authenticate", "").lower()
        if response.status == 401 and self._login[0] and "basic" in challenge:
            # Digest was tried first, by the session, where the camera offered it.
            response.close()
            header = aiohttp.encode_basic_auth(*self._login)
            response = await self._request(session, header)
        return response

    async def _request(
        self, session: aiohttp.ClientSession, authorization: str | None
    ) -> aiohttp.ClientResponse:
        headers = {"Host": self._host_header()}
        if authorization is not None:
            headers["Authorization"] = authorization
        return await session.get(
            self._url,
            headers=headers,
            allow_redirects=False,
            ssl=self._certificate,
            timeout=aiohttp.ClientTimeout(total=None),
        )

    def _host_header(self) -> str:
        host = f"[{self._host.partition('%')[0]}]" if ":" in self._host else self._host
        return host if self._url.is_default_port() else f"{host}:{self._port}"

    def _new_session(self) -> aiohttp.ClientSession:
        user, password = self._login
        digest = (aiohttp.DigestAuthMiddleware(user, password),) if user else ()
        return aiohttp.ClientSession(
            middlewares=digest,
            # A camera's cookies are of no use, and nobody should be tracked.
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connection."""
        if self._response is not None:
            self._response.close()
        if self._session is not None:
            await self._session.close()
