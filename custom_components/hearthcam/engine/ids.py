"""Identifiers of events and clips: sortable by time, unique, safe in names."""

import secrets
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_DIGITS: Final = 10
_RANDOM_DIGITS: Final = 16


def new_id(seconds: float) -> str:
    """Return a ULID for a moment of the Unix epoch (26 characters)."""
    number = int(seconds * 1000) << 80 | secrets.randbits(80)
    digits = []
    for _ in range(_TIME_DIGITS + _RANDOM_DIGITS):
        digits.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(digits))
