"""The relay: FFmpeg reaches the checked address, and nothing a camera names."""

from collections.abc import Iterator
from contextlib import contextmanager
import socket
import ssl
from threading import Thread
import time
from types import SimpleNamespace
from urllib.parse import SplitResult

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.engine import connection
from custom_components.hearthcam.engine.connection import Connection
from custom_components.hearthcam.engine.errors import StreamFailure
from custom_components.hearthcam.engine.handshake import Handshake, RelayError
from custom_components.hearthcam.engine.protocol import (
    StreamError,
    StreamSource,
    Transport,
)
from custom_components.hearthcam.engine.relay import Relay
from custom_components.hearthcam.privacy.local_only import Answer

from .conftest import simulated, with_login
from .ffmpeg_rtsp import Believed, believe

PLAY = b"PLAY rtsp://127.0.0.1/ RTSP/1.0\r\nCSeq: 5\r\n\r\n"
PLAYING = b"RTSP/1.0 200 OK\r\nCSeq: 5\r\nSession: 1\r\n\r\n"


class Camera:
    """A socket that answers every request with the next of some texts."""

    def __init__(self, host: str, *answers: bytes) -> None:
        """Listen; answer when `serve` is entered."""
        self.requests: list[bytes] = []
        self.connections = 0
        self._answers = answers
        self._socket = socket.socket()
        self._socket.bind((host, 0))
        self._socket.listen()
        self.port = self._socket.getsockname()[1]
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while True:
                client, _ = self._socket.accept()
                self.connections += 1
                self._serve(client)
        except OSError:
            return

    def _serve(self, client: socket.socket) -> None:
        with client:
            client.settimeout(5)
            for answer in self._answers:
                request = client.recv(65536)
                if not request:
                    return
                self.requests.append(request)
                number = request.split(b"CSeq: ")[1].split(b"\r\n")[0]
                client.sendall(answer.replace(b"{n}", number))

    def close(self) -> None:
        """Stop listening."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def camera(host: str, *answers: bytes) -> Iterator[Camera]:
    """Return a camera that gives these answers."""
    made = Camera(host, *answers)
    try:
        yield made
    finally:
        made.close()


def redirect(location: str) -> bytes:
    """Return an answer that sends the client elsewhere."""
    return f"RTSP/1.0 302 Moved\r\nCSeq: {{n}}\r\nLocation: {location}\r\n\r\n".encode()


def opened(url: str, **options: float) -> StreamError:
    """Open a stream that must fail; return why."""
    with pytest.raises(StreamFailure) as failure:
        Connection(StreamSource(url), **options)  # type: ignore[arg-type]  # only timeouts are given
    assert "127.0.0" not in str(failure.value)
    return failure.value.reason


def test_redirect_to_a_public_address_is_not_followed() -> None:
    """The gate refuses it, and nothing is sent there."""
    with camera("127.0.0.1", redirect("rtsp://8.8.8.8/x")) as first:
        assert opened(f"rtsp://127.0.0.1:{first.port}/") is StreamError.NOT_LOCAL
        assert first.connections == 1


def test_redirect_to_another_local_camera_is_followed_without_the_login() -> None:
    """A password belongs to the device it was given for."""
    gone = b"RTSP/1.0 404 Not Found\r\nCSeq: {n}\r\n\r\n"
    with camera("127.0.0.2", gone, gone) as second:
        location = f"rtsp://127.0.0.2:{second.port}/other"
        with camera("127.0.0.1", redirect(location)) as first:
            opened(f"rtsp://admin:s3cret@127.0.0.1:{first.port}/main")
        assert second.connections == 1
        assert b"/other" in second.requests[0]
        assert b"s3cret" not in b"".join(second.requests)
        assert b"Authorization" not in b"".join(second.requests)


def test_name_that_a_camera_chose_is_not_looked_up() -> None:
    """A look-up would carry it to wherever the name belongs."""
    asked: list[str] = []

    def resolver(host: str, *_: object, **__: object) -> list[Answer]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    with camera("127.0.0.1", redirect("rtsp://what-it-saw.example/")) as first:
        with pytest.raises(StreamFailure) as failure:
            Connection(
                StreamSource(f"rtsp://Camera.lan:{first.port}/"), resolver=resolver
            )
        first._answers = (redirect(f"rtsp://camera.LAN.:{first.port}/"),)
        with pytest.raises(StreamFailure):
            Connection(
                StreamSource(f"rtsp://camera.lan:{first.port}/"), resolver=resolver
            )
    assert failure.value.reason is StreamError.NOT_LOCAL
    assert {host.lower().rstrip(".") for host in asked} == {"camera.lan"}
    assert first.connections > 2


def test_camera_cannot_have_this_machine_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What listens on loopback only trusts whoever asks."""
    asked: list[str] = []

    def relayed(url: SplitResult, *_: object) -> tuple[object, str]:
        asked.append(url.netloc)
        relay = SimpleNamespace(redirect="rtsp://[::1]:8123/x", close=lambda: None)
        return relay, "rtsp://127.0.0.1:1/"

    monkeypatch.setattr(connection, "_relayed", relayed)
    assert opened("rtsp://192.168.77.9:554/main") is StreamError.CANNOT_CONNECT
    assert asked == ["192.168.77.9:554"]


