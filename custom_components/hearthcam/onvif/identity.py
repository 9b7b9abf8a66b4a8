"""What tells cameras apart: MAC, serial, endpoint reference."""

import re
from xml.etree.ElementTree import Element

from .xmltree import descend, find, find_all, text_of

_MAC = re.compile(r"(?:[0-9a-f]{2}([:.-]?))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Of development kits and of firmware that lost its settings.
_PLACEHOLDER_MACS = frozenset(
    {"001122334455", "112233445566", "123456789abc", "0123456789ab", "aabbccddeeff"}
)
_PLACEHOLDERS = frozenset(
    {"none", "null", "unknown", "undefined", "default", "serialnumber", "n/a", "na"}
    | {"0123456789abcdef", "serial", "serialno", "sn", "test", "ipcamera", "ipcam"}
    | {"123456", "1234567", "12345678", "123456789", "1234567890", "0123456789"}
)


def clean_mac(text: str | None) -> str | None:
    """Return ``aa:bb:cc:dd:ee:ff``, None for no, a zero or a group address."""
    text = (text or "").strip().lower()
    if not _MAC.fullmatch(text):
        return None
    digits = re.sub(r"[:.-]", "", text)
    if digits in _PLACEHOLDER_MACS or not digits.strip("0") or int(digits[:2], 16) & 1:
        return None
    return ":".join(digits[index : index + 2] for index in range(0, 12, 2))


def clean_serial(text: str | None) -> str | None:
    """Return the serial number, None for placeholders (all zeros, ``N/A``)."""
    text = (text or "").strip()
    core = re.sub(r"[^0-9a-z/]", "", text.lower())
    if not len(core) >= 4 or len(text) > 128 or len(set(core)) < 2:
        return None
    return None if core in _PLACEHOLDERS else text


def clean_epr(text: str | None) -> str | None:
    """Return an endpoint reference, lower case; a bare UUID becomes ``urn:uuid:``."""
    text = (text or "").strip().lower()
    if not 0 < len(text) <= 256 or not text.isprintable() or " " in text:
        return None
    if (match := _UUID.search(text)) is not None:
        text = match[0]
        return f"urn:uuid:{text}" if text.strip("0-") else None
    return text


def interface_mac(message: Element, address: str | None) -> str | None:
    """Return the MAC of a GetNetworkInterfacesResponse.

    The interface that has the address we talk to goes first, then enabled ones.
    """
    candidates: list[tuple[bool, bool, str]] = []
    for interface in find_all(message, "NetworkInterfaces"):
        mac = clean_mac(text_of(interface, "Info", "HwAddress"))
        if mac is None:
            continue
        addresses = {
            (element.text or "").strip().lower()
            for protocol in (find(interface, "IPv4"), find(interface, "IPv6"))
            if protocol is not None
            for element in protocol.iter("Address")
        }
        enabled = descend(interface, "Enabled")
        is_off = enabled is not None and (enabled.text or "").strip() in ("false", "0")
        candidates.append((address not in addresses, is_off, mac))
    # The sort is stable: of equals the first interface wins.
    candidates.sort(key=lambda candidate: candidate[:2])
    return candidates[0][2] if candidates else None
