"""Clips that have no place on any disk yet: in memory, bounded, the oldest go first."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from ..library.tag import ClipTag
from .ids import new_id
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from .session import CONTINUOUS, Reason
from .storage import Place

MAX_QUEUED: Final = 48 * 1024 * 1024
"""Bytes of one camera that may wait for a disk: over 60 s of 6 Mbit/s."""


@dataclass(slots=True, eq=False)
class Piece:
    """What is to be one file, and the events it belongs to.

    ``packets`` begins with a keyframe. ``follows`` is the clip that failed and goes on
    here, if that was told of; ``told``: so was this one. ``after`` is the time (µs) up
    to which another clip has the pictures; the ones that follow need them. ``sources``
    are the marks of what the camera has blacked out by itself since it began. ``retried`` tells that an encoder hung already.
    """

    tag: ClipTag
    video: VideoParameters
    audio: AudioParameters | None
    events: dict[str, Reason]
    packets: deque[Packet]
    follows: str = ""
    place: Place | None = None
    told: bool = False
    peak: float | None = None
    after: int | None = None
    sources: frozenset[str] = frozenset()
    retried: bool = False
    size: int = field(init=False)
    # The first packet's time (µs), also when it is being written.
    first: int = field(init=False)

    def __post_init__(self) -> None:
        """Count the bytes."""
        self.size = sum(len(packet.data) for packet in self.packets)
        self.first = self.packets[0].pts

    @property
    def has_picture(self) -> bool:
        """Whether a picture has come that belongs to it."""
        return any(
            not packet.is_audio and (self.after is None or packet.pts > self.after)
            for packet in self.packets
        )

    @property
    def begin(self) -> float:
        """When (s) the first picture is that belongs to it."""
        first = self.packets[0]
        if self.after is None or first.pts > self.after:
            return first.time
        return min(
            (
                packet.time
                for packet in self.packets
                if packet.pts > self.after and not packet.is_audio
            ),
            # It is still to come.
            default=(self.after + first.duration) / TIME_BASE,
        )

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks of all that is black in it, as far as it is being written."""
        return tuple(sorted(self.sources.union(self.tag.mask)))

    def following(self, packets: list[Packet], after: int | None = None) -> Piece:
        """Return what goes on with packets of this one's; ``after``: see `Piece`."""
        piece = replace(
            self,
            packets=deque(packets),
            after=self.after if after is None else max(after, self.after or after),
            place=None,
            told=False,
        )
        start = piece.begin
        piece.tag = replace(self.tag, clip_id=new_id(start), start=start)
        return piece

    def apart(self) -> None:
        """Be no part of the clip before any more, which is whole."""
        tag = self.tag
        if tag.kind == CONTINUOUS:
            # A segment is an event of its own.
            self.tag = replace(tag, event_id=tag.clip_id, event_start=tag.start)
        self.events = {
            event_id: event
            for event_id, event in self.events.items()
            if event_id == tag.event_id
            or event.until is None
            or event.until >= tag.start * TIME_BASE
        }

    def final_tag(self) -> ClipTag:
        """Return the note with what is known of the events by now."""
        events = self.events
        zones = {zone for event in events.values() for zone in event.zones}
        lead = events.get(self.tag.event_id)
        return replace(
            self.tag,
            kind=lead.kind if lead else self.tag.kind,
            zones=tuple(sorted(zones)),
            score=max((event.score for event in events.values()), default=0.0),
            events=tuple(sorted(events.keys() - {self.tag.event_id})),
        )


class Waiting:
    """The growing clip while there is no place for it, and whole ones."""

    def __init__(
        self,
        lost: Callable[[float, float], None],
        dropped: Callable[[Piece], None],
        ended: Callable[[float], None],
    ) -> None:
        """Start with nothing.

        ``lost`` is told from when to when (s) pictures are lost, ``dropped`` of a
        clip of which nothing is left, ``ended`` when (s) a growing one was given up.
        """
        self._lost = lost
        self._dropped = dropped
        self._ended = ended
        self.growing: Piece | None = None
        self._whole: deque[Piece] = deque()

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return self.growing is not None or bool(self._whole)

    def put(self, piece: Piece, *, grows: bool) -> None:
        """Let a clip wait."""
        if grows:
            self.growing = piece
        else:
            self._whole.append(piece)

    def finish(self) -> None:
        """Let the growing clip be whole."""
        if self.growing is not None:
            self._whole.append(self.growing)
            self.growing = None

    def take(self) -> tuple[Piece, bool]:
        """Return the next clip to write, and whether it grows."""
        if self._whole:
            return self._whole.popleft(), False
        assert self.growing is not None
        piece, self.growing = self.growing, None
        return piece, True

    def add(self, packet: Packet) -> None:
        """Add to the growing clip, if there is one."""
        if (growing := self.growing) is not None:
            growing.packets.append(packet)
            growing.size += len(packet.data)
            self.bound()

    def bound(self) -> None:
        """Lose the oldest, when that is too much."""
        growing = self.growing
        size = sum(piece.size for piece in self._whole)
        while self._whole and size + (growing.size if growing else 0) > MAX_QUEUED:
            piece = self._whole.popleft()
            size -= piece.size
            self._drop(piece)
        while growing is not None and growing.size > MAX_QUEUED:
            begin = growing.begin
            if _drop_first_gop(growing):
                self._lost(begin, growing.begin)
            else:
                # One endless GOP: the next keyframe begins a clip.
                self.growing = growing = None
                self._ended(begin)

    def clear(self) -> None:
        """Lose everything (the engine leaves)."""
        self.finish()
        for piece in self._whole:
            self._drop(piece)
        self._whole.clear()

    def _drop(self, piece: Piece) -> None:
        self._lost(piece.begin, piece.packets[-1].time)
        self._dropped(piece)


def _drop_first_gop(piece: Piece) -> bool:
    """Drop packets up to the next keyframe; False if there is none."""
    for packet in _following(piece):
        if packet.is_keyframe and not packet.is_audio:
            piece.first = packet.pts
            piece.tag = replace(piece.tag, start=piece.begin)
            return True
    return False


def _following(piece: Piece) -> Iterator[Packet]:
    """Drop the first packet, and yield the one that is first then; and so on."""
    while piece.packets:
        piece.size -= len(piece.packets.popleft().data)
        if piece.packets:
            yield piece.packets[0]
