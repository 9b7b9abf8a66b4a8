"""What a clip's packets pass on their way to its file."""

from collections.abc import Callable

from .clip_order import ClipOrder
from .clip_queue import ClipQueue
from .clip_steps import Steps
from .masking.shown import ShownPacket
from .masking.veil import CLIP_QUALITY, open_veil
from .packet import Packet, VideoParameters


class ClipVeil:
    """A veil that knows how much waits for it. Used by the clip's thread."""

    def __init__(
        self,
        order: ClipOrder,
        queue: ClipQueue,
        steps: Steps,
        hurried: Callable[[], bool],
    ) -> None:
        """Open it; ``hurried`` tells whether to leave pictures out. Raises MaskError."""
        self._masks = bool(order.mask)
        self._queue = queue
        self._steps = steps
        self._hurried = hurried
        self._veil = open_veil(
            order.video,
            order.mask,
            effort=order.effort,
            after=order.after,
            quality=CLIP_QUALITY,
        )

    @property
    def video(self) -> VideoParameters:
        """What the pictures are that come out."""
        return self._veil.video

    def show(self, packet: Packet | None) -> list[ShownPacket]:
        """Return what may be shown by now, or None: what was held back.

        That may take its time: it is not the disk's fault. Raises MaskError.
        """
        if not self._masks:
            return self._veil.finish() if packet is None else self._veil.show(packet)
        self._steps.veil()
        full = 1.0 if self._hurried() else self._queue.full
        self._veil.lag(self._queue.behind, full)
        shown = self._veil.finish() if packet is None else self._veil.show(packet)
        self._steps.disk()
        return shown

    def close(self) -> None:
        """Free it."""
        self._veil.close()
