"""The integration's own errors, translated."""

from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN


class EngineError(HomeAssistantError):
    """The engine cannot do what was asked; ``key`` names the translated text."""

    def __init__(self, key: str) -> None:
        """Remember which text."""
        super().__init__(translation_domain=DOMAIN, translation_key=key)


class LibraryUnavailableError(HomeAssistantError):
    """The clip library cannot be used."""

    def __init__(self) -> None:
        """Remember the text."""
        super().__init__(
            translation_domain=DOMAIN, translation_key="library_not_opened"
        )
