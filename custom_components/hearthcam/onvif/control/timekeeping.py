"""The camera's clock: what it says, and setting it (Core 8.3)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
import re
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape
import zoneinfo

from ..clock import camera_time, local_time
from ..device import OnvifCamera
from ..errors import OnvifFaultError, OnvifResponseError
from ..qualified import SCHEMA
from ..services import DEVICE
from ..xmltree import find, find_all, text_of

_POSIX = re.compile(r"[A-Za-z]{3,}[+-]?\d{1,3}[\x21-\x7e]*")
_SHORT_NAME = re.compile(r"<[^>]*>")
_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")
MAX_ZONE = 128


@dataclass(frozen=True, slots=True)
class CameraTime:
    """What a camera says of its clock; None where it does not.

    Attributes:
        is_ntp: whether it says that NTP sets it.
        zone: POSIX TZ as the camera writes it, at times no POSIX at all.
        utc: seconds of the epoch.
        local_offset: seconds of its local time ahead of UTC.
    """

    is_ntp: bool | None = None
    daylight_saving: bool | None = None
    zone: str | None = None
    utc: float | None = None
    local_offset: float | None = None


@dataclass(frozen=True, slots=True)
class NtpServers:
    """Where the camera gets its time from, as far as it tells."""

    from_dhcp: bool = False
    servers: tuple[str, ...] = ()


def read_time(message: Element) -> CameraTime:
    """Return what a GetSystemDateAndTimeResponse says."""
    told = find(message, "SystemDateAndTime")
    kind = (text_of(told, "DateTimeType") or "").lower()
    utc, local = camera_time(message), local_time(message)
    offset = None
    if utc is not None and local is not None:
        # Whole quarters of an hour: the two are not read at the same moment.
        offset = round((local - utc) / 900) * 900.0
    return CameraTime(
        is_ntp={"ntp": True, "manual": False}.get(kind),
        daylight_saving=_flag(text_of(told, "DaylightSavings")),
        zone=text_of(told, "TimeZone", "TZ", limit=MAX_ZONE),
        utc=utc,
        local_offset=offset if offset is not None and abs(offset) <= 54_000 else None,
    )


def read_ntp(message: Element) -> NtpServers:
    """Return what a GetNTPResponse says."""
    told = find(message, "NTPInformation")
    servers: dict[str, None] = {}
    for name in ("NTPManual", "NTPFromDHCP"):
        for host in find_all(told, name)[:8]:
            for kind in ("IPv4Address", "IPv6Address", "DNSname"):
                if text := text_of(host, kind):
                    servers[text] = None
    return NtpServers(bool(_flag(text_of(told, "FromDHCP"))), tuple(servers))


def posix_zone(name: str) -> str | None:
    """Return the POSIX TZ of a zone (``Europe/Berlin``) from the zone's own file.

    None when there is none. Reads a file: for threads, not for an event loop. Names
    in angle brackets (``<+03>-3``), which firmware does not know, become letters.
    """
    data = b""
    if _ZONE_NAME.fullmatch(name):
        for folder in zoneinfo.TZPATH:
            path = Path(folder, *name.split("/"))
            if path.is_file():
                data = path.read_bytes()
                break
        else:
            try:
                package = resources.files("tzdata.zoneinfo")
                data = package.joinpath(*name.split("/")).read_bytes()
            except ImportError, OSError:
                return None
    footer = data.rpartition(b"\n")[0].rpartition(b"\n")[2]
    text = footer.decode("ascii", errors="replace")
    letters = iter(("LOC", "LDT"))
    text = _SHORT_NAME.sub(lambda _: next(letters, "LOC"), text)
    return text if data[:4] == b"TZif" and _POSIX.fullmatch(text) else None


class Timekeeping:
    """Sets a camera's clock; every method raises as `OnvifCamera`."""

    def __init__(self, camera: OnvifCamera) -> None:
        """Nothing is asked yet."""
        self._camera = camera

    async def read(self) -> CameraTime:
        """Return what the camera says of its clock, and of its zone."""
        return read_time(await self._camera.call(DEVICE, "GetSystemDateAndTime"))

    async def set_from(self, now: float, zone: str | None = None) -> float | None:
        """Set the clock to a time of ours (seconds of the epoch), and measure it.

        This ends NTP on the camera. Without ``zone`` (POSIX) its own is kept, and is
        where it refuses ours. Returns what is left of the offset, in seconds; None
        when the camera does not tell its time.
        """
        before = await self.read()
        daylight = before.daylight_saving or False
        kept = before.zone
        moment = datetime.fromtimestamp(round(now), UTC)
        when = (
            f"<Time><Hour>{moment.hour}</Hour><Minute>{moment.minute}</Minute>"
            f"<Second>{moment.second}</Second></Time><Date><Year>{moment.year}</Year>"
            f"<Month>{moment.month}</Month><Day>{moment.day}</Day></Date>"
        )
        utc = f'<UTCDateTime xmlns:t="{SCHEMA}">{_schema(when)}</UTCDateTime>'
        try:
            observes = "," in zone if zone else daylight
            await self._set("Manual", observes, zone or kept, utc)
        except OnvifFaultError:
            if zone is None and kept is None:
                raise
            # Once more with what it said itself; at last with the time alone.
            try:
                await self._set("Manual", daylight, kept, utc)
            except OnvifFaultError:
                await self._set("Manual", daylight, None, utc)
        return await self._camera.measure_clock()

    async def use_ntp(self, server: str | None = None) -> None:
        """Let NTP set the clock: from this server, else as the camera is set up.

        ``server`` is a name or address in the home; it is the camera that asks it.
        """
        if server is not None:
            is_v4 = re.fullmatch(r"[0-9]+(?:\.[0-9]+){3}", server)
            kind = "IPv4" if is_v4 else "IPv6" if ":" in server else "DNS"
            name = "DNSname" if kind == "DNS" else f"{kind}Address"
            host = f"<t:Type>{kind}</t:Type><t:{name}>{escape(server)}</t:{name}>"
            body = (
                "<FromDHCP>false</FromDHCP>"
                f'<NTPManual xmlns:t="{SCHEMA}">{host}</NTPManual>'
            )
            await self._camera.call(DEVICE, "SetNTP", body, lenient=True)
        before = await self.read()
        await self._set("NTP", before.daylight_saving or False, before.zone, "")

    async def ntp(self) -> NtpServers:
        """Return where the camera gets its time from."""
        return read_ntp(await self._camera.call(DEVICE, "GetNTP"))

    async def _set(self, kind: str, daylight: bool, zone: str | None, utc: str) -> None:
        tz = ""
        if zone is not None:
            tz = f'<TimeZone><TZ xmlns="{SCHEMA}">{escape(zone)}</TZ></TimeZone>'
        body = (
            f"<DateTimeType>{kind}</DateTimeType>"
            f"<DaylightSavings>{'true' if daylight else 'false'}</DaylightSavings>"
            f"{tz}{utc}"
        )
        await self._camera.call(DEVICE, "SetSystemDateAndTime", body, lenient=True)


async def reboot(camera: OnvifCamera) -> None:
    """Restart a camera; it is gone before it can answer on some."""
    try:
        await camera.call(DEVICE, "SystemReboot", lenient=True)
    except OnvifResponseError as error:
        if isinstance(error, OnvifFaultError):
            raise


def _schema(xml: str) -> str:
    """Put elements into the schema's namespace by a prefix."""
    return re.sub(r"<(/?)(?=[A-Z])", r"<\1t:", xml)


def _flag(text: str | None) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(
        (text or "").lower()
    )
