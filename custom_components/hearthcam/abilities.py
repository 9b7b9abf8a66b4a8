"""What a camera can do by itself, in a form that outlives its absence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from .onvif import MediaProfile
from .onvif.control import (
    Auxiliary,
    AuxiliaryKind,
    CameraCapabilities,
    PictureSetting,
    Range,
    Relay,
)
from .onvif.events import EventKind

MAX_INPUTS: Final = 64


@dataclass(frozen=True, slots=True)
class Movement:
    """How a camera can be moved.

    ``is_sure`` unless only a node says so that no profile belongs to: fixed cameras
    have such.
    """

    pan_tilt: bool = False
    zoom: bool = False
    presets: bool = False
    home: bool = False
    is_sure: bool = False


@dataclass(frozen=True, slots=True)
class Abilities:
    """What there are entities for.

    Attributes:
        kinds: classes of events that the camera declares, or sent.
        inputs: tokens of digital inputs.
        settings: those of the picture, without their values.
        masks: whether it can black out parts of the picture.
    """

    kinds: frozenset[EventKind] = frozenset()
    inputs: tuple[str, ...] = ()
    relays: tuple[Relay, ...] = ()
    movement: Movement = Movement()
    auxiliaries: tuple[Auxiliary, ...] = ()
    settings: tuple[PictureSetting, ...] = ()
    masks: bool = False

    def auxiliary(self, kind: AuxiliaryKind) -> Auxiliary | None:
        """Return the first command of a kind."""
        return next((a for a in self.auxiliaries if a.kind is kind), None)

    def setting(self, key: str) -> PictureSetting | None:
        """Return a setting of the picture by its name."""
        return next((s for s in self.settings if s.key == key), None)

    def relay(self, token: str) -> Relay | None:
        """Return a relay by its token."""
        return next((r for r in self.relays if r.token == token), None)

    def with_kinds(self, kinds: frozenset[EventKind]) -> Self:
        """Return it with further classes of events."""
        return replace(self, kinds=self.kinds | kinds)

    def as_data(self) -> dict[str, Any]:
        """Return it as an entry's data holds it: what JSON has, and nothing else."""
        move = self.movement
        return {
            "masks": self.masks,
            "kinds": sorted(kind.value for kind in self.kinds),
            "inputs": list(self.inputs),
            "relays": [[relay.token, relay.is_monostable] for relay in self.relays],
            "movement": [
                *(move.pan_tilt, move.zoom, move.presets, move.home, move.is_sure)
            ],
            "auxiliaries": [
                [a.name, a.kind.value, [list(state) for state in a.states], a.by_ptz]
                for a in self.auxiliaries
            ],
            "settings": [
                [
                    setting.key,
                    list(setting.path),
                    [setting.range.minimum, setting.range.maximum]
                    if setting.range
                    else None,
                    list(setting.choices),
                ]
                for setting in self.settings
            ],
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any] | None) -> Self:
        """Read what `as_data` returned; nothing where it cannot be read.

        It is only remembered: the camera tells it again.
        """
        if not data:
            return cls()
        try:
            return cls(
                masks=data.get("masks") is True,
                kinds=frozenset(EventKind(kind) for kind in data["kinds"]),
                inputs=tuple(data["inputs"]),
                relays=tuple(Relay(token, mono) for token, mono in data["relays"]),
                movement=Movement(*data["movement"]),
                auxiliaries=tuple(
                    Auxiliary(
                        name,
                        AuxiliaryKind(kind),
                        tuple((state, command) for state, command in states),
                        by_ptz,
                    )
                    for name, kind, states, by_ptz in data["auxiliaries"]
                ),
                settings=tuple(
                    PictureSetting(
                        key, tuple(path), Range(*span) if span else None, tuple(choices)
                    )
                    for key, path, span, choices in data["settings"]
                ),
            )
        except KeyError, TypeError, ValueError:
            return cls()


def with_capabilities(
    known: Abilities,
    found: CameraCapabilities,
    profiles: Iterable[MediaProfile],
) -> Abilities:
    """Return what is known, brought up to date by what the camera told.

    What it was not asked for, or did not answer this time, stays as it was.
    """
    if not found.services:
        return known
    unread = set(found.unread)
    if found.source is None:
        # Its profiles were not had: movement and picture hang on them.
        unread |= {"ptz", "imaging", "masks"}
    if "ptz" not in unread:
        known = replace(known, movement=_movement(found, profiles))
    if "masks" not in unread:
        can_mask = found.masks is not None and found.masks.can_black_out
        known = replace(known, masks=can_mask)
    if "imaging" not in unread:
        settings = tuple(replace(setting, value=None) for setting in found.pictures)
        known = replace(known, settings=settings)
    if "relays" not in unread:
        relays = tuple(Relay(r.token, r.is_monostable) for r in found.relays)
        known = replace(known, relays=relays)
    if "inputs" not in unread and found.inputs:
        known = replace(known, inputs=tuple(i.token for i in found.inputs))
    if unread.isdisjoint({"auxiliary", "ptz"}):
        known = replace(known, auxiliaries=found.auxiliaries)
    return known


def with_input(known: Abilities, token: str) -> Abilities:
    """Return what is known, with an input that reported and was not listed.

    A single one answers to any name: cameras call it differently in events.
    """
    if token in known.inputs or len(known.inputs) == 1:
        return known
    return replace(known, inputs=(*known.inputs, token)[:MAX_INPUTS])


def _movement(found: CameraCapabilities, profiles: Iterable[MediaProfile]) -> Movement:
    node = found.ptz
    if node is None:
        return Movement()
    planes = (node.continuous, node.relative)
    return Movement(
        pan_tilt=any(plane.pan and plane.tilt for plane in planes),
        zoom=any(plane.zoom is not None for plane in planes),
        presets=node.max_presets > 0,
        home=node.has_home,
        is_sure=any(
            profile.token == found.ptz_profile and profile.ptz_node is not None
            for profile in profiles
        ),
    )
