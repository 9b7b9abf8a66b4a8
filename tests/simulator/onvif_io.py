"""Relays, digital inputs and auxiliary commands of the simulated camera."""

from collections.abc import Callable

from .onvif_options import OnvifOptions
from .onvif_xml import TMD, Call, invalid_argument, not_supported, tag, texts


class IoService:
    """What the device service and the DeviceIO service answer about contacts."""

    def __init__(self, options: OnvifOptions) -> None:
        """Begin with all relays idle."""
        self._options = options
        self.active: dict[str, bool] = {
            f"relay{number}": False for number in range(options.relays)
        }
        self.modes: dict[str, tuple[str, str, str]] = dict.fromkeys(
            self.active, ("Bistable", "PT0S", "open")
        )
        self.commands: list[str] = []
        """Auxiliary commands that came to the device service."""

    def actions(self) -> dict[str, Callable[[Call], str]]:
        """Return what is answered, at either service."""
        found: dict[str, Callable[[Call], str]] = {}
        if self._options.relays:
            found |= {
                "GetRelayOutputs": self._relays,
                "SetRelayOutputState": self._switch,
                "SetRelayOutputSettings": self._configure,
            }
        if self._options.auxiliary:
            found["SendAuxiliaryCommand"] = self._auxiliary
        return found

    def answer(self, call: Call) -> str:
        """Answer at the DeviceIO service; raises SoapFaultError."""
        if call.action == "GetDigitalInputs":
            inputs = "".join(
                tag("tmd:DigitalInputs", token=f"input{number}", IdleState="open")
                for number in range(self._options.inputs)
            )
            return tag("tmd:GetDigitalInputsResponse", inputs)
        action = self.actions().get(call.action)
        # Settings have a message of this service, states have that of the other one.
        is_own = call.namespace == TMD
        if is_own != (call.action == "SetRelayOutputSettings"):
            action = None
        if action is None or call.action == "SendAuxiliaryCommand":
            raise not_supported(call.action)
        name = f"{'tmd' if is_own else 'tds'}:{call.action}Response"
        return f"<{name}>{action(call)}</{name}>"

    def _relays(self, call: Call) -> str:
        return "".join(
            tag(
                "tds:RelayOutputs",
                tag(
                    "tt:Properties",
                    texts("tt", Mode=mode, DelayTime=delay, IdleState=idle),
                ),
                token=token,
            )
            for token, (mode, delay, idle) in self.modes.items()
        )

    def _switch(self, call: Call) -> str:
        state = call.text("tds:LogicalState")
        if state not in {"active", "inactive"}:
            raise invalid_argument("ter:ModeError", "unknown state")
        self.active[self._known(call)] = state == "active"
        return ""

    def _configure(self, call: Call) -> str:
        relay = call.find("tmd:RelayOutput")
        token = relay.get("token") if relay is not None else None
        path = "tds:" if relay is None else "tmd:RelayOutput/tt:"
        parts = [
            call.text(f"{path}Properties/tt:{name}") or ""
            for name in ("Mode", "DelayTime", "IdleState")
        ]
        if parts[0] not in {"Monostable", "Bistable"} or "" in parts:
            raise invalid_argument("ter:ModeError", "unknown mode")
        self.modes[self._known(call, token)] = (parts[0], parts[1], parts[2])
        return ""

    def _auxiliary(self, call: Call) -> str:
        command = call.text("tds:AuxiliaryCommand") or ""
        if command not in self._options.auxiliary:
            raise invalid_argument("ter:InvalidArgVal", "unknown command")
        self.commands.append(command)
        return texts("tds", AuxiliaryCommandResponse="OK")

    def _known(self, call: Call, token: str | None = None) -> str:
        token = token or call.text("tds:RelayOutputToken")
        if token not in self.active:
            raise invalid_argument("ter:RelayToken", "no such relay")
        return token
