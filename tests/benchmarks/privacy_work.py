"""What `privacy` compares: a file masked by the engine, and by `ffmpeg`."""

from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import override

import av

from custom_components.hearthcam.engine.clip_file import MP4_OPTIONS
from custom_components.hearthcam.engine.film import open_film
from custom_components.hearthcam.engine.masking.coding import Settings
from custom_components.hearthcam.engine.masking.effort import Effort, Plan, Share
from custom_components.hearthcam.engine.masking.mask import Mask
from custom_components.hearthcam.engine.masking.veil import LIVE_QUALITY, open_veil
from custom_components.hearthcam.engine.mux import Muxer
from custom_components.hearthcam.engine.parts import Point

from .cameras import GOP

_LEFT, _TOP, _WIDTH, _HEIGHT = 0.1, 0.2, 0.4, 0.25
"""The zone: a tenth of the picture, which drawbox can paint as well."""
ZONE = (
    Point(_LEFT, _TOP),
    Point(_LEFT + _WIDTH, _TOP),
    Point(_LEFT + _WIDTH, _TOP + _HEIGHT),
    Point(_LEFT, _TOP + _HEIGHT),
)
_BLACK = 24


class Kind(StrEnum):
    """For what it is masked."""

    LIVE = "live"
    CLIP = "clip"


class _Fixed(Effort):
    """Encodes with one preset, whatever the machine can do."""

    def __init__(self, preset: str) -> None:
        super().__init__()
        self._preset = preset

    @override
    def join(self, width: int, height: int, fps: float) -> Share:
        return Share(Plan(self._preset, width, height), width * height, fps)


def mask(source: Path, target: Path, kind: Kind, preset: str) -> None:
    """Mask a file as the engine does for a viewer or a clip."""
    with open_film(source) as film, target.open("wb") as file:
        veil = open_veil(film.video, Mask((ZONE,)), effort=_Fixed(preset))
        muxer: Muxer | None = None
        for packet in [*film.packets(), None]:
            for shown in veil.finish() if packet is None else veil.show(packet):
                if muxer is None:
                    options = MP4_OPTIONS if kind is Kind.CLIP else {}
                    form = "mp4" if kind is Kind.CLIP else "mpegts"
                    muxer = Muxer(file, form, shown, veil.video, None, options=options)
                muxer.write(shown)
        if muxer is not None:
            muxer.close()
        veil.close()


def peer(source: Path, target: Path, kind: Kind, preset: str) -> list[str]:
    """Return the command that does the same with `ffmpeg`."""
    with open_film(source) as film:
        video = film.video
    most = Settings(video.width, video.height, Fraction(video.fps)).max_bitrate
    gop = round(GOP * video.fps)
    box = f"x=iw*{_LEFT}:y=ih*{_TOP}:w=iw*{_WIDTH}:h=ih*{_HEIGHT}"
    return [
        *("ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-y"),
        *("-threads", "1", "-i", str(source), "-an", "-filter_threads", "1"),
        *("-vf", f"drawbox={box}:color=black:t=fill"),
        *("-c:v", "libx264", "-preset", preset, "-tune", "zerolatency"),
        *("-crf", str(LIVE_QUALITY), "-maxrate", str(most), "-bufsize", str(2 * most)),
        *("-g", str(gop), "-keyint_min", str(gop), "-sc_threshold", "0"),
        *("-threads", "1", "-f", "mp4" if kind is Kind.CLIP else "mpegts", str(target)),
    ]


def pictures_of(path: Path) -> tuple[int, bool]:
    """Return how many pictures a file has, and if all are black inside of the zone."""
    count, black = 0, True
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            count += 1
            luma = frame.reformat(format="gray", dst_color_range="MPEG").to_ndarray()
            rows = slice(
                round(frame.height * _TOP) + 4,
                round(frame.height * (_TOP + _HEIGHT)) - 4,
            )
            columns = slice(
                round(frame.width * _LEFT) + 4,
                round(frame.width * (_LEFT + _WIDTH)) - 4,
            )
            black = black and int(luma[rows, columns].max()) <= _BLACK
    return count, black
