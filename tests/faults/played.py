"""What a clip's file holds, played from its first frame to its last."""

from pathlib import Path
from typing import Final

import av

from custom_components.hearthcam.library.tag import ClipTag

FPS: Final = 10


def end_of(path: Path) -> tuple[str, float]:
    """Decode a whole file, strictly; return its camera and its last frame's end (s)."""
    with av.open(str(path)) as container:
        tag = ClipTag.from_json(container.metadata["comment"])
        stream = container.streams.video[0]
        stream.codec_context.options = {"err_detect": "explode"}
        last = max(float(frame.time or 0.0) for frame in container.decode(stream))
    return tag.camera_id, tag.start + last + 1 / FPS
