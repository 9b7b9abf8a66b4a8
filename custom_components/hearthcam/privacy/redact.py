"""Takes credentials and tokens out of any text before it is logged or shown.

In doubt too much is taken: a log line that lost a host name is a nuisance, one
that kept a password is a breach. Every step takes linear time, and doing it twice
changes nothing.
"""

import re

MASK = "***"

_KEYS = (
    # Reolink: user, password, token. Foscam: usr, pwd. VStarcam: loginuse,
    # loginpas. XMEye: user=…_password=… in the path. Home Assistant: authSig.
    r"user(?:name)?|usr|login(?:use|pas)?|pass(?:word|wd|phrase)?|pwd|psw"
    r"|(?:access_|refresh_)?token|auth(?:sig|orization)?|secret|api_?key|session(?:id)?"
)
# The value ends where the next parameter begins: an unescaped & alone may be a
# part of the password.
_PARAMETER = re.compile(
    rf"(?i)(?<![a-z0-9])({_KEYS})=(?!['\"])"
    r"(?:(?!&[a-z_][\w.-]*=)[^\s\"'<>])*"
)
_QUOTED = re.compile(
    rf"(?i)(?<![a-z0-9])((?:{_KEYS})(?:['\"]\s*:|=)\s*)"
    r"(?:'(?:[^'\\\n]|\\.?)*(?:'|$)|\"(?:[^\"\\\n]|\\.?)*(?:\"|$))",
    re.MULTILINE,
)
_HEADER = re.compile(
    r"(?i)(?<![a-z0-9])((?:proxy-)?authorization|(?:set-)?cookie)(['\"]?\s*:).*"
)
_WSSE = re.compile(
    r"(?is)(<(?:[\w.-]+:)?(?:Password|Username|Nonce)\b[^<>]*(?<!/)>)[^<]*"
)


def redact(text: str) -> str:
    """Return the text without credentials and tokens.

    Covers user information of URLs however badly it is escaped (everything between
    ``://`` and the last ``@`` of the line), the login parameters that cameras take
    in queries, quoted values of such names (``'password': '…'``), the headers
    Authorization and Cookie, and WS-Security elements.
    """
    text = _WSSE.sub(rf"\1{MASK}", text)
    text = "\n".join(_without_userinfo(line) for line in text.split("\n"))
    text = _HEADER.sub(rf"\1\2 {MASK}", text)
    text = _QUOTED.sub(rf"\1'{MASK}'", text)
    return _PARAMETER.sub(rf"\1={MASK}", text)


def _without_userinfo(line: str) -> str:
    """Mask what stands between ``://`` and the last ``@`` of a line."""
    start, end = line.find("://"), line.rfind("@")
    if start < 0 or end < start + 3:
        return line
    return f"{line[: start + 3]}{MASK}{line[end:]}"
