"""The media services: profiles, encoders and the addresses of the streams."""

from collections.abc import Callable
from typing import override
from xml.sax.saxutils import escape

from .onvif_options import OnvifOptions
from .onvif_profiles import (
    SOURCE,
    audio_encoder,
    encoder_token,
    gov_length,
    resolution,
    source_configuration,
)
from .onvif_xml import Call, invalid_argument, not_supported, tag, texts
from .state import CameraState, ProfileInfo

_MEDIA1_CODECS = {"h264": "H264", "hevc": "H265"}
"""H265 is not in ver10's schema; cameras say it nevertheless."""
_MEDIA1_AUDIO = {"aac": "AAC", "pcm_alaw": "G711", "pcm_mulaw": "G711"}
_MEDIA2_AUDIO = {"aac": "MP4A-LATM", "pcm_alaw": "PCMA", "pcm_mulaw": "PCMU"}
SNAPSHOT_PATH = "/onvif/snapshot/"


class _Media:
    """What both versions of the service share."""

    prefix = ""

    def __init__(
        self,
        state: CameraState,
        options: OnvifOptions,
        address: Callable[[str], str],
    ) -> None:
        """Take the function that makes an advertised URL of a path."""
        self._state = state
        self._options = options
        self._address = address

    def actions(self) -> dict[str, Callable[[Call], str]]:
        """Return what this version answers."""
        return {
            "GetStreamUri": self.stream_uri,
            "GetSnapshotUri": self.snapshot_uri,
            "GetVideoEncoderConfigurations": self.encoders,
        }

    def answer(self, call: Call) -> str:
        """Return the body of the response; raises SoapFaultError."""
        action = self.actions().get(call.action)
        if action is None:
            raise not_supported(call.action)
        name = f"{self.prefix}:{call.action}Response"
        return f"<{name}>{action(call)}</{name}>"

    def profile(self, token: str | None) -> ProfileInfo:
        """Return the profile of a token; raises SoapFaultError."""
        for profile in self._state.profiles:
            if profile.token == token:
                return profile
        raise invalid_argument("ter:NoProfile", "Profile Not Exist")

    def encoder(self, profile: ProfileInfo, name: str) -> str:
        """Return a profile's video encoder configuration as an element `name`."""
        raise NotImplementedError

    def uri(self, uri: str) -> str:
        """Return a URI as this version wraps it."""
        raise NotImplementedError

    def stream_uri(self, call: Call) -> str:
        """Answer GetStreamUri: the real port, the advertised host, no login."""
        profile = self.profile(call.text(f"{self.prefix}:ProfileToken"))
        host = self._state.advertised_host()
        return self.uri(f"rtsp://{host}:{self._state.rtsp_port}{profile.path}")

    def snapshot_uri(self, call: Call) -> str:
        """Answer GetSnapshotUri."""
        if not self._options.snapshots:
            raise not_supported(call.action)
        profile = self.profile(call.text(f"{self.prefix}:ProfileToken"))
        return self.uri(self._address(f"{SNAPSHOT_PATH}{profile.token}.jpg"))

    def encoders(self, call: Call) -> str:
        """Answer GetVideoEncoderConfigurations."""
        name = f"{self.prefix}:Configurations"
        return "".join(
            self.encoder(profile, name)
            for profile in self._state.profiles
            if self.asked(call, profile)
        )

    def asked(self, call: Call, profile: ProfileInfo) -> bool:
        """Return whether the request's tokens (none: all) name this profile."""
        token = call.text(f"{self.prefix}:ProfileToken")
        encoder = call.text(f"{self.prefix}:ConfigurationToken")
        return token in {None, profile.token} and encoder in {
            None,
            encoder_token(profile),
        }


