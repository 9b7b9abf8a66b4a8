"""The simulated microphone: eight seconds with a tick at each full second."""

from dataclasses import dataclass
import functools

import av
import numpy as np
import numpy.typing as npt

from .rtp import aac_payload, make_batch
from .track import Unit

LOOP = 8
"""Seconds; whole frames of AAC at 16 kHz and of G.711 at 8 kHz fit into it."""
TICK = 0.1
"""Seconds for which the tick of each full second sounds."""


@dataclass(frozen=True, slots=True, eq=False)
class AudioTrack:
    """A loop of audio, in step with the stream's time, not with the picture's loop."""

    codec: str
    clock: int
    payload_type: int
    description: tuple[str, ...]
    """Its lines in the SDP: rtpmap and fmtp."""
    units: tuple[Unit, ...]
    duration: float = LOOP


@functools.cache
def load_audio(codec: str) -> AudioTrack:
    """Make the loop as "aac", "pcm_alaw" or "pcm_mulaw"; blocks."""
    rate = 16000 if codec == "aac" else 8000
    frame = 1024 if codec == "aac" else 320
    context = av.CodecContext.create(codec, "w")
    if not isinstance(context, av.AudioCodecContext):
        raise TypeError(f"{codec} is not a codec of audio")
    context.sample_rate = rate
    context.layout = "mono"
    context.format = av.AudioFormat("fltp" if codec == "aac" else "s16")
    context.open()
    # Three rounds, of which the middle one is kept: AAC's frames overlap.
    sound = np.tile(_samples(rate).reshape(1, -1), 3)
    pcm = (sound * 32767).astype(np.int16)
    kept: list[bytes] = []
    length = LOOP * rate
    for position in range(0, pcm.shape[1], frame):
        span = slice(position, position + frame)
        piece = (
            av.AudioFrame.from_ndarray(sound[:, span].copy(), "fltp", "mono")
            if codec == "aac"
            else av.AudioFrame.from_ndarray(pcm[:, span].copy(), "s16", "mono")
        )
        piece.sample_rate = rate
        piece.pts = position
        kept += [
            bytes(packet)
            for packet in context.encode(piece)
            if packet.pts is not None and length <= packet.pts < 2 * length
        ]
    if codec == "aac":
        extradata = context.extradata or b""
        payload_type, payloads = 97, [aac_payload(data) for data in kept]
        description: tuple[str, ...] = (
            f"rtpmap:97 MPEG4-GENERIC/{rate}/1",
            "fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13"
            f";indexlength=3;indexdeltalength=3;config={extradata[:2].hex().upper()}",
        )
    else:
        payload_type, payloads = (8 if codec == "pcm_alaw" else 0), kept
        name = "PCMA" if codec == "pcm_alaw" else "PCMU"
        description = (f"rtpmap:{payload_type} {name}/{rate}/1",)
    units = tuple(
        Unit(
            number * frame / rate,
            # The marker ends a frame of AAC; in G.711 it would begin a talkspurt.
            make_batch([payload], payload_type, marker=codec == "aac"),
        )
        for number, payload in enumerate(payloads)
    )
    return AudioTrack(codec, rate, payload_type, description, units)


def _samples(rate: int) -> npt.NDArray[np.float32]:
    time = np.arange(LOOP * rate) / rate
    hum = 0.02 * np.sin(2 * np.pi * 125 * time)
    tick = 0.5 * np.sin(2 * np.pi * 1000 * time) * (time % 1 < TICK)
    return (hum + tick).astype(np.float32)
