"""Which helpers of WebRTC a browser may be told of: those of the local network.

Home Assistant names a STUN server of the internet to every browser that opens a camera
by WebRTC, and go2rtc is told of it too: both would ask it for their own address, each
time somebody watches. On the local network nobody needs it; from elsewhere the video
comes through Home Assistant itself (HLS).
"""

import re
from typing import Final

from .local_only import is_local

_SERVER: Final = re.compile(
    r"(?:stun|turn)s?:(?:\[(?P<v6>[^\[\]]+)\]|(?P<v4>[^:?\[\]]+))(?::\d{1,5})?(?:\?.*)?",
    re.IGNORECASE,
)


def is_local_ice(url: str) -> bool:
    """Tell whether the URL of a STUN or TURN server (RFC 7064, 7065) is a local one.

    Only addresses are: a name would be looked up by every browser.
    """
    found = _SERVER.fullmatch(url)
    return found is not None and is_local(found["v6"] or found["v4"])
