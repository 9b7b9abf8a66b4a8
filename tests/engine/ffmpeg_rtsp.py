"""What FFmpeg takes out of an RTSP answer, as far as it leads anywhere.

Its parser is lenient in its own ways; this follows `ff_rtsp_read_reply` and what it
calls (libavformat/rtsp.c), with the lengths of its buffers. Tests ask it what a camera
could have FFmpeg believe.
"""

from dataclasses import dataclass, field
import re

_SPACES = b" \t\r\n"
_LINE = 4095
_WORD = 15
_SOURCE = 63
_TRANSPORTS = 8
_ATOI = re.compile(rb"[ \t\n\v\f\r]*([+-]?\d+)")


@dataclass(slots=True)
class Believed:
    """One answer, read: where it leads is ``location`` and ``sources``."""

    status: int = 0
    is_request: bool = False
    location: bytes = b""
    transports: int = 0
    sources: list[bytes] = field(default_factory=lambda: [b""] * (_TRANSPORTS + 1))
    lower: list[bytes] = field(default_factory=lambda: [b""] * (_TRANSPORTS + 1))

    @property
    def redirect(self) -> bytes | None:
        """Where FFmpeg would connect to by itself, None for nowhere."""
        return self.location if 300 <= self.status < 400 else None


def believe(data: bytes) -> Believed:
    """Read the first answer of what a camera sent."""
    reply = Believed()
    count = 0
    while data:
        if data[:1] == b"$":
            # Skipped like media.
            data = data[4 + int.from_bytes(data[2:4]) :]
            continue
        line, end, data = data.partition(b"\n")
        if not end:
            break
        line = line.replace(b"\r", b"")[:_LINE].partition(b"\0")[0]
        if not line:
            break
        if count:
            _read_line(reply, line)
        else:
            _read_status(reply, line)
        count += 1
    return reply


def _read_status(reply: Believed, line: bytes) -> None:
    words = re.split(rb"[ \t\r\n]+", line.lstrip(_SPACES), maxsplit=2)
    if not words[0].startswith(b"RTSP/"):
        reply.is_request = True
        return
    number = _ATOI.match(words[1]) if len(words) > 1 else None
    reply.status = int(number[1]) & 0xFFFFFFFF if number else 0


def _read_line(reply: Believed, line: bytes) -> None:
    if line[:10].lower() == b"transport:":
        _read_transports(reply, line[10:])
    elif line[:9].lower() == b"location:":
        reply.location = line[9:].lstrip(_SPACES)


def _read_transports(reply: Believed, text: bytes) -> None:
    reply.transports = 0
    while text := text.lstrip(_SPACES):
        name, text = _word(text, b"/")
        lower = b""
        if name.lower() in {b"rtp", b"raw"}:
            _, text = _word(text, b"/;,")
            if text[:1] == b"/":
                lower, text = _word(text, b";,")
        elif name.lower() in {b"x-pn-tng", b"x-real-rdt"}:
            lower, text = _word(text, b"/;,")
        at = reply.transports
        reply.lower[at] = b"tcp" if lower.lower() == b"tcp" else b"udp"
        text = text.removeprefix(b";")
        while text and text[:1] != b",":
            parameter, text = _word(text, b"=;,")
            if parameter == b"multicast":
                reply.lower[at] = b"multicast"
            elif parameter == b"source" and text[:1] == b"=":
                value, text = _word(text[1:], b";,", 255)
                reply.sources[at] = value[:_SOURCE]
            text = text.lstrip(bytes(set(range(1, 256)) - set(b";,")))
            text = text.removeprefix(b";")
        text = text.removeprefix(b",")
        reply.transports += 1
        if reply.transports >= _TRANSPORTS:
            return


def _word(text: bytes, ends: bytes, size: int = _WORD) -> tuple[bytes, bytes]:
    text = text.removeprefix(b"/").lstrip(_SPACES)
    length = next((i for i, code in enumerate(text) if code in ends), len(text))
    return text[:length][:size], text[length:]
