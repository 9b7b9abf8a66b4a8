"""Relay outputs and digital inputs (Core 8.5, DeviceIO 2.0)."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from ..device import OnvifCamera
from ..errors import OnvifResponseError
from ..qualified import SCHEMA
from ..services import DEVICE, DEVICE_IO
from ..soap import Request
from ..xmltree import find, find_all, text_of
from .durations import duration, seconds

MAX_PORTS = 64


@dataclass(frozen=True, slots=True)
class Relay:
    """A relay output.

    Attributes:
        is_monostable: falls back by itself after ``delay`` seconds.
        is_open_when_idle: the contact while it is inactive; None when not told.
    """

    token: str
    is_monostable: bool = False
    delay: float | None = None
    is_open_when_idle: bool | None = None


@dataclass(frozen=True, slots=True)
class DigitalInput:
    """A digital input; its state comes as an event only."""

    token: str
    is_open_when_idle: bool | None = None


def read_relays(message: Element) -> tuple[Relay, ...]:
    """Return the relays of a GetRelayOutputsResponse that have a token."""
    relays: dict[str, Relay] = {}
    for element in find_all(message, "RelayOutputs")[:MAX_PORTS]:
        token = element.get("token", "").strip()
        properties = find(element, "Properties")
        mode = (text_of(properties, "Mode") or "").lower()
        if 0 < len(token) <= 256:
            relays.setdefault(
                token,
                Relay(
                    token,
                    mode == "monostable",
                    seconds(text_of(properties, "DelayTime", limit=32)),
                    _is_open(text_of(properties, "IdleState")),
                ),
            )
    return tuple(relays.values())


def read_inputs(message: Element) -> tuple[DigitalInput, ...]:
    """Return the inputs of a GetDigitalInputsResponse that have a token."""
    inputs: dict[str, DigitalInput] = {}
    for element in find_all(message, "DigitalInputs")[:MAX_PORTS]:
        token = element.get("token", "").strip()
        if 0 < len(token) <= 256:
            idle = element.get("IdleState") or text_of(element, "IdleState")
            inputs.setdefault(token, DigitalInput(token, _is_open(idle)))
    return tuple(inputs.values())


class DeviceIo:
    """The contacts of one camera; every method raises as `OnvifCamera`."""

    def __init__(self, camera: OnvifCamera) -> None:
        """Nothing is asked yet."""
        self._camera = camera
        self._service = DEVICE

    async def relays(self) -> tuple[Relay, ...]:
        """Return the relay outputs.

        The device service knows them, and the DeviceIO service by the same messages;
        some firmware answers at one of the two only.
        """
        failure: OnvifResponseError | None = None
        for service in await self._services():
            try:
                found = read_relays(await self._at(service, "GetRelayOutputs"))
            except OnvifResponseError as error:
                failure = failure or error
                continue
            if found:
                self._service = service
                return found
        if failure is not None:
            raise failure
        return ()

    async def inputs(self) -> tuple[DigitalInput, ...]:
        """Return the digital inputs."""
        return read_inputs(await self._camera.call(DEVICE_IO, "GetDigitalInputs"))

    async def switch(self, token: str, *, active: bool) -> None:
        """Switch a relay; a monostable one falls back by itself."""
        body = (
            f"<RelayOutputToken>{escape(token)}</RelayOutputToken>"
            f"<LogicalState>{'active' if active else 'inactive'}</LogicalState>"
        )
        await self._at(self._service, "SetRelayOutputState", body)

    async def configure(self, relay: Relay) -> None:
        """Set mode, delay and idle state of a relay."""
        mode = "Monostable" if relay.is_monostable else "Bistable"
        idle = "closed" if relay.is_open_when_idle is False else "open"
        delay = duration(relay.delay or 0.0)
        properties = (
            f'<Mode xmlns="{SCHEMA}">{mode}</Mode>'
            f'<DelayTime xmlns="{SCHEMA}">{delay}</DelayTime>'
            f'<IdleState xmlns="{SCHEMA}">{idle}</IdleState></Properties>'
        )
        token = escape(relay.token, {'"': "&quot;"})
        if self._service == DEVICE_IO:
            # The one message of the two services that differs.
            body = (
                f'<RelayOutput token="{token}"><Properties xmlns="{SCHEMA}">'
                f"{properties}</RelayOutput>"
            )
            await self._camera.call(
                DEVICE_IO, "SetRelayOutputSettings", body, lenient=True
            )
        else:
            body = (
                f"<RelayOutputToken>{token}</RelayOutputToken><Properties>{properties}"
            )
            await self._at(DEVICE, "SetRelayOutputSettings", body)

    async def _services(self) -> tuple[str, ...]:
        told = await self._camera.services()
        return (DEVICE, DEVICE_IO) if DEVICE_IO in told else (DEVICE,)

    async def _at(self, service: str, operation: str, body: str = "") -> Element:
        """Call at one of the services; DeviceIO's messages are those of Device."""
        request = Request("", DEVICE, operation, body, lenient=bool(body))
        answer = await self._camera.exchange(request, service=service)
        return answer.message


def _is_open(text: str | None) -> bool | None:
    return {"open": True, "closed": False}.get((text or "").strip().lower())
