"""RTSP's beginning, read along: where may an answer lead FFmpeg?"""

from collections.abc import Iterator
import re
from typing import Final

_MAX_HEADER: Final = 64 * 1024
_MAX_BODY: Final = 1024 * 1024
_PARAMETER: Final = re.compile(
    rb"(unicast|multicast)|((?:interleaved|client_port|server_port)=\d{1,5}(?:-\d{1,5})?)"
)
_PROTOCOL: Final = re.compile(rb"(?i)RTP/S?AVPF?(?:/(?:TCP|UDP))?")
_WHITE: Final = re.compile(rb"[ \t]+")
# All but the line's end; what is white to one parser and not to another is a blank.
_BLANKS: Final = bytes(
    0x20 if (code < 0x20 and code not in b"\r\n") or code == 0x7F else code
    for code in range(256)
)
_LOCATION: Final = re.compile(rb"(?im)^location:[ \t]*([^\r\n]+)")
_LENGTH: Final = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,18})[ \t]*\r?$")
# FFmpeg drops carriage returns: for it an answer ends at the first empty line.
_END: Final = re.compile(rb"\n\r*\n")
_NUMBER: Final = re.compile(rb"\s*[+-]?(\d{1,4})(?!\d)")
_LENGTHS: Final = re.compile(rb"\s*\+?(\d{1,18})")
_CSEQ: Final = re.compile(rb"(?im)^cseq:[ \t]*(\d{1,9})")
_TRANSPORT: Final = re.compile(rb"(?im)^transport:([^\r\n]*)")


class RelayError(Exception):
    """What a camera said is not RTSP, or leads elsewhere. Quotes nothing of it."""


class Handshake:
    """Reads both directions of a connection until the stream plays within it.

    Bytes go in as they come and out as they may be passed on.
    """

    def __init__(self, address: str) -> None:
        """``address`` is the checked one, of the camera."""
        self._address = address.encode()
        self._requests = bytearray()
        self._answers = bytearray()
        self._play: set[bytes] = set()
        self._interleaved = False
        self.playing = False
        # Whether nothing more has to be read: the media comes in this connection.
        # FFmpeg may set up another transport where no datagrams come.
        self.unread = False
        self.redirect: str | None = None

    def request(self, data: bytes) -> bytes:
        """Take note of what FFmpeg asks; it is passed on as it is."""
        self._requests += data
        while (end := self._requests.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._requests[:end])
            del self._requests[: end + 4 + _content_length(head)]
            if head.startswith(b"PLAY ") and (number := _CSEQ.search(head)):
                self._play.add(number[1])
        if len(self._requests) > _MAX_HEADER:
            raise RelayError("a request without an end")
        return data

    def answer(self, data: bytes) -> bytes:
        """Return what of the camera's answers may be passed on by now.

        Raises RelayError for a redirect, and for what is not RTSP.
        """
        self._answers += data
        return b"".join(self._messages())

    def _messages(self) -> Iterator[bytes]:
        while self._answers and not self.unread:
            if self._answers[0] == 0x24:
                # Media between answers (RFC 2326, 10.12).
                if len(self._answers) < 4:
                    return
                size = 4 + int.from_bytes(self._answers[2:4])
                if len(self._answers) < size:
                    return
                yield self._take(size)
                continue
            end = _END.search(self._answers)
            if end is None:
                if len(self._answers) > _MAX_HEADER:
                    raise RelayError("an answer without an end")
                return
            head = _plain(bytes(self._answers[: end.start()]))
            size = end.end() + _content_length(head)
            if len(self._answers) < size:
                return
            body = b"\r\n\r\n" + self._take(size)[end.end() :]
            if head:
                # Nothing but empty lines would be an answer to FFmpeg.
                yield self._checked(head) + body
        if self.unread:
            yield self._take(len(self._answers))

    def _take(self, size: int) -> bytes:
        taken = bytes(self._answers[:size])
        del self._answers[:size]
        return taken

    def _checked(self, head: bytes) -> bytes:
        first, _, fields = head.partition(b"\r\n")
        status = first.split()
        if not status[0].startswith(b"RTSP/"):
            # Some cameras ask, too (OPTIONS, ANNOUNCE); FFmpeg ignores it.
            return head
        told = _NUMBER.match(status[1]) if len(status) > 1 else None
        if told is None:
            raise RelayError("an answer without a status")
        number = int(told[1])
        if number // 100 == 3:
            found = _LOCATION.search(head)
            self.redirect = found[1].decode("latin-1").strip() if found else ""
            raise RelayError("redirected")
        count = _CSEQ.search(head)
        if count and count[1] in self._play and number == 200:
            self.playing, self.unread = True, self._interleaved
        line = b" ".join((b"RTSP/1.0 %d" % number, *status[2:]))
        return b"\r\n".join((line, _TRANSPORT.sub(self._transport, fields)))

    def _transport(self, line: re.Match[bytes]) -> bytes:
        """Return a Transport header of which nothing but numbers is the camera's.

        FFmpeg sends UDP to its ``source``, which it also finds after a slash, in what
        an earlier header left, and not at all beyond 4095 bytes. It takes one
        transport only.
        """
        told = [part.strip() for part in line[1].split(b",")[0].split(b";")]
        if not _PROTOCOL.fullmatch(told[0]):
            # No error yet: it may come with a refusal, after which FFmpeg asks for
            # another one.
            return b"X-Transport: unknown"
        kept = [
            plain
            for part in told[1:]
            if _PARAMETER.fullmatch(plain := _WHITE.sub(b"", part))
        ]
        self._interleaved = told[0].upper().endswith(b"/TCP")
        parts = (told[0], *kept, b"source=" + self._address)
        return b"Transport: " + b";".join(parts)


def _plain(head: bytes) -> bytes:
    """Return a header in which FFmpeg reads what is read here.

    Its parser drops carriage returns, takes a line that begins with ``$`` for media,
    ends lines at a zero byte, takes no tab of the vertical kind for white, and lets
    the last of several lengths count.
    """
    lines = [
        line
        for line in head.replace(b"\r", b"").translate(_BLANKS).split(b"\n")
        if line.strip() and not line.startswith(b"$")
    ]
    plain, length = [], False
    for line in lines:
        if line[:15].lower() == b"content-length:":
            if length:
                continue
            length = True
            digits = _LENGTHS.match(line[15:])
            line = b"Content-Length: %d" % (int(digits[1]) if digits else 0)
        plain.append(line)
    return b"\r\n".join(plain)


def _content_length(head: bytes) -> int:
    found = _LENGTH.search(head)
    length = int(found[1]) if found else 0
    if length > _MAX_BODY:
        raise RelayError("an answer that is too long")
    return length
