"""Words of cameras: topics into segments, names into words, values into states."""

import re

MAX_TOPIC = 256
MAX_VALUE = 256

_SEPARATOR = re.compile(r"[\\/]+")
_PREFIX = re.compile(r"^.*:")
_EDGES = re.compile(r"^[\s.]+|[\s.]+$")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]+")
# A word ends before a capital that follows a small letter or a digit, and before
# the last capital of an abbreviation ("TPSmart").
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_WORD = re.compile(r"[\W_]+")
# Where words are in one case throughout, these are still seen in them.
_COMPOUND = re.compile(
    r"(?<=[a-z])(?=(?:motion|people|person|human|vehicle|scene|field|cross|line|tamper"
    r"|inside|sound|visitor|package|intrusion|change|input|detect|alarm|loss|left)"
    r"[a-z]*)"
)
_LONG_WORD = 8

_YES = frozenset(
    [
        "true",
        "1",
        "yes",
        "on",
        "active",
        "activated",
        "alarm",
        "alarmed",
        "start",
        "started",
        "begin",
        "began",
        "detected",
        "triggered",
        "trigger",
        "high",
        "pressed",
        "press",
        "ring",
        "ringing",
        "open",
        "opened",
        "inside",
        "enter",
        "entered",
        "intrusion",
        "present",
        "moving",
        "motion",
        "set",
        "crossed",
        "occurred",
    ]
)
_NO = frozenset(
    [
        "false",
        "0",
        "no",
        "off",
        "inactive",
        "deactivated",
        "normal",
        "stop",
        "stopped",
        "end",
        "ended",
        "idle",
        "low",
        "released",
        "release",
        "none",
        "clear",
        "cleared",
        "closed",
        "outside",
        "exit",
        "exited",
        "leave",
        "left",
        "absent",
        "notdetected",
        "undetected",
        "still",
        "reset",
        "nomotion",
        "-1",
    ]
)


def printable(text: str, limit: int = MAX_VALUE) -> str:
    """Return a text of a camera without control characters, cut to a length."""
    return _UNPRINTABLE.sub(" ", text[: limit * 2]).strip()[:limit]


def topic_path(text: str | None) -> str:
    """Return a topic without prefixes, blanks, and the ``//.`` of expressions."""
    return "/".join(
        name
        for segment in _SEPARATOR.split(printable(text or "", MAX_TOPIC))
        if (name := _EDGES.sub("", _PREFIX.sub("", segment))) and name != "*"
    )


def words(name: str) -> str:
    """Return the words of a name, lower case, with single blanks between them."""
    spoken = _NO_WORD.sub(" ", _HUMP.sub(" ", name)).strip().lower()
    if len(spoken) > _LONG_WORD and " " not in spoken:
        spoken = _COMPOUND.sub(" ", spoken)
    return spoken


def state(value: str) -> bool | None:
    """Return what a value says of a state, None when it says nothing."""
    word = value.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    # "1.0", "000", "Not Detected"
    squeezed = word.replace(" ", "").replace("_", "")
    if squeezed in _NO:
        return False
    if re.fullmatch(r"0+(\.0*)?", squeezed):
        return False
    return True if re.fullmatch(r"0*1(\.0*)?", squeezed) else None
