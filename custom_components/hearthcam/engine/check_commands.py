"""What a self-test of privacy zones asks of the engine; see `protocol`."""

from dataclasses import dataclass, field

from .parts import Point


@dataclass(frozen=True, slots=True)
class Inspect:
    """Looks whether polygons are black in a picture or film that an output gave.

    ``path`` is absolute. At most ``most_frames`` pictures are decoded. Answered by
    :class:`Inspected`.
    """

    request_id: str
    path: str
    polygons: tuple[tuple[Point, ...], ...]
    most_frames: int = 300


@dataclass(frozen=True, slots=True)
class Expose:
    """Asks whether polygons would be seen in a camera's picture if they were shown.

    Where it is dark in one, that it looks black proves nothing. Answered by
    :class:`Exposed`.
    """

    request_id: str
    camera_id: str
    polygons: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True, slots=True)
class LetIn:
    """Lets whoever brings ``key`` look at a camera that leaked, and nobody else.

    It is for a test of the masking, through which all of it goes: live video and
    stills. None ends that, as does any change of what is blocked.
    """

    camera_id: str
    key: str | None = field(default=None, repr=False)
