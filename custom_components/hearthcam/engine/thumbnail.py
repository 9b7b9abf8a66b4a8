"""Pictures as JPEG, and the small one that belongs to every clip."""

from collections.abc import Iterable
import errno
import io
import logging
import os
from pathlib import Path
from typing import Final

import av
from av.video.frame import VideoFrame

from ..library.layout import DRAFT_SUFFIX
from .errors import MEDIA_ERRORS
from .masking.mask import Mask, MaskError
from .masking.pictures import image_of, show_frame
from .masking.shown import ShownFrame

_LOGGER = logging.getLogger(__name__)

THUMBNAIL_WIDTH: Final = 320
_THUMBNAIL_BYTES: Final = 20 * 1024


def jpeg(frame: ShownFrame, width: int | None = None, quality: int = 85) -> bytes:
    """Return a picture as JPEG, scaled down to ``width`` pixels where it is wider.

    A picture that no mask has passed raises TypeError.
    """
    if type(frame) is not ShownFrame:
        raise TypeError("only what may be shown is made a picture")
    buffer = io.BytesIO()
    image_of(frame, width).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def make_thumbnail(clip: Path, target: Path, at: float, mask: Mask) -> Path | None:
    """Write the picture ``at`` seconds into a clip as a small JPEG.

    ``mask`` is black in it, which in a masked clip it is already. Returns the path, or None where no picture could be made (the clip stays).
    """
    try:
        frame = frame_at(clip, max(at, 0.0))
        if frame is None:
            return None
        shown = show_frame(frame, mask)
        for quality in (80, 65, 50, 35):
            data = jpeg(shown, THUMBNAIL_WIDTH, quality)
            if len(data) <= _THUMBNAIL_BYTES:
                break
        make_folder(target)
        # Never a half-written picture under the name that is looked up.
        draft = target.with_name(target.name + DRAFT_SUFFIX)
        draft.write_bytes(data)
        draft.replace(target)
    except (*MEDIA_ERRORS, MaskError) as error:
        _LOGGER.warning("No thumbnail for a clip: %s", type(error).__name__)
        return None
    return target


def make_folder(target: Path) -> None:
    """Make the folder of a picture; raises OSError, also where that is a link."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.parent.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def frame_at(clip: Path, at: float) -> VideoFrame | None:
    """Return the picture ``at`` seconds into a clip; raises av.FFmpegError."""
    with av.open(str(clip), format="mp4") as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        container.seek(int(at * av.time_base))
        return _last_until(container.decode(stream), at)


def _last_until(frames: Iterable[VideoFrame], at: float) -> VideoFrame | None:
    """Return the last frame that is shown at ``at``, else the first there is."""
    found = None
    for frame in frames:
        if found is not None and frame.time is not None and frame.time > at:
            break
        found = frame
    return found
