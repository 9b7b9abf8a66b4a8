"""Media profiles, of Media 1 and Media 2 alike."""

from xml.etree.ElementTree import Element

from .models import EncoderSettings, MediaProfile
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
    encoder = read_encoder(video) if video is not None else EncoderSettings()
    audio = _configuration(element, "AudioEncoder")
    source = _configuration(element, "VideoSource")
    ptz = _configuration(element, "PTZ")
    analytics = _configuration(element, "Analytics")
    if analytics is None:
        analytics = _configuration(element, "VideoAnalytics")
    return MediaProfile(
        token=token,
        name=text_of(element, "Name") or token,
        codec=encoder.codec,
        width=encoder.width,
        height=encoder.height,
        fps=encoder.fps,
        bitrate=encoder.bitrate,
        gop=encoder.gop,
        audio_codec=_codec(audio, _AUDIO),
        source=text_of(source, "SourceToken"),
        source_configuration=_token(source),
        encoder=encoder.token,
        ptz_node=(text_of(ptz, "NodeToken") or "") if ptz is not None else None,
        analytics=_token(analytics),
    )


def read_encoder(element: Element) -> EncoderSettings:
    """Return the settings of a video encoder configuration of either version."""
    cbr = find(element, "RateControl")
    constant = (cbr.get("ConstantBitRate") if cbr is not None else None) or ""
    word = text_of(element, "Encoding", limit=32)
    group = find(element, word or "")
    return EncoderSettings(
        token=_token(element),
        codec=codec_name(word) if word else None,
        width=_whole(number_of(element, "Resolution", "Width")),
        height=_whole(number_of(element, "Resolution", "Height")),
        fps=number_of(element, "RateControl", "FrameRateLimit") or None,
        bitrate=_whole(number_of(element, "RateControl", "BitrateLimit")),
        gop=_gop(element),
        quality=number_of(element, "Quality"),
        profile=element.get("Profile") or text_of(group, f"{word}Profile"),
        constant_bitrate={"true": True, "1": True, "false": False, "0": False}.get(
            constant.lower()
        ),
        use_count=_whole(number_of(element, "UseCount")),
    )


def codec_name(word: str) -> str:
    """Return our name of a video codec."""
    return _named(word, _VIDEO)


def _configuration(profile: Element, name: str) -> Element | None:
    """Return a configuration of a profile of either Media version."""
    found = find(profile, "Configurations", name)
    return found if found is not None else find(profile, f"{name}Configuration")


def _codec(encoder: Element | None, names: dict[str, str]) -> str | None:
    """Return our name of an encoder's codec."""
    word = text_of(encoder, "Encoding", limit=32)
    if word is None:
        return None
    return _named(word, names)


def _named(word: str, names: dict[str, str]) -> str:
    word = word.strip().lower()
    return names.get(word.replace(".", "").replace("_", "-"), word)


def _token(element: Element | None) -> str | None:
    """Return the token of a configuration."""
    token = (element.get("token") or "").strip() if element is not None else ""
    return token if 0 < len(token) <= 256 else None


def _gop(encoder: Element) -> int | None:
    """Return frames from keyframe to keyframe: an attribute in Media 2.

    In Media 1 it is in the group of the codec, where there may be another one.
    """
    length = number(encoder.get("GovLength"))
    codec = text_of(encoder, "Encoding", limit=32) or ""
    element = find(encoder, codec, "GovLength")
    if element is None:
        element = descend(encoder, "GovLength")
    if length is None and element is not None:
        length = number(element.text)
    return _whole(length)


def _whole(value: float | None) -> int | None:
    """Return a whole number above zero, None for anything else."""
    return int(value) or None if value is not None else None
