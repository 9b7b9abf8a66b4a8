"""The media service ver20."""

from collections.abc import Callable
from typing import override
from xml.sax.saxutils import escape

from .onvif_masks import MaskService
from .onvif_media import CODECS, MediaService
from .onvif_options import OnvifOptions
from .onvif_profiles import (
    audio_encoder,
    encoder_token,
    gov_length,
    resolution,
    source_configuration,
    vendor_part,
)
from .onvif_ptz import ptz_configuration
from .onvif_xml import Call, tag, texts
from .state import CameraState, ProfileInfo

_MEDIA2_AUDIO = {"aac": "MP4A-LATM", "pcm_alaw": "PCMA", "pcm_mulaw": "PCMU"}


class Media2(MediaService):
    """Answers the requests of the namespace ver20/media/wsdl."""

    prefix = "tr2"

    def __init__(
        self,
        state: CameraState,
        options: OnvifOptions,
        address: Callable[[str], str],
    ) -> None:
        """Add the masks."""
        super().__init__(state, options, address)
        self.masks = MaskService(state, options.masks)

    @override
    def actions(self) -> dict[str, Callable[[Call], str]]:
        """Add what differs in ver20."""
        return (
            super().actions()
            | self.masks.actions()
            | {
                "GetProfiles": self._profiles,
                "GetServiceCapabilities": lambda _: (
                    '<tr2:Capabilities SnapshotUri="true"><tr2:ProfileCapabilities '
                    'MaximumNumberOfProfiles="2"/><tr2:StreamingCapabilities '
                    'RTSPStreaming="true" RTP_RTSP_TCP="true"/></tr2:Capabilities>'
                ),
            }
        )

    @override
    def uri(self, uri: str) -> str:
        """Return a bare tr2:Uri."""
        return f"<tr2:Uri>{escape(uri)}</tr2:Uri>"

    @override
    def encoder(self, profile: ProfileInfo, name: str) -> str:
        """Return tt:VideoEncoder2Configuration."""
        return tag(
            name,
            texts(
                "tt",
                Name=encoder_token(profile),
                UseCount=1,
                Encoding=CODECS[profile.codec],
            ),
            resolution(profile),
            tag(
                "tt:RateControl",
                texts(
                    "tt",
                    FrameRateLimit=profile.fps,
                    BitrateLimit=round(profile.bitrate / 1000),
                ),
                ConstantBitRate="false",
            ),
            texts("tt", Quality=5),
            vendor_part(),
            token=encoder_token(profile),
            GovLength=gov_length(profile),
            Profile="Main",
        )

    def _profiles(self, call: Call) -> str:
        kinds = set(call.texts("tr2:Type"))
        token = call.text("tr2:Token")
        if token is not None:
            self.profile(token)
        return "".join(
            tag(
                "tr2:Profiles",
                texts("tr2", Name=f"{profile.token} stream"),
                self._configurations(profile, kinds),
                token=profile.token,
                fixed="true",
            )
            for profile in self._state.profiles
            if token in {None, profile.token}
        )

    def _configurations(self, profile: ProfileInfo, kinds: set[str]) -> str:
        """Return what was asked for: without a Type only names (ONVIF Media2 5.2.2)."""
        parts = []
        if kinds & {"All", "VideoSource"}:
            parts.append(source_configuration(self._state, "tr2:VideoSource"))
        if kinds & {"All", "VideoEncoder"}:
            parts.append(self.encoder(profile, "tr2:VideoEncoder"))
        if kinds & {"All", "AudioEncoder"} and profile.audio is not None:
            encoding = _MEDIA2_AUDIO[profile.audio]
            parts.append(audio_encoder(profile, "tr2:AudioEncoder", encoding))
        if kinds & {"All", "PTZ"} and self._options.ptz:
            parts.append(ptz_configuration("tr2:PTZ"))
        return tag("tr2:Configurations", *parts) if parts else ""
