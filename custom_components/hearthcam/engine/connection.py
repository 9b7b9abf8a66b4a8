"""One RTSP connection: opened, described, and read as self-contained packets."""

from collections.abc import Iterator
from ipaddress import ip_address
import socket
import time
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from ..privacy.local_only import Resolver, checked_url, only_name
from .clock import Clock, TimestampMapper
from .errors import StreamFailure, classify
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from .protocol import StreamError, StreamInfo, StreamSource, Transport
from .relay import Relay
from .sequence import Sequencer, arrivals
from .tunnel import TunnelTarget

VIDEO_CODECS: Final = frozenset({"h264", "hevc", "mjpeg"})
AUDIO_CODECS: Final = frozenset({"aac", "pcm_alaw", "pcm_mulaw", "pcm_s16be", "opus"})

# Nothing but RTSP and what carries it; never http, file, or a playlist. Datagrams only
# where they are asked for: FFmpeg then has no way but the one to the relay.
_DATAGRAMS: Final = "rtsp,rtp,udp,tcp"
_BYTES: Final = "rtsp,tcp"
_DEFAULT_PORTS: Final = {"rtsp": 554, "rtsps": 322}
_MOST_REDIRECTS: Final = 3
_TRANSPORT: Final = {
    # Multicast is never tried: its group would be the camera's choice.
    Transport.AUTO: {
        "rtsp_transport": "udp+tcp",
        "rtsp_flags": "prefer_tcp",
        "protocol_whitelist": _DATAGRAMS,
    },
    Transport.TCP: {"rtsp_transport": "tcp", "protocol_whitelist": _BYTES},
    Transport.UDP: {"rtsp_transport": "udp", "protocol_whitelist": _DATAGRAMS},
    # The tunnel is the relay's: FFmpeg speaks RTSP only.
    Transport.HTTP: {"rtsp_transport": "tcp", "protocol_whitelist": _BYTES},
}


def _options(transport: Transport, open_timeout: float) -> dict[str, str]:
    return _TRANSPORT[transport] | {
        # ONVIF metadata and anything else is not asked for.
        "allowed_media_types": "video+audio",
        # Of the socket. Silence is normal while a stream opens: some cameras send
        # nothing before their next keyframe.
        "timeout": str(int(open_timeout * TIME_BASE)),
        # The frame rate is measured from packets; waiting for it here would
        # delay the first picture by seconds.
        "fpsprobesize": "0",
        "analyzeduration": str(5 * TIME_BASE),
        "reorder_queue_size": "64",
    }


class Connection:
    """An open stream. Used from one thread only, but for `abort`; always closed."""

    def __init__(
        self,
        source: StreamSource,
        *,
        open_timeout: float = 15.0,
        resolver: Resolver = socket.getaddrinfo,
    ) -> None:
        """Open it; blocks up to the timeout (s). Raises StreamFailure."""
        self._relay, self._container = _open(source, open_timeout, resolver)
        try:
            self._video_stream, self._audio_stream = self._choose()
            self.video = self._describe_video(self._video_stream)
            self.audio = self._describe_audio(self._audio_stream)
        except BaseException:
            self.close()
            raise

    def _choose(self) -> tuple[VideoStream, AudioStream | None]:
        """Take the first video and audio; their indices are not fixed."""
        streams = self._container.streams
        if not streams.video:
            raise StreamFailure(StreamError.NO_VIDEO)
        video = streams.video[0]
        if video.codec_context is None or video.codec_context.name not in VIDEO_CODECS:
            raise StreamFailure(StreamError.UNSUPPORTED_CODEC)
        audio = None
        for candidate in streams.audio:
            context = candidate.codec_context
            if context is not None and context.name in AUDIO_CODECS:
                audio = candidate
                break
        return video, audio

    def _describe_video(self, stream: VideoStream) -> VideoParameters:
        context = stream.codec_context
        if not context.width or not context.height:
            raise StreamFailure(StreamError.NO_VIDEO)
        rate = stream.guessed_rate or stream.average_rate
        fps = float(rate) if rate else 0.0
        return VideoParameters(
            codec=context.name,
            width=context.width,
            height=context.height,
            # 90 kHz is what FFmpeg says when it knows nothing.
            fps=fps if 0 < fps <= 240 else 0.0,
            extradata=context.extradata or b"",
        )

    def _describe_audio(self, stream: AudioStream | None) -> AudioParameters | None:
        if stream is None:
            return None
        context = stream.codec_context
        channels = context.layout.nb_channels if context.layout else 0
        if not context.sample_rate or not 1 <= channels <= 2:
            return None
        return AudioParameters(
            codec=context.name,
            sample_rate=context.sample_rate,
            channels=channels,
            extradata=context.extradata or b"",
        )

    @property
    def info(self) -> StreamInfo:
        """What the stream is, in the protocol's words."""
        return StreamInfo(
            codec=self.video.codec,
            width=self.video.width,
            height=self.video.height,
            fps=self.video.fps,
            audio_codec=self.audio.codec if self.audio else None,
        )

    def packets(self, mapper: TimestampMapper, clock: Clock) -> Iterator[Packet]:
        """Yield packets until the stream ends. Raises StreamFailure.

        A killed server ends the stream without an error, a pulled cable with a
        timeout; both are failures here, since a camera never ends by itself.
        """
        streams = [self._video_stream, self._audio_stream]
        chosen = [stream.index for stream in streams if stream is not None]
        sequencers = {
            index: Sequencer(
                mapper,
                self.video if index == self._video_stream.index else self.audio,
            )
            for index in chosen
        }
        try:
            demuxed = self._container.demux(chosen)
            for packet, arrival in arrivals(demuxed, chosen, clock):
                yield sequencers[packet.stream_index].convert(packet, arrival)
        except av.FFmpegError as error:
            raise StreamFailure(classify(error)) from None
        raise StreamFailure(StreamError.ENDED)

    def abort(self) -> None:
        """End a read that blocks, from any thread; `packets` then raises.

        A stream over UDP ends with FFmpeg's own timeout only.
        """
        self._relay.close(0)

    def close(self) -> None:
        """Close the connection."""
        self._container.close()
        self._relay.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()


