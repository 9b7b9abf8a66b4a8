"""Auxiliary commands: white light, infrared lamp, siren, wiper (Core 8.8, PTZ 5.8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import override
from xml.sax.saxutils import escape

from ..device import OnvifCamera
from ..errors import OnvifResponseError
from ..services import DEVICE, PTZ


class AuxiliaryKind(StrEnum):
    """What a command switches."""

    WHITE_LIGHT = "white_light"
    IR_LAMP = "ir_lamp"
    SIREN = "siren"
    WIPER = "wiper"
    WASHER = "washer"
    OTHER = "other"


# Words in the names of standard commands (tt:WhiteLight) and of vendors'.
_KINDS = (
    (AuxiliaryKind.IR_LAMP, ("irlamp", "infrared", "irlight", "irled")),
    (
        AuxiliaryKind.WHITE_LIGHT,
        ("whitelight", "whiteled", "spotlight", "floodlight", "lamp", "light"),
    ),
    (AuxiliaryKind.SIREN, ("siren", "alarmsound", "audioalarm", "horn", "buzzer")),
    (AuxiliaryKind.WASHER, ("washer", "washing")),
    (AuxiliaryKind.WIPER, ("wiper",)),
)


@dataclass(frozen=True, slots=True)
class Auxiliary:
    """Something that commands switch.

    Attributes:
        name: the part of the commands before the bar (``tt:WhiteLight``).
        states: what comes behind it, lower case, to the whole command.
        by_ptz: whether the PTZ service takes it, not the device service.
    """

    name: str
    kind: AuxiliaryKind
    states: tuple[tuple[str, str], ...]
    by_ptz: bool

    def command(self, state: str) -> str | None:
        """Return the command for a state (``on``, ``off``, ``auto``)."""
        return dict(self.states).get(state)

    @property
    def can_switch(self) -> bool:
        """Whether it can be switched on and off."""
        return bool(self.command("on") and self.command("off"))

    @override
    def __str__(self) -> str:
        """Return the name without prefix."""
        return self.name.rpartition(":")[2]


def read_auxiliaries(commands: Iterable[str], *, by_ptz: bool) -> tuple[Auxiliary, ...]:
    """Return what a list of commands switches; those without a state are left out."""
    found: dict[str, dict[str, str]] = {}
    for command in commands:
        name, bar, state = command.partition("|")
        if name and bar and state:
            found.setdefault(name, {}).setdefault(state.lower(), command)
    return tuple(
        Auxiliary(name, _kind(name), tuple(states.items()), by_ptz)
        for name, states in found.items()
    )


async def send_auxiliary(
    camera: OnvifCamera, auxiliary: Auxiliary, state: str, profile: str | None = None
) -> None:
    """Switch something; the PTZ service wants the token of a profile.

    Raises as `OnvifCamera`; OnvifResponseError when it has no such state.
    """
    command = auxiliary.command(state)
    if command is None or (auxiliary.by_ptz and profile is None):
        raise OnvifResponseError("The camera has no such command")
    if auxiliary.by_ptz:
        body = (
            f"<ProfileToken>{escape(profile or '')}</ProfileToken>"
            f"<AuxiliaryData>{escape(command)}</AuxiliaryData>"
        )
        await camera.call(PTZ, "SendAuxiliaryCommand", body, lenient=True)
    else:
        body = f"<AuxiliaryCommand>{escape(command)}</AuxiliaryCommand>"
        await camera.call(DEVICE, "SendAuxiliaryCommand", body, lenient=True)


def _kind(name: str) -> AuxiliaryKind:
    word = name.rpartition(":")[2].lower().replace("_", "")
    for kind, words in _KINDS:
        if any(part in word for part in words):
            return kind
    return AuxiliaryKind.OTHER
