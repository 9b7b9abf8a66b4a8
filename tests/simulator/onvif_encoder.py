"""Setting the encoders of the simulated camera, by either media service."""

from dataclasses import replace
import xml.etree.ElementTree as ET

from .onvif_options import OnvifOptions
from .onvif_profiles import VENDOR, encoder_token
from .onvif_xml import NAMESPACES, TT, Call, invalid_argument, tag, texts
from .state import CameraState, ProfileInfo

CODECS = {"H264": "h264", "H265": "hevc"}
MAX_FPS = 30
MAX_GOP = 400
MAX_BITRATE = 16384
_ORDER = {
    "trt": (
        "Name",
        "UseCount",
        "Encoding",
        "Resolution",
        "Quality",
        "RateControl",
        "MPEG4",
        "H264",
        "H265",
        "Multicast",
        "SessionTimeout",
    ),
    "tr2": (
        "Name",
        "UseCount",
        "Encoding",
        "Resolution",
        "RateControl",
        "Multicast",
        "Quality",
    ),
}


def options_of(profile: ProfileInfo, *, media2: bool) -> str:
    """Return tr2:Options or the inside of trt:Options for a profile's encoder."""
    size = tag(
        "tt:ResolutionsAvailable",
        texts("tt", Width=profile.width, Height=profile.height),
    )
    rate = texts("tt", Min=64, Max=MAX_BITRATE)
    if media2:
        return "".join(
            tag(
                "tr2:Options",
                texts("tt", Encoding=codec),
                tag("tt:QualityRange", texts("tt", Min=0, Max=10)),
                size,
                tag("tt:BitrateRange", rate),
                GovLengthRange=f"1 {MAX_GOP}",
                FrameRatesSupported="30 25 20 15 10 5 1",
                ProfilesSupported="Main High",
            )
            for codec in CODECS
        )
    return tag(
        "trt:Options",
        tag("tt:QualityRange", texts("tt", Min=0, Max=10)),
        tag(
            "tt:H264",
            size,
            tag("tt:GovLengthRange", texts("tt", Min=1, Max=MAX_GOP)),
            tag("tt:FrameRateRange", texts("tt", Min=1, Max=MAX_FPS)),
            texts("tt", H264ProfilesSupported="Main"),
        ),
        tag("tt:Extension", tag("tt:H264", tag("tt:BitrateRange", rate))),
    )


class EncoderSetter:
    """Takes SetVideoEncoderConfiguration and changes what the profiles say."""

    def __init__(self, state: CameraState, options: OnvifOptions) -> None:
        """Change the profiles of `state`."""
        self._state = state
        self._options = options

    def set(self, call: Call, prefix: str) -> None:
        """Take a configuration; raises SoapFaultError where a strict camera would."""
        sent = call.find(f"{prefix}:Configuration")
        if sent is None:
            raise invalid_argument("ter:ConfigModify", "no configuration")
        names = [child.tag.removeprefix(f"{{{TT}}}") for child in sent]
        standard = [name for name in names if not name.startswith("{")]
        order = _ORDER[prefix]
        if [name for name in order if name in standard] != standard:
            raise invalid_argument("ter:ConfigModify", "not the schema's order")
        if names[-1:] != [f"{{{VENDOR}}}Smart"] or sent[-1].get("mode") != "keep":
            raise invalid_argument("ter:ConfigModify", "the vendor's part is lost")
        for profile in self._state.profiles:
            if encoder_token(profile) == sent.get("token"):
                self._change(profile, sent, prefix)
                return
        raise invalid_argument("ter:NoConfig", "Configuration Not Exist")

    def _change(self, profile: ProfileInfo, sent: ET.Element, prefix: str) -> None:
        fps = float(_text(sent, "tt:RateControl/tt:FrameRateLimit"))
        bitrate = float(_text(sent, "tt:RateControl/tt:BitrateLimit"))
        encoding = _text(sent, "tt:Encoding")
        length = sent.get("GovLength") or sent.findtext(
            f"tt:{encoding}/tt:GovLength", namespaces=NAMESPACES
        )
        gop = float(length or "nan")
        known = encoding in CODECS and (prefix == "tr2" or encoding == "H264")
        if not (
            known
            and 0 < fps <= MAX_FPS
            and 0 < gop <= MAX_GOP
            and 0 < bitrate <= MAX_BITRATE
        ):
            raise invalid_argument("ter:ConfigModify", "out of range")
        if self._options.ignores_settings:
            return
        changed = replace(
            profile,
            codec=CODECS[encoding],
            fps=fps,
            gop=gop / fps,
            bitrate=round(bitrate * 1000),
        )
        self._state.profiles = tuple(
            changed if one is profile else one for one in self._state.profiles
        )
        if self._state.encoder_changed is not None:
            self._state.encoder_changed(changed)


def _text(element: ET.Element, path: str) -> str:
    found = element.findtext(path, namespaces=NAMESPACES)
    if found is None:
        raise invalid_argument("ter:ConfigModify", f"{path} is missing")
    return found.strip()
