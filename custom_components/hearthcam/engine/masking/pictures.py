"""Pictures through the mask."""

from av.video.frame import VideoFrame

from .mask import Mask
from .shown import ShownFrame


def show_frame(frame: VideoFrame, mask: Mask) -> ShownFrame:
    """Return a picture as it may be shown. Raises MaskError."""
    return ShownFrame(mask.paint(frame) if mask else frame)
