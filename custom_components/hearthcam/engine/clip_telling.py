"""What is told of one camera's clips while they are written."""

from collections.abc import Callable

from .clip import ClipWriter
from .protocol import ClipFailed, ClipOpened, Lost, LostCause, Report
from .session import CONTINUOUS
from .waiting import Piece


class ClipTelling:
    """Makes reports of what happens to clips. Called under the owner's lock."""

    def __init__(self, camera_id: str, report: Callable[[Report], None]) -> None:
        """Prepare for one camera."""
        self._camera_id = camera_id
        self._report = report
        # The last event of which it was told that it could not be masked.
        self._blocked = ""

    def opened(self, writer: ClipWriter, piece: Piece) -> None:
        """Tell of a clip that can be played, and which one it goes on with."""
        piece.told = True
        follows, piece.follows = piece.follows, ""
        tag = piece.tag
        self._report(
            ClipOpened(
                tag.camera_id,
                tag.clip_id,
                tag.event_id,
                writer.start,
                str(writer.order.path),
                tag.kind,
                follows,
                mask=piece.marks,
            )
        )

    def lost(self, start: float, end: float, cause: LostCause) -> None:
        """Tell of pictures that are in no clip (s of the epoch)."""
        if end > start:
            self._report(Lost(self._camera_id, start, end, cause))

    def failed(self, piece: Piece, cause: LostCause) -> None:
        """Tell that a clip failed."""
        self._tell(piece, piece.tag.clip_id, cause)

    def dropped(self, piece: Piece, cause: LostCause) -> None:
        """Tell that there is no clip, where it was to go on with a failed one."""
        if piece.follows:
            self._tell(piece, piece.follows, cause)

    def _tell(self, piece: Piece, clip_id: str, cause: LostCause) -> None:
        tag = piece.tag
        self._report(ClipFailed(tag.camera_id, clip_id, tag.event_id, cause))

    def blocked(self, piece: Piece, cause: LostCause) -> None:
        """Tell that a clip could not be masked, once for each event."""
        tag = piece.tag
        name = CONTINUOUS if tag.kind == CONTINUOUS else tag.event_id
        if name != self._blocked:
            self._blocked = name
            self.failed(piece, cause)

    def masked(self) -> None:
        """Take note that masking works."""
        self._blocked = ""
