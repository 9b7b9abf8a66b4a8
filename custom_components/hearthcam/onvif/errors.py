"""What can go wrong between us and a camera.

Texts are fixed or made of names that ONVIF defines: a camera's own words, its
address and credentials never get into them.
"""


class OnvifError(Exception):
    """Anything that went wrong; its kinds say what."""


class OnvifConnectionError(OnvifError):
    """The camera cannot be reached, or the connection broke."""


class OnvifTimeoutError(OnvifConnectionError):
    """The camera did not answer in time."""


class OnvifCertificateError(OnvifConnectionError):
    """The camera's certificate is not the one that is trusted.

    ``fingerprint`` is the SHA-256 of the certificate that it showed, 64 hexadecimal
    digits, to be compared and pinned; None when it was not seen.
    """

    def __init__(self, fingerprint: str | None = None) -> None:
        """Keep the fingerprint, which is no secret."""
        super().__init__("The camera's certificate is not trusted")
        self.fingerprint = fingerprint


class OnvifAuthError(OnvifError):
    """The camera refuses the credentials, or wants some and none were given."""


class OnvifResponseError(OnvifError):
    """The answer is not what ONVIF says it should be."""


class OnvifFaultError(OnvifResponseError):
    """The camera answered with a SOAP fault.

    ``codes`` are the local names of its code and subcodes, outermost first
    (``("Sender", "ActionNotSupported")``).
    """

    def __init__(self, codes: tuple[str, ...]) -> None:
        """Keep the codes."""
        super().__init__(f"The camera refused: {'/'.join(codes) or 'no reason given'}")
        self.codes = codes


class OnvifHttpError(OnvifResponseError):
    """The camera answered with an HTTP status and without SOAP.

    ``status`` tells more than the text: 404 is a path that is not there.
    """

    def __init__(self, status: int) -> None:
        """Keep the status."""
        super().__init__(f"The camera answers HTTP {status}")
        self.status = status
