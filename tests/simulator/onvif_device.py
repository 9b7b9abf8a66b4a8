"""The device service: who the camera is, what it can do, what time it has."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

from .onvif_io import IoService
from .onvif_options import OnvifOptions
from .onvif_xml import (
    TDS,
    TEV,
    TIMG,
    TMD,
    TPTZ,
    TR2,
    TRT,
    Call,
    SoapFaultError,
    invalid_argument,
    not_supported,
    plain,
    tag,
    texts,
)
from .state import CameraState

SERVICES = {
    TDS: ("/onvif/device_service", 21, 6),
    TRT: ("/onvif/media_service", 2, 60),
    TR2: ("/onvif/media2_service", 21, 6),
    TEV: ("/onvif/event_service", 21, 6),
    TPTZ: ("/onvif/ptz_service", 21, 6),
    TIMG: ("/onvif/imaging_service", 21, 6),
    TMD: ("/onvif/deviceIO_service", 21, 6),
}
"""Path, major and minor version of each service, by its namespace."""

REBOOT_SECONDS = 1.0


class DeviceService:
    """Answers the requests of the namespace ver10/device/wsdl."""

    def __init__(
        self,
        state: CameraState,
        options: OnvifOptions,
        address: Callable[[str], str],
        io: IoService,
    ) -> None:
        """Take the function that makes an advertised URL of a path."""
        self._io = io
        self._state = state
        self._options = options
        self._address = address
        self._time_type = "NTP"
        self._zone = "UTC0"

    def answer(self, call: Call) -> str:
        """Return the body of the response; raises SoapFaultError."""
        actions: dict[str, Callable[[Call], str]] = {
            "GetSystemDateAndTime": self._get_time,
            "SetSystemDateAndTime": self._set_time,
            "GetDeviceInformation": self._information,
            "GetCapabilities": self._capabilities,
            "GetServices": self._services,
            "GetNetworkInterfaces": self._interfaces,
            "GetScopes": self._get_scopes,
            "GetHostname": self._hostname,
            "GetEndpointReference": self._endpoint,
            "GetServiceCapabilities": self._service_capabilities,
            "SystemReboot": self._reboot,
        }
        if self._options.relays_at_device:
            actions |= self._io.actions()
        action = actions.get(call.action)
        if action is None:
            raise not_supported(call.action)
        return f"<tds:{call.action}Response>{action(call)}</tds:{call.action}Response>"

    def available(self) -> dict[str, tuple[str, int, int]]:
        """Return the services that this firmware has, as in SERVICES."""
        missing = set()
        options = self._options
        for namespace, present in (
            (TRT, options.media1),
            (TR2, options.media2),
            (TEV, options.events),
            (TPTZ, options.ptz),
            (TIMG, options.imaging),
            (TMD, options.device_io),
        ):
            if not present:
                missing.add(namespace)
        return {key: value for key, value in SERVICES.items() if key not in missing}

    def scopes(self) -> tuple[str, ...]:
        """Return the scopes, also for WS-Discovery."""
        profiles = ["Streaming", "T"] if self._options.media2 else ["Streaming"]
        return (
            "onvif://www.onvif.org/type/video_encoder",
            "onvif://www.onvif.org/type/Network_Video_Transmitter",
            *(f"onvif://www.onvif.org/Profile/{profile}" for profile in profiles),
            f"onvif://www.onvif.org/hardware/{quote(self._state.model, safe='')}",
            f"onvif://www.onvif.org/name/{quote(self._state.name, safe='')}",
            "onvif://www.onvif.org/location/",
            *self._options.scopes,
        )

    def _get_time(self, call: Call) -> str:
        now = datetime.fromtimestamp(self._state.now(), UTC)
        moment = (
            f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
            f"<tt:Second>{now.second}</tt:Second></tt:Time>"
            f"<tt:Date><tt:Year>{now.year}</tt:Year><tt:Month>{now.month}</tt:Month>"
            f"<tt:Day>{now.day}</tt:Day></tt:Date>"
        )
        return tag(
            "tds:SystemDateAndTime",
            texts("tt", DateTimeType=self._time_type, DaylightSavings=False),
            f"<tt:TimeZone><tt:TZ>{escape(self._zone)}</tt:TZ></tt:TimeZone>",
            f"<tt:UTCDateTime>{moment}</tt:UTCDateTime>",
            f"<tt:LocalDateTime>{moment}</tt:LocalDateTime>",
        )

    def _set_time(self, call: Call) -> str:
        kind = call.text("tds:DateTimeType")
        if kind not in {"Manual", "NTP"}:
            raise invalid_argument("ter:InvalidDateTime", "unknown DateTimeType")
        zone = call.text("tds:TimeZone/tt:TZ") or self._zone
        if self._options.refuses_zones and zone != self._zone:
            raise invalid_argument("ter:InvalidTimeZone", "unknown zone")
        if kind == "Manual":
            self._state.clock_skew += _moment(call) - self._state.now()
        self._time_type = kind
        self._zone = zone
        return ""

    def _information(self, call: Call) -> str:
        return texts(
            "tds",
            Manufacturer=self._state.manufacturer,
            Model=self._state.model,
            FirmwareVersion=self._state.firmware,
            SerialNumber=self._state.serial,
            HardwareId=self._state.model,
        )

    def _xaddr(self, namespace: str) -> str:
        address = self._address(self.available()[namespace][0])
        return f"<tt:XAddr>{escape(address)}</tt:XAddr>"

    def _capabilities(self, call: Call) -> str:
        asked = set(call.texts("tds:Category")) or {"All"}
        parts = {
            "Device": self._xaddr(TDS),
            "Events": self._events_capabilities(),
            "Imaging": self._xaddr(TIMG) if self._options.imaging else "",
            "Media": self._xaddr(TRT)
            + tag(
                "tt:StreamingCapabilities",
                texts("tt", RTPMulticast=False, RTP_TCP=True, RTP_RTSP_TCP=True),
            ),
            "PTZ": self._xaddr(TPTZ) if self._options.ptz else "",
        }
        if not asked <= {"All", "Analytics", "Imaging", "PTZ", *parts}:
            raise invalid_argument("ter:NoSuchService", "unknown category")
        return tag(
            "tds:Capabilities",
            *(
                tag(f"tt:{name}", part)
                for name, part in parts.items()
                if part and ("All" in asked or name in asked)
            ),
        )

    def _events_capabilities(self) -> str:
        if not self._options.events:
            return ""
        return self._xaddr(TEV) + texts(
            "tt",
            WSSubscriptionPolicySupport=True,
            WSPullPointSupport=True,
            WSPausableSubscriptionManagerInterfaceSupport=False,
        )

    def _services(self, call: Call) -> str:
        if not self._options.services:
            raise not_supported(call.action)
        return "".join(
            tag(
                "tds:Service",
                texts("tds", Namespace=namespace, XAddr=self._address(path)),
                tag("tds:Version", texts("tt", Major=major, Minor=minor)),
            )
            for namespace, (path, major, minor) in self.available().items()
        )

    def _interfaces(self, call: Call) -> str:
        if not self._options.network_interfaces:
            raise not_supported(call.action)
        return tag(
            "tds:NetworkInterfaces",
            texts("tt", Enabled=True),
            tag(
                "tt:Info", texts("tt", Name="eth0", HwAddress=self._state.mac, MTU=1500)
            ),
            tag(
                "tt:IPv4",
                texts("tt", Enabled=True),
                tag(
                    "tt:Config",
                    tag(
                        "tt:Manual",
                        texts(
                            "tt", Address=self._state.advertised_host(), PrefixLength=24
                        ),
                    ),
                    texts("tt", DHCP=False),
                ),
            ),
            token="eth0",
        )

    def _get_scopes(self, call: Call) -> str:
        return "".join(
            tag(
                "tds:Scopes",
                texts(
                    "tt",
                    ScopeDef="Configurable"
                    if "/name/" in scope or "/location/" in scope
                    else "Fixed",
                    ScopeItem=scope,
                ),
            )
            for scope in self.scopes()
        )

    def _hostname(self, call: Call) -> str:
        name = "".join(c if c.isalnum() else "-" for c in self._state.name.lower())
        return tag(
            "tds:HostnameInformation",
            texts("tt", FromDHCP=False, Name=name),
        )

    def _endpoint(self, call: Call) -> str:
        return texts("tds", GUID=self._state.endpoint)

    def _service_capabilities(self, call: Call) -> str:
        logins = {login.value for login in self._options.logins}
        return tag(
            "tds:Capabilities",
            "<tds:Network/>",
            tag(
                "tds:Security",
                HttpDigest=plain("digest" in logins),
                UsernameToken=plain("wsse" in logins),
            ),
            "<tds:System/>",
            tag("tds:Misc", AuxiliaryCommands=" ".join(self._options.auxiliary))
            if self._options.auxiliary
            else "",
        )

    def _reboot(self, call: Call) -> str:
        if self._state.request_reboot is None:
            raise SoapFaultError(
                "Receiver", "ter:Action", reason="cannot reboot now", status=500
            )
        self._state.request_reboot(REBOOT_SECONDS)
        return texts("tds", Message="Rebooting")


def _moment(call: Call) -> float:
    """Return the epoch seconds of tds:UTCDateTime; raises SoapFaultError."""
    paths = (
        "Date/tt:Year",
        "Date/tt:Month",
        "Date/tt:Day",
        "Time/tt:Hour",
        "Time/tt:Minute",
        "Time/tt:Second",
    )
    values = [call.text(f"tds:UTCDateTime/tt:{path}") for path in paths]
    try:
        year, month, day, hour, minute, second = (int(value or "") for value in values)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise invalid_argument("ter:InvalidDateTime", "invalid UTCDateTime") from None
    return moment.timestamp()
