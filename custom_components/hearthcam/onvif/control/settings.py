"""What of ImagingSettings20 is offered, and in which order its schema is."""

type Row = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Our key, the path in ImagingOptions20, the path in ImagingSettings20."""

_EXPOSURE = {
    "exposure_time": "ExposureTime",
    "exposure_time_min": "MinExposureTime",
    "exposure_time_max": "MaxExposureTime",
    "gain": "Gain",
    "gain_min": "MinGain",
    "gain_max": "MaxGain",
    "iris": "Iris",
}

NUMBERS: tuple[Row, ...] = (
    ("brightness", ("Brightness",), ("Brightness",)),
    ("color_saturation", ("ColorSaturation",), ("ColorSaturation",)),
    ("contrast", ("Contrast",), ("Contrast",)),
    ("sharpness", ("Sharpness",), ("Sharpness",)),
    *((key, ("Exposure", name), ("Exposure", name)) for key, name in _EXPOSURE.items()),
    (
        "backlight_level",
        ("BacklightCompensation", "Level"),
        ("BacklightCompensation", "Level"),
    ),
    (
        "wide_dynamic_range_level",
        ("WideDynamicRange", "Level"),
        ("WideDynamicRange", "Level"),
    ),
    ("white_balance_red", ("WhiteBalance", "YrGain"), ("WhiteBalance", "CrGain")),
    ("white_balance_blue", ("WhiteBalance", "YbGain"), ("WhiteBalance", "CbGain")),
    ("focus_speed", ("Focus", "DefaultSpeed"), ("Focus", "DefaultSpeed")),
    ("focus_near", ("Focus", "NearLimit"), ("Focus", "NearLimit")),
    ("focus_far", ("Focus", "FarLimit"), ("Focus", "FarLimit")),
)

CHOICES: tuple[Row, ...] = (
    ("ir_cut_filter", ("IrCutFilterModes",), ("IrCutFilter",)),
    ("exposure_mode", ("Exposure", "Mode"), ("Exposure", "Mode")),
    ("exposure_priority", ("Exposure", "Priority"), ("Exposure", "Priority")),
    ("white_balance_mode", ("WhiteBalance", "Mode"), ("WhiteBalance", "Mode")),
    (
        "backlight_mode",
        ("BacklightCompensation", "Mode"),
        ("BacklightCompensation", "Mode"),
    ),
    (
        "wide_dynamic_range_mode",
        ("WideDynamicRange", "Mode"),
        ("WideDynamicRange", "Mode"),
    ),
    ("focus_mode", ("Focus", "AutoFocusModes"), ("Focus", "AutoFocusMode")),
)

# What must not be sent beside a mode: some cameras refuse it, some leave the mode.
FOLLOWERS: dict[tuple[str, str], tuple[str, ...]] = {
    ("Exposure", "AUTO"): ("ExposureTime", "Gain", "Iris"),
    ("WhiteBalance", "AUTO"): ("CrGain", "CbGain"),
    ("BacklightCompensation", "OFF"): ("Level",),
    ("WideDynamicRange", "OFF"): ("Level",),
}

ORDER: dict[str, tuple[str, ...]] = {
    "ImagingSettings": (
        "BacklightCompensation",
        "Brightness",
        "ColorSaturation",
        "Contrast",
        "Exposure",
        "Focus",
        "IrCutFilter",
        "Sharpness",
        "WideDynamicRange",
        "WhiteBalance",
        "Extension",
    ),
    "Exposure": (
        "Mode",
        "Priority",
        "Window",
        "MinExposureTime",
        "MaxExposureTime",
        "MinGain",
        "MaxGain",
        "MinIris",
        "MaxIris",
        "ExposureTime",
        "Gain",
        "Iris",
    ),
    "Focus": ("AutoFocusMode", "DefaultSpeed", "NearLimit", "FarLimit", "Extension"),
    "WhiteBalance": ("Mode", "CrGain", "CbGain", "Extension"),
    "BacklightCompensation": ("Mode", "Level"),
    "WideDynamicRange": ("Mode", "Level"),
}
