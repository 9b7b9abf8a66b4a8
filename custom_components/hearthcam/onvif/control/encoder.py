"""Video encoder configurations: read, changed on the camera, and read again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from ..device import OnvifCamera
from ..errors import OnvifResponseError
from ..media import read_encoder
from ..models import EncoderSettings
from ..qualified import child, children, local, parse_qualified, serialise
from ..services import MEDIA1, MEDIA2
from ..soap import Request
from ..xmltree import parse
from .encoder_change import EncoderChange, changed_configuration
from .encoder_options import EncoderOptions, read_options

# Seconds to wait before reading again: encoders take a moment to take settings.
_READ_AGAIN = (0.0, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class EncoderResult:
    """What came of a change.

    Attributes:
        ignored: names of the fields of the change that the camera answered well to
            and did not take.
    """

    before: EncoderSettings
    after: EncoderSettings
    ignored: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether all is as it was asked for."""
        return not self.ignored


class Encoders:
    """The video encoders of one camera; every method raises as `OnvifCamera`.

    Profiles are named by their token. Media 2 is used where the camera has it, since
    Media 1 knows neither H.265 nor GOP lengths of other codecs than H.264.
    """

    def __init__(
        self,
        camera: OnvifCamera,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Nothing is asked yet; ``sleep`` is for tests."""
        self._camera = camera
        self._sleep = sleep

    async def settings(self, profile: str) -> EncoderSettings:
        """Return how the encoder of a profile is set."""
        namespace, element = await self._configuration(profile)
        return _settings(element, namespace)

    async def options(self, profile: str) -> EncoderOptions:
        """Return what the encoder of a profile can be set to."""
        namespace, element = await self._configuration(profile)
        body = (
            f"<ConfigurationToken>{escape(element.get('token', ''))}"
            f"</ConfigurationToken><ProfileToken>{escape(profile)}</ProfileToken>"
        )
        name = "GetVideoEncoderConfigurationOptions"
        return read_options(await self._camera.call(namespace, name, body))

    async def change(self, profile: str, change: EncoderChange) -> EncoderResult:
        """Change the encoder of a profile and tell what the camera made of it.

        All else is sent back as the camera gave it. Other profiles that share the
        encoder change too (``use_count``).
        """
        namespace, element = await self._configuration(profile)
        before = _settings(element, namespace)
        wanted = changed_configuration(element, change, is_media2=namespace == MEDIA2)
        body = serialise(wanted, f"{{{namespace}}}Configuration")
        if namespace == MEDIA1:
            body += "<ForcePersistence>true</ForcePersistence>"
        name = "SetVideoEncoderConfiguration"
        await self._camera.call(namespace, name, body, lenient=True)
        after, ignored = before, change.fields
        for delay in _READ_AGAIN:
            if delay:
                await self._sleep(delay)
            after = await self.settings(profile)
            if not (ignored := change.missing_in(after)):
                break
        return EncoderResult(before, after, ignored)

    async def _configuration(self, profile: str) -> tuple[str, Element]:
        """Return the configuration of a profile as it came, and whose it is."""
        failure: OnvifResponseError | None = None
        for namespace in await self._versions():
            try:
                found = await self._configuration_of(namespace, profile)
            except OnvifResponseError as error:
                failure = failure or error
                continue
            if found is not None:
                return namespace, found
        raise failure or OnvifResponseError("The profile has no video encoder")

    async def _configuration_of(self, namespace: str, profile: str) -> Element | None:
        token = f"<ProfileToken>{escape(profile)}</ProfileToken>"
        if namespace == MEDIA2:
            # By profile, so that no recorder tells those of all its channels.
            name = "GetVideoEncoderConfigurations"
            found = children(
                await self._asked(namespace, name, token), "Configurations"
            )
            if len(found) == 1:
                return found[0]
            # Some ignore the profile and tell all: the profile says which it is.
            name, body = "GetProfiles", f"<Token>{escape(profile)}</Token>"
            message = await self._asked(namespace, name, f"{body}<Type>All</Type>")
            told = _with_token(children(message, "Profiles"), profile)
            return child(told, "Configurations", "VideoEncoder")
        message = await self._asked(namespace, "GetProfile", token)
        return child(message, "Profile", "VideoEncoderConfiguration")

    async def _asked(self, namespace: str, name: str, body: str) -> Element | None:
        answer = await self._camera.exchange(Request("", namespace, name, body))
        return child(parse_qualified(answer.data), "Body", f"{name}Response")

    async def _versions(self) -> tuple[str, ...]:
        told = await self._camera.services()
        return (MEDIA2, MEDIA1) if MEDIA2 in told else (MEDIA1,)


def _settings(element: Element, namespace: str) -> EncoderSettings:
    """Return what a configuration says."""
    plain = parse(serialise(element, f"{{{namespace}}}Configuration").encode())
    return read_encoder(plain)


def _with_token(elements: list[Element], token: str) -> Element | None:
    return next(
        (e for e in elements if local(e.tag) and e.get("token", "").strip() == token),
        None,
    )
