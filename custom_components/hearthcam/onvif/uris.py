"""Asking for the addresses of streams and stills, and reading them."""

from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from .addresses import http_url, is_tls, service_port
from .qualified import SCHEMA
from .transport import Endpoint
from .xmltree import text_of


def stream_body(token: str, *, is_media2: bool) -> str:
    """Return what GetStreamUri asks, for RTP over RTSP."""
    profile = f"<ProfileToken>{escape(token)}</ProfileToken>"
    if is_media2:
        return f"<Protocol>RTSP</Protocol>{profile}"
    return (
        f'<StreamSetup><Stream xmlns="{SCHEMA}">RTP-Unicast</Stream>'
        f'<Transport xmlns="{SCHEMA}"><Protocol>RTSP</Protocol></Transport>'
        f"</StreamSetup>{profile}"
    )


def read_uri(message: Element) -> str | None:
    """Return the URI of a response of Media 1 (in MediaUri) or Media 2."""
    uri = text_of(message, "MediaUri", "Uri", limit=2048)
    return uri or text_of(message, "Uri", limit=2048)


def still_urls(uri: str | None, host: str, endpoint: Endpoint) -> tuple[str, ...]:
    """Return where a still picture may be at the configured host, likeliest first.

    At the port that the camera tells (its web server may have another than its
    services), then at the configured one (which a wrong address does not know).

    Raises:
        OnvifResponseError: this is no HTTP address.
    """
    here = http_url(uri, host, endpoint.port, tls=endpoint.tls)
    port = service_port(uri)
    # What is asked for by TLS is never asked for without it.
    if port is None or is_tls(uri) != endpoint.tls:
        return (here,)
    there = http_url(uri, host, port, tls=endpoint.tls)
    return tuple(dict.fromkeys((there, here)))
