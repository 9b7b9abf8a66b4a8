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


class ZoneError(HomeAssistantError):
    """A zone cannot be as it was asked for; ``key`` names the translated text."""

    def __init__(self, key: str, **placeholders: str) -> None:
        """Remember which text, and what is in it."""
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders=placeholders,
        )
        self.code = key