def test_redirects_in_a_circle_end() -> None:
    """Each is a new connection of ours, and there are few."""
    with camera("127.0.0.1") as first:
        first._answers = (redirect(f"rtsp://127.0.0.1:{first.port}/"),)
        assert opened(f"rtsp://127.0.0.1:{first.port}/") is StreamError.CANNOT_CONNECT
        assert first.connections <= 3


def test_late_redirect_is_caught_too() -> None:
    """A camera may behave for its first answers."""
    options = b"RTSP/1.0 200 OK\r\nCSeq: {n}\r\nPublic: DESCRIBE\r\n\r\n"
    with camera("127.0.0.1", options, redirect("rtsp://9.9.9.9/")) as first:
        assert opened(f"rtsp://127.0.0.1:{first.port}/") is StreamError.NOT_LOCAL
        assert len(first.requests) == 2


OK = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n"
MOVED = b"RTSP/1.0 302 Moved\r\nCSeq: 2\r\nLocation: rtsp://9.9.9.9/\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"\r", b"") + b"\n" + MOVED.replace(b"\r", b""),
        OK + b"X: 1\n\r\r\n" + MOVED.replace(b"\r\n\r\n", b"\n\n\r\n\r\n"),
        OK + b"Content-Length: 0\r\nContent-Length: 3\r\n\r\n" + MOVED,
        OK + b"Content-Length: 0x\r\n\r\n" + MOVED,
        OK + b"\r\n" + MOVED.replace(b"302", b"+302"),
        OK + b"\r\n" + MOVED.replace(b" 302", b"  \x0b302"),
        OK + b"\r\n" + b"\r\n\n" + MOVED,
        OK + b"$\x00\x00\x02ab\r\n\r\n" + MOVED,
        OK + b"\r\n" + MOVED.replace(b" 302", b"\x0b302"),
    ],
    ids=range(9),
)
def test_redirect_that_ffmpeg_alone_would_see_is_caught(answer: bytes) -> None:
    """What is passed on means to FFmpeg what it means here."""
    handshake = Handshake("10.0.0.9")
    passed = b""
    with pytest.raises(RelayError):
        passed = handshake.answer(answer)
    assert b"9.9.9.9" not in passed
    assert handshake.redirect == "rtsp://9.9.9.9/"


@pytest.mark.parametrize("white", [b"\x0b", b"\x0c"])
def test_status_is_read_as_ffmpeg_reads_it(white: bytes) -> None:
    """What is white to one parser is a letter to another."""
    answer = MOVED.replace(b"RTSP/1.0", b"RTSP/1.0" + white + b"200")
    assert believe(answer).redirect == b"rtsp://9.9.9.9/"
    assert led("10.0.0.9", answer).redirect is None


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
def test_stream_plays_through_the_relay(transport: Transport) -> None:
    """Both transports, with a login, until it is closed."""
    with simulated() as simulator:
        url = with_login(simulator.cameras[0].rtsp_url())
        with Connection(StreamSource(url, transport)) as connection:
            assert connection.video.width == 320


def test_address_in_the_answer_is_replaced() -> None:
    """UDP would be sent there (punched holes, receiver reports)."""
    handshake = Handshake("10.0.0.9")
    passed = handshake.answer(
        b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n"
        b"Transport: RTP/AVP;unicast;destination=1.1.1.1; source = 8.8.8.8 ;"
        b"server_port=5000-5001;ssrc=1\r\nSession: 1\r\n\r\n"
    )
    assert b"8.8.8.8" not in passed
    assert b"1.1.1.1" not in passed
    assert b";source=10.0.0.9\r\n" in passed
    assert b"server_port=5000-5001" in passed


