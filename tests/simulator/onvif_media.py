"""The media service ver10, and what both versions share."""

from collections.abc import Callable
from typing import override

from .onvif_encoder import EncoderSetter, options_of
from .onvif_options import OnvifOptions
from .onvif_profiles import (
    SOURCE,
    audio_encoder,
    encoder_token,
    gov_length,
    resolution,
    source_configuration,
    vendor_part,
)
from .onvif_ptz import ptz_configuration
from .onvif_xml import Call, invalid_argument, not_supported, tag, texts
from .state import CameraState, ProfileInfo

CODECS = {"h264": "H264", "hevc": "H265"}
"""H265 is not in ver10's schema; cameras say it nevertheless."""
_MEDIA1_AUDIO = {"aac": "AAC", "pcm_alaw": "G711", "pcm_mulaw": "G711"}
CAPABILITIES = '<trt:Capabilities SnapshotUri="true"/>'
SNAPSHOT_PATH = "/onvif/snapshot/"


class MediaService:
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
            "GetVideoEncoderConfigurationOptions": self.encoder_options,
            "SetVideoEncoderConfiguration": self.set_encoder,
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

    def encoder_options(self, call: Call) -> str:
        """Answer GetVideoEncoderConfigurationOptions."""
        for profile in self._state.profiles:
            if self.asked(call, profile):
                return options_of(profile, media2=self.prefix == "tr2")
        raise invalid_argument("ter:NoConfig", "Configuration Not Exist")

    def set_encoder(self, call: Call) -> str:
        """Answer SetVideoEncoderConfiguration."""
        EncoderSetter(self._state, self._options).set(call, self.prefix)
        return ""

    def asked(self, call: Call, profile: ProfileInfo) -> bool:
        """Return whether the request's tokens (none: all) name this profile."""
        token = call.text(f"{self.prefix}:ProfileToken")
        encoder = call.text(f"{self.prefix}:ConfigurationToken")
        return token in {None, profile.token} and encoder in {
            None,
            encoder_token(profile),
        }


class Media1(MediaService):
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
            "GetServiceCapabilities": lambda _: CAPABILITIES,
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
        codec = CODECS[profile.codec]
        return tag(
            name,
            texts("tt", Name=encoder_token(profile), UseCount=1, Encoding=codec),
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
            vendor_part(),
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
            ptz_configuration("tt:PTZConfiguration") if self._options.ptz else "",
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
