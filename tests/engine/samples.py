"""Compressed video made in memory, as the engine's packets."""

from fractions import Fraction
from functools import cache
import io

import av
from av.packet import Packet as AVPacket
from av.video.stream import VideoStream
import numpy as np

from custom_components.hearthcam.engine.bitstream import parameter_sets
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet, VideoParameters

START = 1_790_000_000 * TIME_BASE


@cache
def video(
    seconds: float = 8.0,
    *,
    codec: str = "h264",
    fps: int = 10,
    gop: int = 10,
    width: int = 320,
    height: int = 180,
    b_frames: int = 0,
) -> tuple[VideoParameters, tuple[Packet, ...]]:
    """Encode a brightening picture; packets begin at ``START``.

    With ``b_frames`` (H.264) they do not come in the order in which they are shown.
    """
    encoder = "libx265" if codec == "hevc" else "libx264"
    options = {"preset": "ultrafast", "tune": "zerolatency"}
    if b_frames:
        options = {
            "preset": "ultrafast",
            "x264-params": f"bframes={b_frames}:b-adapt=0:scenecut=0",
        }
    if codec == "hevc":
        options["x265-params"] = f"log-level=none:keyint={gop}:repeat-headers=1"
    packets: list[AVPacket[VideoStream]] = []
    with av.open(io.BytesIO(), "w", format="mpegts") as container:
        stream = container.add_stream(encoder, rate=fps, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.gop_size = gop
        for index in range(round(seconds * fps)):
            picture = np.full((height, width, 3), index * 2 % 256, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            packets += stream.encode(frame)
        packets += stream.encode()
    step = TIME_BASE // fps
    result = tuple(
        Packet(
            data=bytes(packet),
            # The encoder counts pictures, which is what is shown.
            pts=START + (_shown(packet, fps) if b_frames else index) * step,
            dts=START + index * step - b_frames * step,
            duration=step,
            is_keyframe=packet.is_keyframe,
        )
        for index, packet in enumerate(packets)
    )
    sets = parameter_sets(codec, result[0].data)
    return VideoParameters(codec, width, height, float(fps), sets), result


def _shown(packet: AVPacket[VideoStream], fps: int) -> int:
    assert packet.pts is not None
    return round(packet.pts * packet.time_base * fps)


def bare(time: float, *, keyframe: bool = False, size: int = 10) -> Packet:
    """Return a packet without a picture, ``time`` seconds after ``START``."""
    at = START + round(time * TIME_BASE)
    return Packet(bytes(size), at, at, TIME_BASE // 10, keyframe)
