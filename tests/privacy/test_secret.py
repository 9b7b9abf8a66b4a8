"""What lets somebody in."""

import pytest

from custom_components.hearthcam.privacy.secret import is_secret


@pytest.mark.parametrize("brought", [None, "", "ke", "key2", "KEY", "k\udce9y", "ké"])
def test_nothing_else_is_the_secret(brought: str | None) -> None:
    assert not is_secret(brought, "key")


def test_the_secret_is() -> None:
    assert is_secret("key", "key")
