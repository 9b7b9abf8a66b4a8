"""The writers of one camera's clips, and what each of them writes."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
import time
from typing import Final
from zoneinfo import ZoneInfo

from ..library.layout import clip_path
from ..library.tag import ClipTag
from .clip import ClipOwner, ClipWriter
from .clip_order import ClipOrder, Hiding
from .masking.mask import Mask
from .masking.veil import encoder_hangs
from .protocol import ConfigureCamera
from .storage import Place
from .waiting import Piece

_LOOK: Final = 0.25
"""Seconds between two looks at who is done."""


class ClipWriters:
    """Begins and keeps writers; all but `join` is called under the owner's lock."""

    def __init__(
        self, config: ConfigureCamera, owner: ClipOwner, hiding: Hiding
    ) -> None:
        """Prepare; ``owner`` is told by the writers' threads."""
        self._owner = owner
        self._hiding = hiding
        self._pieces: dict[ClipWriter, Piece] = {}
        self._leaving = self._hurried = False
        self.configure(config)

    def configure(self, config: ConfigureCamera) -> None:
        """Use another time zone, and sync or not, from the next clip on."""
        self._marks = Mask.of(config.privacy).marks
        for piece in self._pieces.values():
            # Nobody looks any more whether the camera blacks out the others.
            piece.sources &= self._marks
        self._zone = ZoneInfo(config.time_zone)
        self._sync = config.sync

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._pieces)

    def __iter__(self) -> Iterator[ClipWriter]:
        """Iterate over those that there are now, the oldest first."""
        return iter(tuple(self._pieces))

    def __getitem__(self, writer: ClipWriter) -> Piece:
        """Return what one writes."""
        return self._pieces[writer]

    def drop(self, writer: ClipWriter) -> Piece | None:
        """Forget one that is done."""
        return self._pieces.pop(writer, None)

    def begin(self, piece: Piece, place: Place) -> ClipWriter:
        """Write a piece; all is hidden that was at any time since its first packet."""
        mask = self._hiding.curtain.since(piece.first)
        tag = piece.tag = replace(piece.tag, mask=tuple(sorted(mask.marks)))
        # What had not to be hidden although there is a zone is black in the source.
        piece.sources = self._marks - mask.marks
        piece.place = place
        order = ClipOrder(
            tag=tag,
            place=place,
            path=clip_path(place.directory, tag.start, self._zone, tag.clip_id),
            video=piece.video,
            audio=piece.audio,
            mask=mask,
            hidden=partial(self._hiding.curtain.since, piece.first),
            effort=self._hiding.effort,
            sync=self._sync,
            after=piece.after,
        )
        writer = ClipWriter(order, list(piece.packets), self._owner)
        if self._leaving:
            writer.leave()
        if self._hurried:
            writer.hurry()
        if piece.peak is not None:
            writer.peak = piece.peak
        piece.packets.clear()
        self._pieces[writer] = piece
        writer.begin()
        return writer

    def final_tag(self, writer: ClipWriter) -> ClipTag:
        """Return the note of a clip that ends, with what is known by now.

        A zone that the camera blacked out by itself all the time is black in it too.
        """
        piece = self._pieces[writer]
        return replace(piece.final_tag(), mask=piece.marks)

    def doubt_sources(self) -> None:
        """Claim nothing of what the camera was seen to black out no more.

        Even where it is believed again before the clip ends.
        """
        visible = self._hiding.curtain.mask.marks
        for piece in self._pieces.values():
            piece.sources -= visible

    def revealing(self) -> list[ClipWriter]:
        """Return those that show something which is to be hidden by now."""
        curtain = self._hiding.curtain
        return [
            writer
            for writer, piece in self._pieces.items()
            if not writer.order.mask.covers(curtain.since(piece.first))
        ]

    def hides_too_much(self, piece: Piece) -> bool:
        """Tell whether more is hidden in a piece than has to be from now on."""
        curtain = self._hiding.curtain
        return curtain.since(piece.first).marks != curtain.mask.marks

    def hangs(self, writer: ClipWriter) -> bool:
        """Tell whether one's encoder hangs, and another one should go on."""
        return writer.hung and not self._pieces[writer].retried and encoder_hangs()

    def split(self, writer: ClipWriter) -> Piece | None:
        """End a clip with what was begun to be written; return what goes on."""
        rest, after = writer.split()
        if not rest:
            return None
        following = self._pieces[writer].following(rest, after)
        following.apart()
        if after is not None:
            following.follows = ""
        return following

    def open_paths(self) -> set[Path]:
        """Return the final paths of their clips."""
        return {writer.order.path for writer in self}

    def hurry(self) -> None:
        """Have all of them, and those that begin from now on, be done soon."""
        self._hurried = True
        for writer in self:
            writer.hurry()

    def leave(self) -> None:
        """Have the disk asked for no more than the end of each: the engine leaves."""
        self._leaving = True
        for writer in self:
            writer.leave()

    def join(self, deadline: float, *, advancing: bool = False) -> None:
        """Wait until all are done, or until a time (s, monotonic).

        With ``advancing``, those that do not come forward are not waited for.
        """
        while writers := [one for one in self if one.advances or not advancing]:
            left = deadline - time.monotonic()
            if writers[0].join(max(0.0, min(left, _LOOK))):
                self.drop(writers[0])
            elif left <= 0:
                return
