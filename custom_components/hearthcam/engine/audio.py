"""Sound on its way into a container: AAC as it is, everything else made AAC.

MP4 players and Home Assistant's HLS take AAC; cameras often send G.711. Encoding
happens only while a clip is written or somebody watches.
"""

from collections.abc import Sequence
from fractions import Fraction
import logging
from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from .bitstream import adts_header
from .packet import TIME_BASE, AudioParameters, Compressed, Packet

_LOGGER = logging.getLogger(__name__)

COPIED: Final = frozenset({"aac"})
"""Codecs that outputs take as they are (the source adds their ADTS headers)."""

_BIT_RATE: Final = 32_000
_PRIMING: Final = 1024
"""Samples that FFmpeg's AAC encoder puts before the first one (its padding)."""
_SLACK: Final = TIME_BASE // 2
_MICROSECONDS: Final = Fraction(1, TIME_BASE)


class AudioTrack:
    """Turns a camera's audio packets into AAC packets with ADTS headers."""

    def __init__(self, parameters: AudioParameters) -> None:
        """Prepare for a stream with these parameters."""
        self.sample_rate = parameters.sample_rate
        self.channels = parameters.channels
        self._copy = parameters.codec in COPIED
        self._decoder: AudioCodecContext | None = None
        self._encoder: AudioCodecContext | None = None
        self._resampler: AudioResampler | None = None
        self._next_pts: int | None = None
        # Samples that went in and have not come out; the encoder's first frame
        # comes before the first sample.
        self._held = _PRIMING
        if not self._copy:
            self._open(parameters)

    def _open(self, parameters: AudioParameters) -> None:
        layout = "mono" if parameters.channels == 1 else "stereo"
        self.channels = 1 if layout == "mono" else 2
        decoder = av.CodecContext.create(parameters.codec, "r")
        assert isinstance(decoder, AudioCodecContext)
        decoder.sample_rate = parameters.sample_rate
        decoder.layout = layout
        encoder = av.CodecContext.create("aac", "w")
        assert isinstance(encoder, AudioCodecContext)
        encoder.sample_rate = parameters.sample_rate
        encoder.layout = layout
        encoder.format = "fltp"
        encoder.bit_rate = _BIT_RATE
        encoder.time_base = Fraction(1, parameters.sample_rate)
        encoder.open()
        self._resampler = AudioResampler(
            format="fltp",
            layout=layout,
            rate=parameters.sample_rate,
            frame_size=encoder.frame_size,
        )
        self._decoder, self._encoder = decoder, encoder

    def convert(self, packet: Compressed) -> Sequence[Compressed]:
        """Return the packets to mux for one packet of the camera (maybe none).

        A broken packet gives silence, never an error: a picture without its sound
        beats no picture.
        """
        if self._copy:
            return [packet]
        try:
            return self._transcode(packet)
        except av.FFmpegError as error:
            _LOGGER.debug("Dropping audio: %s", type(error).__name__)
            return []

    def _transcode(self, packet: Compressed) -> list[Packet]:
        assert self._decoder is not None
        assert self._encoder is not None
        assert self._resampler is not None
        source = av.Packet(packet.data)
        source.pts = source.dts = packet.pts
        source.time_base = _MICROSECONDS
        result: list[Packet] = []
        for decoded in self._decoder.decode(source):
            if not self._follow(packet.pts):
                continue
            self._held += decoded.samples
            decoded.pts = None
            for frame in self._resampler.resample(decoded):
                result.extend(self._encode(frame))
        return result

    def _follow(self, pts: int) -> bool:
        """Anchor the encoder's sample count to the camera's time, over gaps too.

        False: there is more sound than time (packets sent twice, a camera whose
        sample rate is not what it says), and this piece is left out. Going back
        instead would be refused by the muxer, and end the clip.
        """
        due = pts - self._held * TIME_BASE // self.sample_rate
        if self._next_pts is None or due - self._next_pts > _SLACK:
            self._next_pts = due
        return self._next_pts - due <= _SLACK

    def _encode(self, frame: AudioFrame) -> list[Packet]:
        assert self._encoder is not None
        assert self._next_pts is not None
        frame.pts = None
        duration = frame.samples * TIME_BASE // self.sample_rate
        encoded = []
        for packet in self._encoder.encode(frame):
            data = bytes(packet)
            header = adts_header(len(data), self.sample_rate, self.channels)
            encoded.append(
                Packet(
                    data=header + data,
                    pts=self._next_pts,
                    dts=self._next_pts,
                    duration=duration,
                    is_keyframe=True,
                    is_audio=True,
                )
            )
            self._next_pts += duration
            self._held -= frame.samples
        return encoded