HEADER = b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n"
SLASH = b"Transport: RTP/AVP;unicast;/source=8.8.8.8;server_port=9-10"
HOSTILE = (
    HEADER + SLASH + b"\r\n\r\n",
    HEADER + SLASH + b",RTP/AVP;unicast\r\nTransport:\r\n\r\n",
    HEADER + SLASH + b",RTP/AVP\r\nTransport: unicast\r\n\r\n",
    HEADER + SLASH + b";x=" + b"a" * 5000 + b"\r\n\r\n",
    HEADER + b"Transport: x-pn-tng/udp/source=8.8.8.8;server_port=9\r\n\r\n",
    HEADER + SLASH.replace(b"/source", b"/\t source") + b"\r\n\r\n",
    HEADER + SLASH.replace(b"unicast", b"multicast;destination=8.8.8.8") + b"\r\n\r\n",
)


def led(address: str, answer: bytes) -> Believed:
    """Return what FFmpeg believes of what the relay passes on of an answer."""
    try:
        return believe(Handshake(address).answer(answer))
    except RelayError:
        return Believed()


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_no_spelling_of_an_address_reaches_ffmpeg(answer: bytes) -> None:
    """Neither one that the relay does not understand, nor in what is cut off."""
    told = led("10.0.0.9", answer)
    assert set(told.sources) <= {b"", b"10.0.0.9"}
    assert b"8.8.8.8" in believe(answer).sources or b"destination" in answer


WORDS = st.sampled_from(
    (
        *(b"RTP/AVP", b"RTP/AVP/UDP", b"x-pn-tng", b"raw/raw/udp", b"unicast"),
        *(b"multicast", b"source=8.8.8.8", b"source=evil.example", b"source"),
        *(b"destination=8.8.8.8", b"server_port=5-6", b"interleaved=0-1"),
        *(b";", b",", b"/", b"=", b" ", b"\t", b"\x0b", b"\x0c", b"\0", b"\r", b"\n"),
        *(b"$", b"Transport:", b"\r\nTransport:", b"\r\nLocation: rtsp://8.8.8.8/"),
        *(b"RTSP/1.0", b" 302", b"200", b"a" * 4090),
    )
)


@given(st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=16))
def test_whatever_is_put_together_leads_ffmpeg_nowhere_else(
    status: list[bytes], transport: list[bytes]
) -> None:
    """Its own reading of what is passed on knows the camera's address, or none."""
    first = b"RTSP/1.0" + b"".join(status)
    fields = b"Transport: RTP/AVP" + b"".join(transport)
    told = led("10.0.0.9", first + b"\r\n" + fields + b"\r\n\r\n")
    if not told.is_request:
        assert told.redirect is None
        assert set(told.sources) <= {b"", b"10.0.0.9"}


@pytest.mark.parametrize(
    ("told", "passed"),
    [
        (
            b'RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=1a2b;mode="PLAY"',
            b"RTP/AVP/TCP;unicast;interleaved=0-1;source=10.0.0.9",
        ),
        (
            b" RTP/AVP ; unicast ; client_port = 4-5 ; server_port=6 , RTP/AVP/TCP",
            b"RTP/AVP;unicast;client_port=4-5;server_port=6;source=10.0.0.9",
        ),
        (b"RTP/AVP;multicast;port=4;ttl=9", b"RTP/AVP;multicast;source=10.0.0.9"),
    ],
)
def test_what_a_transport_says_of_ports_is_kept(told: bytes, passed: bytes) -> None:
    """However it is set, and of several the first one."""
    answer = Handshake("10.0.0.9").answer(HEADER + b"transport:" + told + b"\r\n\r\n")
    assert b"\r\nTransport: " + passed + b"\r\n\r\n" in answer


def set_up(handshake: Handshake, transport: bytes) -> bytes:
    """Have a transport agreed on; return what FFmpeg is told of it."""
    return handshake.answer(
        b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nTransport: " + transport + b"\r\n\r\n"
    )


def test_bytes_are_passed_unread_once_the_stream_plays() -> None:
    """FFmpeg follows nothing any more; media may look like anything."""
    handshake = Handshake("10.0.0.9")
    set_up(handshake, b"RTP/AVP/TCP;unicast;interleaved=0-1")
    assert handshake.request(PLAY) == PLAY
    media = (
        b"$\x00\x00\x04RTSP" + b"RTSP/1.0 302 Moved\r\nLocation: rtsp://8.8.8.8/\r\n"
    )
    assert handshake.answer(PLAYING + media) == PLAYING + media
    assert handshake.playing


