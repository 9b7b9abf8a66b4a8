"""What pictures a camera offers: video, motion JPEG, stills only."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .choice import StreamChoice, choose_streams
from .device import OnvifCamera
from .errors import OnvifError
from .models import MediaProfile

_VIDEO = ("h264", "h265")


class PictureKind(StrEnum):
    """The best that a camera offers."""

    VIDEO = "video"
    """H.264 or H.265, which is recorded as it comes."""
    MJPEG = "mjpeg"
    """A stream of JPEGs only."""
    STILLS = "stills"
    """No stream that is understood, but a picture at a URL."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class PictureOffer:
    """What pictures a camera offers.

    Attributes:
        choice: the streams to take, None without any.
        jpeg: profiles that are motion JPEG.
        still: URL of a still picture that was fetched, without login; None when there
            is none that works.
        still_profile: token of its profile.
    """

    kind: PictureKind
    choice: StreamChoice | None = None
    jpeg: tuple[MediaProfile, ...] = ()
    still: str | None = None
    still_profile: str | None = None


async def offered_pictures(
    camera: OnvifCamera, profiles: Iterable[MediaProfile]
) -> PictureOffer:
    """Find out what pictures there are; stills are fetched once to be sure.

    Raises as `OnvifCamera` only where nothing at all can be asked.
    """
    known = list(profiles)
    choice = choose_streams(known)
    main = choice.main if choice else next(iter(known), None)
    still = await working_still(camera, main.token) if main else None
    if choice is None:
        kind = PictureKind.STILLS if still else PictureKind.NOTHING
    else:
        is_video = choice.main.codec in _VIDEO
        is_jpeg = choice.main.codec == "mjpeg"
        kind = (
            PictureKind.VIDEO
            if is_video
            else PictureKind.MJPEG
            if is_jpeg
            else PictureKind.STILLS
            if still
            else PictureKind.NOTHING
        )
    return PictureOffer(
        kind,
        choice,
        tuple(profile for profile in known if profile.codec == "mjpeg"),
        still,
        main.token if main and still else None,
    )


async def working_still(camera: OnvifCamera, token: str) -> str | None:
    """Return the URL at which a profile's still picture really is, None without."""
    for url in await camera.snapshot_uris(token):
        try:
            await camera.picture(url)
        except OnvifError:
            continue
        return url
    return None
