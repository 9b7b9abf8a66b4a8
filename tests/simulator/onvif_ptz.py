"""The PTZ service: one node that moves, presets and a home."""

from collections.abc import Callable

from .onvif_options import OnvifOptions
from .onvif_xml import Call, invalid_argument, not_supported, tag, texts
from .state import CameraState

NODE = "ptz0"
CONFIGURATION = "ptzc0"
SPACES = "http://www.onvif.org/ver10/tptz"
type Vector = tuple[float | None, float | None, float | None]


class PtzService:
    """Answers the requests of ver20/ptz/wsdl, and remembers where the camera looks."""

    def __init__(self, state: CameraState, options: OnvifOptions) -> None:
        """Begin in the middle."""
        self._state = state
        self._options = options
        self.position: Vector = (0.0, 0.0, 0.0)
        self.velocity: Vector = (None, None, None)
        self.home: Vector = (0.0, 0.0, 0.0)
        self.presets: dict[str, tuple[str, Vector]] = {
            "1": ("Gate", (0.5, 0.0, 0.0)),
        }
        self.commands: list[str] = []
        """Auxiliary commands that came."""

    def answer(self, call: Call) -> str:
        """Return the body of the response; raises SoapFaultError."""
        actions: dict[str, Callable[[Call], str]] = {
            "GetNodes": self._nodes,
            "GetPresets": self._presets,
            "GetStatus": self._status,
            "ContinuousMove": self._continuous,
            "RelativeMove": self._relative,
            "AbsoluteMove": self._absolute,
            "Stop": self._stop,
            "GotoPreset": self._goto,
            "SetPreset": self._set_preset,
            "RemovePreset": self._remove,
            "GotoHomePosition": self._go_home,
            "SetHomePosition": self._set_home,
            "SendAuxiliaryCommand": self._auxiliary,
        }
        action = actions.get(call.action)
        if action is None:
            raise not_supported(call.action)
        if call.action != "GetNodes":
            token = call.text("tptz:ProfileToken")
            if token not in {profile.token for profile in self._state.profiles}:
                raise invalid_argument("ter:NoProfile", "Profile Not Exist")
        name = f"tptz:{call.action}Response"
        return f"<{name}>{action(call)}</{name}>"

    def _nodes(self, call: Call) -> str:
        reach = self._options.ptz_range

        def space(name: str, kind: str, *axes: str) -> str:
            ranges = (
                tag(f"tt:{axis}Range", texts("tt", Min=-reach, Max=reach))
                for axis in axes
            )
            return tag(f"tt:{name}", texts("tt", URI=f"{SPACES}/{kind}"), *ranges)

        spaces = "".join(
            space(f"{movement}PanTilt{thing}Space", "PanTiltSpaces", "X", "Y")
            + space(f"{movement}Zoom{thing}Space", "ZoomSpaces", "X")
            for movement, thing in (
                ("Absolute", "Position"),
                ("Relative", "Translation"),
                ("Continuous", "Velocity"),
            )
        )
        if self._options.fixed_ptz:
            spaces = ""
        return tag(
            "tptz:PTZNode",
            texts("tt", Name="node"),
            tag("tt:SupportedPTZSpaces", spaces),
            texts(
                "tt",
                MaximumNumberOfPresets=0 if self._options.fixed_ptz else 4,
                HomeSupported=True,
            ),
            *(
                texts("tt", AuxiliaryCommands=command)
                for command in self._options.ptz_auxiliary
            ),
            token=NODE,
            FixedHomePosition="false",
        )

    def _presets(self, call: Call) -> str:
        return "".join(
            tag("tptz:Preset", texts("tt", Name=name), token=token)
            for token, (name, _) in self.presets.items()
        )

    def _status(self, call: Call) -> str:
        pan, tilt, zoom = self.position
        moves = "MOVING" if any(self.velocity) else "IDLE"
        return tag(
            "tptz:PTZStatus",
            tag(
                "tt:Position",
                tag("tt:PanTilt", x=pan or 0, y=tilt or 0),
                tag("tt:Zoom", x=zoom or 0),
            ),
            tag("tt:MoveStatus", texts("tt", PanTilt=moves, Zoom="IDLE")),
        )

    def _continuous(self, call: Call) -> str:
        if call.text("tptz:Timeout") and self._options.refuses_ptz_timeout:
            raise invalid_argument("ter:TimeoutNotSupported", "timeout")
        self.velocity = self._vector(call, "Velocity")
        return ""

    def _relative(self, call: Call) -> str:
        by = self._vector(call, "Translation")
        old = self.position
        self.position = tuple(  # type: ignore[assignment]  # three of them
            (was or 0.0) + (step or 0.0) for was, step in zip(old, by, strict=True)
        )
        return ""

    def _absolute(self, call: Call) -> str:
        to = self._vector(call, "Position")
        self.position = tuple(  # type: ignore[assignment]  # three of them
            was if new is None else new
            for was, new in zip(self.position, to, strict=True)
        )
        return ""

    def _stop(self, call: Call) -> str:
        self.velocity = (None, None, None)
        return ""

    def _goto(self, call: Call) -> str:
        self.position = self.presets[self._known(call)][1]
        return ""

    def _set_preset(self, call: Call) -> str:
        token = call.text("tptz:PresetToken")
        if token is None:
            if len(self.presets) >= 4:
                raise invalid_argument("ter:TooManyPresets", "full")
            token = str(len(self.presets) + 1)
        name = call.text("tptz:PresetName") or token
        self.presets[token] = (name, self.position)
        return texts("tptz", PresetToken=token)

    def _remove(self, call: Call) -> str:
        del self.presets[self._known(call)]
        return ""

    def _go_home(self, call: Call) -> str:
        self.position = self.home
        return ""

    def _set_home(self, call: Call) -> str:
        self.home = self.position
        return ""

    def _auxiliary(self, call: Call) -> str:
        command = call.text("tptz:AuxiliaryData") or ""
        if command not in self._options.ptz_auxiliary:
            raise invalid_argument("ter:NoAux", "unknown command")
        self.commands.append(command)
        return texts("tptz", AuxiliaryResponse="OK")

    def _known(self, call: Call) -> str:
        token = call.text("tptz:PresetToken")
        if token not in self.presets:
            raise invalid_argument("ter:NoToken", "no such preset")
        return token

    def _vector(self, call: Call, name: str) -> Vector:
        """Return pan, tilt and zoom; raises SoapFaultError out of the range."""
        values: list[float | None] = []
        for element, key in (("PanTilt", "x"), ("PanTilt", "y"), ("Zoom", "x")):
            found = call.find(f"tptz:{name}/tt:{element}")
            values.append(None if found is None else float(found.get(key, "nan")))
        reach = self._options.ptz_range
        if not all(value is None or -reach <= value <= reach for value in values):
            raise invalid_argument("ter:InvalidVelocity", "out of range")
        return values[0], values[1], values[2]


def ptz_configuration(name: str) -> str:
    """Return the PTZ configuration that all profiles have."""
    return tag(
        name,
        texts("tt", Name="ptz", UseCount=2, NodeToken=NODE),
        token=CONFIGURATION,
    )