class Media1(_Media):
    """Answers the requests of the namespace ver10/media/wsdl."""

    prefix = "trt"

    @override
    def actions(self) -> dict[str, Callable[[Call], str]]:
        """Add what only ver10 has."""
        return super().actions() | {
            "GetProfiles": self._profiles,
            "GetProfile": self._profile,
            "GetVideoEncoderConfiguration": self._encoder,
            "GetVideoSources": self._sources,
            "GetServiceCapabilities": lambda _: (
                '<trt:Capabilities SnapshotUri="true"/>'
            ),
        }

    @override
    def uri(self, uri: str) -> str:
        """Wrap it into trt:MediaUri."""
        return tag(
            "trt:MediaUri",
            texts(
                "tt",
                Uri=uri,
                InvalidAfterConnect=False,
                InvalidAfterReboot=False,
                Timeout="PT0S",
            ),
        )

    @override
    def encoder(self, profile: ProfileInfo, name: str) -> str:
        """Return tt:VideoEncoderConfiguration."""
        codec = _MEDIA1_CODECS[profile.codec]
        return tag(
            name,
            texts("tt", Name=encoder_token(profile), UseCount=1),
            texts("tt", Encoding=codec),
            resolution(profile),
            texts("tt", Quality=5),
            tag(
                "tt:RateControl",
                texts(
                    "tt",
                    FrameRateLimit=round(profile.fps),
                    EncodingInterval=1,
                    BitrateLimit=round(profile.bitrate / 1000),
                ),
            ),
            tag(
                f"tt:{codec}",
                texts(
                    "tt", GovLength=gov_length(profile), **{f"{codec}Profile": "Main"}
                ),
            ),
            "<tt:SessionTimeout>PT60S</tt:SessionTimeout>",
            token=encoder_token(profile),
        )

    def _profiles(self, call: Call) -> str:
        return "".join(
            self._element(profile, "trt:Profiles") for profile in self._state.profiles
        )

    def _profile(self, call: Call) -> str:
        return self._element(self.profile(call.text("trt:ProfileToken")), "trt:Profile")

    def _element(self, profile: ProfileInfo, name: str) -> str:
        audio = ""
        if profile.audio is not None:
            audio = audio_encoder(
                profile, "tt:AudioEncoderConfiguration", _MEDIA1_AUDIO[profile.audio]
            )
        return tag(
            name,
            texts("tt", Name=f"{profile.token} stream"),
            source_configuration(self._state, "tt:VideoSourceConfiguration"),
            self.encoder(profile, "tt:VideoEncoderConfiguration"),
            audio,
            token=profile.token,
            fixed="true",
        )

    def _encoder(self, call: Call) -> str:
        token = call.text("trt:ConfigurationToken")
        for profile in self._state.profiles:
            if encoder_token(profile) == token:
                return self.encoder(profile, "trt:Configuration")
        raise invalid_argument("ter:NoConfig", "Configuration Not Exist")

    def _sources(self, call: Call) -> str:
        main = self._state.profiles[0]
        return tag(
            "trt:VideoSources",
            texts("tt", Framerate=main.fps),
            resolution(main),
            token=SOURCE,
        )


class Media2(_Media):
    """Answers the requests of the namespace ver20/media/wsdl."""

    prefix = "tr2"

    @override
    def actions(self) -> dict[str, Callable[[Call], str]]:
        """Add what differs in ver20."""
        return super().actions() | {
            "GetProfiles": self._profiles,
            "GetServiceCapabilities": lambda _: (
                '<tr2:Capabilities SnapshotUri="true"><tr2:ProfileCapabilities '
                'MaximumNumberOfProfiles="2"/><tr2:StreamingCapabilities '
                'RTSPStreaming="true" RTP_RTSP_TCP="true"/></tr2:Capabilities>'
            ),
        }

    @override
    def uri(self, uri: str) -> str:
        """Return a bare tr2:Uri."""
        return f"<tr2:Uri>{escape(uri)}</tr2:Uri>"

    @override
    def encoder(self, profile: ProfileInfo, name: str) -> str:
        """Return tt:VideoEncoder2Configuration."""
        return tag(
            name,
            texts("tt", Name=encoder_token(profile), UseCount=1),
            texts("tt", Encoding=_MEDIA1_CODECS[profile.codec]),
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
        return tag("tr2:Configurations", *parts) if parts else ""
