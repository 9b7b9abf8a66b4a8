"""What both media services say of a profile's parts."""

from .onvif_xml import tag, texts
from .state import CameraState, ProfileInfo

SOURCE = "vs0"
VENDOR = "http://vendor.example/encoder"
SOURCE_CONFIGURATION = "v0"


def encoder_token(profile: ProfileInfo) -> str:
    """Return the token of a profile's video encoder configuration."""
    return f"encoder_{profile.token}"


def vendor_part() -> str:
    """Return what a maker added to its encoders, which must come back unchanged."""
    return f'<Smart xmlns="{VENDOR}" mode="keep"><Codec>Smart+</Codec></Smart>'


def gov_length(profile: ProfileInfo) -> int:
    """Return the distance of keyframes in frames."""
    return max(1, round(profile.gop * profile.fps))


def resolution(profile: ProfileInfo) -> str:
    """Return tt:Resolution."""
    return tag("tt:Resolution", texts("tt", Width=profile.width, Height=profile.height))


def source_configuration(state: CameraState, name: str) -> str:
    """Return the video source configuration, common to all profiles."""
    main = state.profiles[0]
    return tag(
        name,
        texts("tt", Name="source", UseCount=2, SourceToken=SOURCE),
        tag("tt:Bounds", x=0, y=0, width=main.width, height=main.height),
        token=SOURCE_CONFIGURATION,
    )


def audio_encoder(profile: ProfileInfo, name: str, encoding: str) -> str:
    """Return the audio encoder configuration of a profile that has sound."""
    token = f"audio_{profile.token}"
    return tag(
        name,
        texts(
            "tt", Name=token, UseCount=1, Encoding=encoding, Bitrate=64, SampleRate=8
        ),
        token=token,
    )
