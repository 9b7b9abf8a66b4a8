"""Loops for the demo, cut from recorded footage."""

from collections.abc import Iterator
from dataclasses import dataclass
import hashlib
from pathlib import Path

import av


@dataclass(frozen=True, slots=True)
class Film:
    """Pieces of a video file, one after the other."""

    name: str
    """The file's name, without its ending."""
    pieces: tuple[tuple[float, float], ...]
    """Start and end of each, in seconds."""

    def cut(self, footage: Path, folder: Path) -> Path | None:
        """Return the file with the pieces, made now or earlier; blocks.

        Returns None where the footage is not there.
        """
        source = footage / f"{self.name}.mp4"
        if not source.is_file():
            return None
        key = hashlib.sha256(repr(self).encode()).hexdigest()[:12]
        target = folder / f"{self.name}-{key}.mp4"
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_suffix(".part")
            self._encode(source, unfinished)
            unfinished.replace(target)
        return target

    def _encode(self, source: Path, target: Path) -> None:
        with av.open(str(source)) as film:
            rate = film.streams.video[0].average_rate
            width, height = film.streams.video[0].width, film.streams.video[0].height
        with av.open(str(target), "w", format="mp4") as output:
            stream = output.add_stream("libx264", rate=rate)
            stream.width, stream.height = width, height
            stream.pix_fmt = "yuv420p"
            # No B-frames and a keyframe every 2 s, as cameras send.
            stream.options = {
                "preset": "veryfast",
                "crf": "23",
                "bf": "0",
                "g": str(round(2 * rate)),
                "sc_threshold": "0",
            }
            for number, frame in enumerate(self._frames(source)):
                frame.pts = number
                frame.time_base = 1 / rate
                frame.pict_type = av.video.frame.PictureType.NONE
                output.mux(stream.encode(frame))
            output.mux(stream.encode())

    def _frames(self, source: Path) -> Iterator[av.VideoFrame]:
        for start, end in self.pieces:
            with av.open(str(source)) as film:
                for frame in film.decode(video=0):
                    if frame.time >= end:
                        break
                    if frame.time >= start:
                        yield frame
