"""Pictures and short silent animations of finished clips."""

from collections.abc import Iterator
import io
import logging
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image

from .errors import MEDIA_ERRORS
from .masking.mask import Mask, MaskError
from .masking.pictures import image_of, show_frame
from .protocol import Render, Rendered, RenderKind
from .thumbnail import frame_at, jpeg, make_folder

_LOGGER = logging.getLogger(__name__)

PREVIEW_FRAMES: Final = 10
PREVIEW_BYTES: Final = 300 * 1024
_FRAME_MS: Final = 450
_MOST_WIDTH: Final = 3840


def render(command: Render) -> Rendered:
    """Carry out a command; blocks while decoding."""
    clip, target = Path(command.clip), Path(command.path)
    width = min(max(command.width, 16), _MOST_WIDTH)
    mask = Mask.of(command.privacy)
    try:
        if command.kind is RenderKind.PREVIEW:
            data = _preview(clip, width, mask)
        else:
            frame = frame_at(clip, max(command.at, 0.0))
            data = None if frame is None else jpeg(show_frame(frame, mask), width)
        if data is None:
            return Rendered(command.request_id, done=False)
        make_folder(target)
        # Never a half-written picture under the name that is looked up; two may be
        # made at once.
        draft = target.with_name(f"{target.name}.{command.request_id}.tmp")
        try:
            draft.write_bytes(data)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except (*MEDIA_ERRORS, MaskError) as error:
        _LOGGER.warning("No picture of a clip: %s", type(error).__name__)
        return Rendered(command.request_id, done=False)
    return Rendered(command.request_id, done=True)


def _preview(clip: Path, width: int, mask: Mask) -> bytes | None:
    """Return a WebP that shows keyframes from all over the clip."""
    with av.open(str(clip), format="mp4") as container:
        pictures = list(_pictures(container, width, mask))
    if not pictures:
        return None
    while True:
        for quality in (70, 50, 30):
            data = _webp(pictures, quality)
            if len(data) <= PREVIEW_BYTES:
                return data
        if len(pictures) == 1:
            return data
        pictures = pictures[::2]


def _pictures(
    container: InputContainer, width: int, mask: Mask
) -> Iterator[Image.Image]:
    stream: VideoStream = container.streams.video[0]
    stream.codec_context.skip_frame = "NONKEY"
    stream.codec_context.thread_count = 1
    duration = (container.duration or 0) / av.time_base
    seen: set[int] = set()
    for number in range(PREVIEW_FRAMES):
        # The middles of equal parts: the very first frames show nothing yet.
        moment = duration * (number + 0.5) / PREVIEW_FRAMES
        container.seek(int(moment * av.time_base))
        frame = next(container.decode(stream), None)
        if frame is None or frame.pts is None or frame.pts in seen:
            continue
        seen.add(frame.pts)
        yield image_of(show_frame(frame, mask), width)


def _webp(pictures: list[Image.Image], quality: int) -> bytes:
    buffer = io.BytesIO()
    first, *rest = pictures
    first.save(
        buffer,
        "WEBP",
        save_all=True,
        append_images=rest,
        duration=_FRAME_MS,
        loop=0,
        quality=quality,
        method=2,
    )
    return buffer.getvalue()
