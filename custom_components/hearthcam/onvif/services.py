"""Where a camera's services are: what it says, and where else to look."""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from .addresses import is_tls, service_path, service_port
from .xmltree import find, find_all, text_of

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA1 = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
EVENTS = "http://www.onvif.org/ver10/events/wsdl"
PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
IMAGING = "http://www.onvif.org/ver20/imaging/wsdl"
ANALYTICS = "http://www.onvif.org/ver20/analytics/wsdl"
DEVICE_IO = "http://www.onvif.org/ver10/deviceIO/wsdl"
DEVICE_PATH = "/onvif/device_service"

MAX_SERVICES = 64
# Names in GetCapabilities of what GetServices calls by namespace.
_CAPABILITIES = {
    "Media": MEDIA1,
    "Events": EVENTS,
    "PTZ": PTZ,
    "Imaging": IMAGING,
    "Analytics": ANALYTICS,
}
_EXTENSIONS = {"DeviceIO": DEVICE_IO}
# Where firmware puts its services that does not say so, or says it wrong.
_USUAL_PATHS = {
    DEVICE: (DEVICE_PATH, "/onvif/services", "/onvif/device", "/onvif/service"),
    MEDIA1: ("/onvif/media_service", "/onvif/Media", "/onvif/media"),
    MEDIA2: ("/onvif/media2_service", "/onvif/Media2", "/onvif/media2"),
    EVENTS: ("/onvif/event_service", "/onvif/Events", "/onvif/events_service"),
    PTZ: ("/onvif/ptz_service", "/onvif/PTZ", "/onvif/ptz"),
    IMAGING: ("/onvif/image_service", "/onvif/Imaging", "/onvif/imaging_service"),
    ANALYTICS: ("/onvif/analytics_service", "/onvif/Analytics"),
    DEVICE_IO: ("/onvif/deviceIO_service", "/onvif/DeviceIO"),
}
MAX_PLACES = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A path at the configured host; the port is the configured one when None.

    ``tls`` is whether the camera told an HTTPS address; what is used is configured.
    """

    path: str
    port: int | None = None
    tls: bool = False


class ServicePlaces:
    """Where the services of one camera are, as far as that is known."""

    def __init__(self, device_path: str, port: int, *, tls: bool = False) -> None:
        """Begin with the device service's path and the configured port."""
        self._tls = tls
        self._device_path = device_path
        self._port = port
        self._told: dict[str, Place] = {}
        self._proven: dict[str, Place] = {}

    @property
    def told(self) -> dict[str, str]:
        """The paths that the camera told, by namespace."""
        return {namespace: place.path for namespace, place in self._told.items()}

    def learn(self, services: Mapping[str, Place]) -> None:
        """Take in what the camera tells."""
        self._told.update(services)

    def candidates(self, namespace: str) -> tuple[Place, ...]:
        """Return where to ask, the likeliest place first.

        Told paths count at the configured port first: the told one is often that of
        the inner network, or of the factory. A service that was not told of may still
        be at the device service's path.
        """
        if (proven := self._proven.get(namespace)) is not None:
            return (proven,)
        device = self._proven.get(DEVICE, Place(self._device_path))
        if namespace == DEVICE:
            paths = (device, *map(Place, _USUAL_PATHS[DEVICE]))
        elif (told := self._told.get(namespace)) is not None:
            # A port of the other protocol is of no use, with or without TLS.
            elsewhere = told.port not in (None, self._port) and told.tls == self._tls
            paths = (
                Place(told.path),
                *((Place(told.path, told.port),) if elsewhere else ()),
                device,
                *map(Place, _USUAL_PATHS.get(namespace, ())),
            )
        else:
            paths = (device,)
        return tuple(dict.fromkeys(paths))[:MAX_PLACES]

    def prove(self, namespace: str, place: Place) -> None:
        """Remember where the service has answered."""
        self._proven[namespace] = place


def read_services(message: Element | None) -> dict[str, Place]:
    """Return the places of a GetServicesResponse."""
    services: dict[str, Place] = {}
    for service in find_all(message, "Service")[:MAX_SERVICES]:
        namespace = text_of(service, "Namespace")
        place = _place(text_of(service, "XAddr", limit=2048))
        if namespace and place:
            services.setdefault(namespace.rstrip("/"), place)
    return services


def read_capabilities(message: Element | None) -> dict[str, Place]:
    """Return the places of a GetCapabilitiesResponse."""
    capabilities = find(message, "Capabilities")
    extension = find(capabilities, "Extension")
    services: dict[str, Place] = {}
    for parent, names in ((capabilities, _CAPABILITIES), (extension, _EXTENSIONS)):
        for name, namespace in names.items():
            if place := _place(text_of(parent, name, "XAddr", limit=2048)):
                services[namespace] = place
    return services


def _place(xaddr: str | None) -> Place | None:
    path = service_path(xaddr)
    return Place(path, service_port(xaddr), is_tls(xaddr)) if path else None
