"""Media profiles, of Media 1 and Media 2 alike."""

from xml.etree.ElementTree import Element

from .models import MediaProfile
from .xmltree import descend, find, find_all, number, number_of, text_of

MAX_PROFILES = 256
_VIDEO = {
    "h264": "h264",
    "avc": "h264",
    "h265": "h265",
    "hevc": "h265",
    "jpeg": "mjpeg",
    "mjpeg": "mjpeg",
    "mpeg4": "mpeg4",
    "mpv4-es": "mpeg4",
}
_AUDIO = {
    "aac": "aac",
    "mp4a-latm": "aac",
    "mpeg4-generic": "aac",
    "pcmu": "pcm_mulaw",
    "g711u": "pcm_mulaw",
    "g711ulaw": "pcm_mulaw",
    "pcma": "pcm_alaw",
    "g711a": "pcm_alaw",
    "g711alaw": "pcm_alaw",
    "g711": "g711",
    "g726": "g726",
}


def parse_profiles(message: Element) -> list[MediaProfile]:
    """Return the profiles of a GetProfilesResponse that have a token, bounded.

    Media 1 puts the configurations into the profile as ``…Configuration``, Media 2
    into ``Configurations`` under their bare names.
    """
    profiles: dict[str, MediaProfile] = {}
    for element in find_all(message, "Profiles")[:MAX_PROFILES]:
        token = element.get("token", "").strip()
        if 0 < len(token) <= 256:
            profiles.setdefault(token, _profile(element, token))
    return list(profiles.values())


def _profile(element: Element, token: str) -> MediaProfile:
    """Return one profile; what is missing or nonsense is None."""
    video = _configuration(element, "VideoEncoder")
    audio = _configuration(element, "AudioEncoder")
    source = _configuration(element, "VideoSource")
    return MediaProfile(
        token=token,
        name=text_of(element, "Name") or token,
        codec=_codec(video, _VIDEO),
        width=_whole(number_of(video, "Resolution", "Width")),
        height=_whole(number_of(video, "Resolution", "Height")),
        fps=number_of(video, "RateControl", "FrameRateLimit") or None,
        bitrate=_whole(number_of(video, "RateControl", "BitrateLimit")),
        gop=_gop(video),
        audio_codec=_codec(audio, _AUDIO),
        source=text_of(source, "SourceToken"),
    )


def _configuration(profile: Element, name: str) -> Element | None:
    """Return a configuration of a profile of either Media version."""
    found = find(profile, "Configurations", name)
    return found if found is not None else find(profile, f"{name}Configuration")


def _codec(encoder: Element | None, names: dict[str, str]) -> str | None:
    """Return our name of an encoder's codec."""
    word = text_of(encoder, "Encoding", limit=32)
    if word is None:
        return None
    word = word.lower()
    return names.get(word.replace(".", "").replace("_", "-"), word)


def _gop(encoder: Element | None) -> int | None:
    """Return frames from keyframe to keyframe: an attribute in Media 2."""
    if encoder is None:
        return None
    length = number(encoder.get("GovLength"))
    if length is None and (element := descend(encoder, "GovLength")) is not None:
        length = number(element.text)
    return _whole(length)


def _whole(value: float | None) -> int | None:
    """Return a whole number above zero, None for anything else."""
    return int(value) or None if value is not None else None
