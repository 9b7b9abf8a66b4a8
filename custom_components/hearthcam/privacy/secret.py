"""What somebody brings to be let in, compared with what it has to be."""

import secrets


def is_secret(brought: str | None, secret: str) -> bool:
    """Tell whether that is the secret, in a time that tells nothing of it.

    It is compared as it came: what a request brings may be no UTF-8.
    """
    if brought is None:
        return False
    found = brought.encode(errors="surrogateescape")
    return secrets.compare_digest(found, secret.encode())
