"""What the other servers play: the simulator's drawn scene, often over, with ticks."""

from fractions import Fraction
from pathlib import Path

import av
from av.packet import Packet
from av.stream import Stream
import numpy as np
import numpy.typing as npt

from tests.simulator import short_scene, small_source
from tests.simulator.encode import default_cache

FPS = 10
SCENE = short_scene()
LOOP = round(SCENE.duration * FPS)
"""Frames of the loop, after which the numbers in the picture begin anew."""
RATES = {"aac": 16_000, "pcm_mulaw": 8_000}
# PyAV puts no G.711 into Matroska; the server makes it.
CODECS = {"aac": "aac", "pcm_mulaw": "pcm_s16le"}
TICK = 0.1
"""Seconds for which a tick sounds, from each full second of the scene on."""
_MILLISECOND = Fraction(1, 1000)


def make(folder: Path, codec: str, audio: str, *, loops: int = 10) -> Path:
    """Return a Matroska file: ``codec`` h264 or hevc; ``audio`` as in RATES, or none.

    Its parameter sets stand in its head only, as in the SDP of many cameras.
    """
    path = folder / f"{codec}-{audio}.mkv"
    if path.exists():
        return path
    with (
        av.open(str(small_source(codec).encode(default_cache()))) as source,
        av.open(str(path), "w", format="matroska") as output,
    ):
        picture = source.streams.video[0]
        video = output.add_stream_from_template(picture)
        seconds = loops * SCENE.duration
        sound = [] if audio == "none" else _sound(output, audio, seconds)
        encoded = [
            (bytes(packet), packet.is_keyframe)
            for packet in source.demux(picture)
            if packet.size
        ]
        assert len(encoded) == LOOP
        for number in range(loops * LOOP):
            data, is_keyframe = encoded[number % LOOP]
            while sound and _time(sound[0]) <= number / FPS:
                output.mux_one(sound.pop(0))
            packet: Packet[Stream] = Packet(data)
            packet.stream, packet.time_base = video, _MILLISECOND
            packet.pts = packet.dts = number * 1000 // FPS
            packet.duration = 1000 // FPS
            packet.is_keyframe = is_keyframe
            output.mux_one(packet)
    return path


def _time(packet: Packet[Stream]) -> float:
    assert packet.pts is not None
    return float(packet.pts * packet.time_base)


def _sound(
    output: av.container.OutputContainer, audio: str, seconds: float
) -> list[Packet[Stream]]:
    rate = RATES[audio]
    stream = output.add_stream(CODECS[audio], rate=rate, layout="mono")
    assert isinstance(stream, av.AudioStream)
    stream.time_base = Fraction(1, rate)
    context = stream.codec_context
    context.format = av.AudioFormat("fltp" if audio == "aac" else "s16")
    context.open()
    step = context.frame_size or rate // 25
    wave = _wave(rate, seconds)
    if audio != "aac":
        wave = (wave * 32767).astype(np.int16)
    packets: list[Packet[Stream]] = []
    for begin in range(0, wave.size, step):
        piece = wave[begin : begin + step].reshape(1, -1).copy()
        frame = av.AudioFrame.from_ndarray(piece, context.format.name, "mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
        packets += stream.encode(frame)
    # The encoder's delay would come first, before zero.
    return [packet for packet in packets if packet.pts is not None and packet.pts >= 0]


def _wave(rate: int, seconds: float) -> npt.NDArray[np.float32]:
    time = np.arange(round(seconds * rate)) / rate
    tick = 0.5 * np.sin(2 * np.pi * 1000 * time) * (time % 1 < TICK)
    return tick.astype(np.float32)
