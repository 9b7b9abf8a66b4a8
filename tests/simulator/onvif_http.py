"""HTTP as the simulated device speaks it."""

import socket

from aiohttp import web

CONTENT_TYPE = "application/soap+xml; charset=utf-8"


def response(body: bytes, status: int = 200) -> web.Response:
    """Return an answer with SOAP in it."""
    return web.Response(
        body=body, status=status, headers={"Content-Type": CONTENT_TYPE}
    )


def reserved(host: str, port: int) -> socket.socket:
    """Hold a port without listening: connections to it are refused."""
    placeholder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    placeholder.bind((host, port))
    return placeholder