def test_answers_are_read_to_the_end_where_the_media_comes_as_datagrams() -> None:
    """Where none come, FFmpeg sets up another transport in the same connection."""
    handshake = Handshake("10.0.0.9")
    set_up(handshake, b"RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001")
    handshake.request(PLAY)
    assert handshake.answer(PLAYING) == PLAYING
    assert handshake.playing

    told = set_up(handshake, b"RTP/AVP;unicast;server_port=1-2;/source=8.8.8.8")

    assert b"8.8.8.8" not in told
    assert b"source=10.0.0.9" in told
    with pytest.raises(RelayError):
        handshake.answer(b"RTSP/1.0 302 Moved\r\nLocation: rtsp://8.8.8.8/\r\n\r\n")


def test_only_the_answer_to_play_ends_the_reading() -> None:
    """A camera cannot open the door by answering something else."""
    handshake = Handshake("10.0.0.9")
    handshake.request(PLAY)
    handshake.answer(PLAYING.replace(b"CSeq: 5", b"CSeq: 4"))
    handshake.answer(PLAYING.replace(b"200 OK", b"401 Unauthorized"))
    assert not handshake.playing


@given(st.data())
def test_answers_are_read_however_they_are_cut(data: st.DataObject) -> None:
    """TCP has no messages: one byte at a time gives what all at once gives."""
    body = data.draw(st.binary(max_size=40))
    text = (
        b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body
        + b"$\x01\x00\x03abc"
        + PLAYING
        + b"rest"
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    handshake = Handshake("10.0.0.9")
    set_up(handshake, b"RTP/AVP/TCP;unicast;interleaved=0-1")
    handshake.request(PLAY)
    out = b"".join(
        handshake.answer(text[start:end])
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)
    )
    assert out == text


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_any_bytes_end_in_the_relays_own_error_or_pass(parts: list[bytes]) -> None:
    """And never in more memory than an answer may take."""
    handshake = Handshake("10.0.0.9")
    try:
        for part in parts:
            handshake.request(part)
            handshake.answer(part)
    except RelayError:
        assert not handshake.playing


@pytest.mark.parametrize(
    "flood",
    [
        b"RTSP/1.0 200 OK\r\nX: " + b"a" * 100_000,
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n",
    ],
)
def test_answer_without_an_end_is_refused(flood: bytes) -> None:
    """A hostile camera cannot fill the memory."""
    with pytest.raises(RelayError):
        Handshake("10.0.0.9").answer(flood)


def test_port_that_refuses_is_told_as_such() -> None:
    """Better than FFmpeg could: the engine itself connects."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert opened(f"rtsp://127.0.0.1:{port}/") is StreamError.CANNOT_CONNECT


def test_silent_camera_is_a_timeout() -> None:
    """It accepts, and says nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"rtsp://127.0.0.1:{silent.getsockname()[1]}/"
        began = time.monotonic()
        assert opened(url, open_timeout=1.0) is StreamError.TIMEOUT
        assert time.monotonic() - began < 8


def test_relay_nobody_uses_is_closed() -> None:
    """Its sockets do not stay open; a second client never gets in."""
    with camera("127.0.0.1") as first:
        relay = Relay("127.0.0.1", first.port, timeout=2)
        client = socket.create_connection(("127.0.0.1", relay.port), 2)
        deadline = time.monotonic() + 5
        while relay._client is None and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", relay.port), 2)
        relay.close()
        client.settimeout(5)
        assert client.recv(1) == b""
        client.close()


def test_encrypted_camera_is_reached_in_the_clear_by_ffmpeg_only() -> None:
    """The relay encrypts: what leaves the machine is TLS."""
    with socket.socket() as plain:
        plain.bind(("127.0.0.1", 0))
        plain.listen()
        received: list[bytes] = []

        def serve() -> None:
            client, _ = plain.accept()
            with client:
                received.append(client.recv(3))

        thread = Thread(target=serve, daemon=True)
        thread.start()
        with pytest.raises((OSError, ssl.SSLError)):
            Relay("127.0.0.1", plain.getsockname()[1], timeout=2, tls=True)
        thread.join(5)
    # A TLS handshake record (RFC 8446, 5.1), not RTSP.
    assert received[0][:2] == b"\x16\x03"
