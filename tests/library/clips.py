"""Real clips for the tests: H.264 in MP4, tagged as the engine tags them."""

from dataclasses import replace
from datetime import tzinfo
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
import numpy as np

from custom_components.hearthcam.library.layout import (
    clip_path,
    relative_thumbnail,
    thumbnail_path,
)
from custom_components.hearthcam.library.models import Clip
from custom_components.hearthcam.library.tag import ClipTag

HYBRID = {"movflags": "hybrid_fragmented", "frag_duration": "500000"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"

CLIP = Clip(
    clip_id="01JD0000000000000000000000",
    camera_id="front_door",
    event_id="01JE0000000000000000000000",
    kind="motion",
    start=1_795_350_000.25,
    end=1_795_350_018.5,
    event_start=1_795_350_005.0,
    path="",
    thumbnail=None,
    size=1_000_000,
    codec="h264",
    width=1920,
    height=1080,
    has_audio=True,
    score=0.5,
)


def make_clip(number: int, root: Path, zone: tzinfo, **changes: object) -> Clip:
    """Return a clip of its own id, a minute after the one before; no file."""
    start = CLIP.start + 60 * number
    clip = replace(
        CLIP,
        clip_id=f"01JD{number:022d}",
        start=start,
        end=start + 18.25,
        event_start=start + 5,
    )
    clip = replace(clip, **changes)  # type: ignore[arg-type]  # given by tests
    path = clip_path(root / clip.camera_id, clip.start, zone, clip.clip_id)
    return replace(clip, path=path.relative_to(root).as_posix())


def tag_of(clip: Clip) -> ClipTag:
    """Return the tag that the clip's file carries."""
    return ClipTag(
        clip.camera_id,
        clip.clip_id,
        clip.event_id,
        clip.start,
        clip.event_start,
        clip.kind,
        clip.zones,
        clip.score,
    )


def write_file(root: Path, clip: Clip, content: bytes, thumbnail: bool = True) -> Path:
    """Put a clip's file, and a thumbnail, where they belong."""
    path = root / clip.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if thumbnail:
        picture = thumbnail_path(path)
        picture.parent.mkdir(exist_ok=True)
        picture.write_bytes(JPEG)
    return path


def encode(
    path: Path,
    comment: str | None = None,
    options: dict[str, str] | None = None,
    *,
    frames: int = 20,
    audio: bool = False,
) -> Path:
    """Write ten frames a second of 64x48 H.264, and silence in AAC if wanted."""
    with av.open(path, "w", format="mp4", options=options or {}) as container:
        if comment is not None:
            container.metadata["comment"] = comment
        video: VideoStream = container.add_stream(
            "libx264", 10, options={"preset": "ultrafast", "g": "5"}
        )
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound: AudioStream | None = (
            container.add_stream("aac", 8000, layout="mono") if audio else None
        )
        for number in range(frames):
            picture = np.full((48, 64, 3), number * 10 % 250, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture)
            frame.pts = number
            container.mux(video.encode(frame))
            if sound is not None:
                silence = np.zeros((1, 800), np.float32)
                tone = av.AudioFrame.from_ndarray(silence, "fltp", "mono")
                tone.sample_rate, tone.pts = 8000, number * 800
                container.mux(sound.encode(tone))
        container.mux(video.encode(None))
        if sound is not None:
            container.mux(sound.encode(None))
    return path


def film(
    root: Path,
    clip: Clip,
    *,
    tag: ClipTag | None,
    seconds: int = 2,
    comment: str | None = None,
) -> Clip:
    """Record the clip for real, and return the row that its file stands for.

    ``comment`` stands in for what the tag would say.
    """
    write_file(root, clip, b"")
    if comment is None and tag is not None:
        comment = tag.to_json()
    path = encode(root / clip.path, comment, HYBRID, frames=seconds * 10)
    return replace(
        clip,
        end=clip.start + seconds,
        thumbnail=relative_thumbnail(clip.path),
        size=path.stat().st_size,
        width=64,
        height=48,
        has_audio=False,
        recovered=True,
    )
