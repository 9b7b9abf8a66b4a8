"""Pictures through the mask."""

from av.video.frame import VideoFrame
from PIL import Image

from .mask import Mask
from .shown import ShownFrame


def show_frame(frame: VideoFrame, mask: Mask) -> ShownFrame:
    """Return a picture as it may be shown. Raises MaskError."""
    return ShownFrame(mask.paint(frame) if mask else frame)


def image_of(shown: ShownFrame, width: int | None = None) -> Image.Image:
    """Return a picture in RGB, scaled down to ``width`` pixels where it is wider."""
    frame = shown.picture
    if width is not None and width < frame.width:
        height = max(2, round(frame.height * width / frame.width / 2) * 2)
        frame = frame.reformat(width=width, height=height)
    return Image.fromarray(frame.to_ndarray(format="rgb24"))
