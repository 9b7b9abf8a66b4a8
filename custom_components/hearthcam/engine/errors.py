"""What went wrong with a stream or a file, and that in the protocol's words."""

from typing import Final

import av

from ..privacy.local_only import NotLocalError
from .protocol import StreamError

MEDIA_ERRORS: Final = (av.FFmpegError, OSError, ValueError)
"""What PyAV raises for media that are not what they should be, and for their disk."""


class StreamFailure(Exception):
    """A stream cannot be used; ``reason`` says why. Its text names no address."""

    def __init__(self, reason: StreamError) -> None:
        """Keep the reason."""
        super().__init__(reason.value)
        self.reason = reason


def classify(error: Exception) -> StreamError:
    """Return the protocol's word for what PyAV or the gate raised.

    FFmpeg turns RTSP's status codes into the errors of HTTP: 401 and 403 mean the
    login, 404 the path; 5xx and 454 come from cameras that are starting.
    """
    match error:
        case StreamFailure():
            return error.reason
        case NotLocalError():
            return StreamError.NOT_LOCAL
        case av.error.HTTPUnauthorizedError() | av.error.HTTPForbiddenError():
            return StreamError.INVALID_AUTH
        case av.error.HTTPNotFoundError():
            return StreamError.NOT_FOUND
        case TimeoutError() | av.error.ExitError():
            return StreamError.TIMEOUT
        case av.error.EOFError():
            return StreamError.ENDED
        case av.error.InvalidDataError():
            return StreamError.NO_VIDEO
        case av.error.ProtocolNotFoundError():
            return StreamError.INVALID_URL
        case OSError() | av.error.HTTPError():
            return StreamError.CANNOT_CONNECT
        case ValueError():
            return StreamError.INVALID_URL
        case _:
            return StreamError.UNKNOWN