def _open(
    source: StreamSource, timeout: float, resolver: Resolver
) -> tuple[Relay, InputContainer]:
    """Open a stream through a relay, following redirects that the gate allows."""
    url = source.url
    deadline = time.monotonic() + timeout
    checked: SplitResult | None = None
    for _ in range(_MOST_REDIRECTS):
        relay: Relay | None = None
        try:
            # Who may choose names to look up can tell the world something by them.
            leads = urlsplit(checked_url(url, only_name(source.url, resolver)))
            checked = _led(checked, leads)
            # With its name: servers of several names look at it.
            tunnel = None
            if source.transport is Transport.HTTP:
                tunnel = TunnelTarget.of_url(urlsplit(url))
            relay, local = _relayed(checked, timeout, tunnel)
            container = av.open(
                local,
                format="rtsp",
                options=_options(source.transport, timeout),
                # None for reads: PyAV's own timeout takes the interpreter's lock at
                # each of FFmpeg's waits (an eighth of all CPU). A camera that falls
                # silent is noticed by `Source.check`, which closes the relay.
                timeout=(timeout, None),
            )
        except Exception as error:  # noqa: BLE001 - whatever a camera provokes
            if relay is not None:
                relay.close()
                if relay.redirect and checked is not None:
                    url = _with_login(relay.redirect, checked)
                    continue
            # Without its cause: FFmpeg's errors quote the URL with its password.
            reason = classify(error)
            if reason is StreamError.NO_VIDEO and time.monotonic() >= deadline:
                # FFmpeg calls an interrupted answer invalid.
                reason = StreamError.TIMEOUT
            raise StreamFailure(reason) from None
        return relay, container
    raise StreamFailure(StreamError.CANNOT_CONNECT)


def _led(asked: SplitResult | None, leads: SplitResult) -> SplitResult:
    """Return where a camera leads, if it does.

    What listens on this machine only is not for cameras to ask. Raises StreamFailure.
    """
    if asked is not None and _is_own(leads) and not _is_own(asked):
        raise StreamFailure(StreamError.CANNOT_CONNECT)
    return leads


def _is_own(url: SplitResult) -> bool:
    return ip_address(url.hostname or "").is_loopback


def _relayed(
    url: SplitResult, timeout: float, tunnel: TunnelTarget | None = None
) -> tuple[Relay, str]:
    """Connect to a checked URL; return the relay, and the URL that leads to it."""
    if url.scheme not in _DEFAULT_PORTS or not url.hostname:
        raise StreamFailure(StreamError.INVALID_URL)
    relay = Relay(
        url.hostname,
        url.port or _DEFAULT_PORTS[url.scheme],
        timeout=timeout,
        tls=url.scheme == "rtsps",
        tunnel=tunnel,
    )
    login, at, _ = url.netloc.rpartition("@")
    netloc = f"{login}{at}127.0.0.1:{relay.port}"
    return relay, url._replace(scheme="rtsp", netloc=netloc).geturl()


def _with_login(redirect: str, asked: SplitResult) -> str:
    """Return where a redirect leads, with the login if it is the same device."""
    target = urlsplit(redirect)
    login, at, _ = asked.netloc.rpartition("@")
    if not at or "@" in target.netloc or target.hostname != asked.hostname:
        return redirect
    return target._replace(netloc=f"{login}@{target.netloc}").geturl()
