"""What would be changed on a camera to cure its streams, and changing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .engine.protocol import Profile
from .onvif import EncoderSettings, OnvifCamera, OnvifError
from .onvif.control import EncoderChange, EncoderOptions, Encoders
from .privacy.local_only import NotLocalError
from .stream_advice import Candidate, Cure, cure
from .stream_report import StreamReport, plain

_CODECS: Final = {"h264": "H.264", "h265": "H.265"}


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change of one encoder within what the camera can do."""

    profile: Profile
    token: str
    before: EncoderSettings
    change: EncoderChange

    @property
    def fps(self) -> float | None:
        """Frames per second after the change."""
        return self.change.fps or self.before.fps


@dataclass(frozen=True, slots=True)
class ChangeMade:
    """What came of it; ``ignored`` None means that the camera refused it all."""

    planned: PlannedChange
    ignored: tuple[str, ...] | None

    @property
    def done(self) -> tuple[str, ...]:
        """The names of what the camera took."""
        if self.ignored is None:
            return ()
        return tuple(
            name for name in self.planned.change.fields if name not in self.ignored
        )


async def async_plan(
    camera: OnvifCamera,
    chosen: Mapping[Profile, Candidate],
    encoders_of: Mapping[str, str | None],
    *,
    h264: bool = False,
) -> list[PlannedChange]:
    """Return what would be changed; a camera that does not tell gets no change.

    ``encoders_of`` has the encoder of each profile by token: where main and sub share
    one, nothing is done for the sub's sake.
    """
    encoders = Encoders(camera)
    planned: list[PlannedChange] = []
    taken: set[str] = set()
    for profile, candidate in chosen.items():
        wanted = cure(profile, candidate, h264=h264)
        encoder = encoders_of.get(candidate.token)
        if wanted is None or (encoder is not None and encoder in taken):
            continue
        if encoder is not None:
            taken.add(encoder)
        try:
            before = await encoders.settings(candidate.token)
            options = await _options(encoders, candidate.token)
        except OnvifError, NotLocalError:
            continue
        change = _change(wanted, before, candidate, options)
        if change.fields:
            planned.append(PlannedChange(profile, candidate.token, before, change))
    return planned


async def _options(encoders: Encoders, token: str) -> EncoderOptions:
    try:
        return await encoders.options(token)
    except OnvifError:
        # Few cameras tell them; the camera refuses what it cannot do.
        return EncoderOptions()


def _change(
    wanted: Cure, before: EncoderSettings, candidate: Candidate, options: EncoderOptions
) -> EncoderChange:
    """Return a cure as encoders are set: GOPs in frames, at the rate to come."""
    codec = wanted.codec if options.of(wanted.codec) else None
    seen = candidate.measured.fps if candidate.measured else 0.0
    rate = EncoderChange(fps=wanted.fps).fitted(options, codec or before.codec).fps
    fps = rate or before.fps or seen
    gop = wanted.gop
    if gop is None and rate is not None and before.gop and before.fps:
        # The distance in seconds stays; it would grow with fewer frames a second.
        gop = before.gop / before.fps
    frames = max(1, round(gop * fps)) if gop and fps else None
    change = EncoderChange(codec=codec, fps=rate, gop=frames)
    fitted = change.fitted(options, codec or before.codec)
    same = {name for name in fitted.fields if not _differs(name, fitted, before)}
    return EncoderChange(
        codec=None if "codec" in same else fitted.codec,
        fps=None if "fps" in same else fitted.fps,
        gop=None if "gop" in same else fitted.gop,
    )


def _differs(name: str, change: EncoderChange, before: EncoderSettings) -> bool:
    return name in change.missing_in(before)


async def async_apply(
    camera: OnvifCamera, planned: Sequence[PlannedChange]
) -> list[ChangeMade]:
    """Change the encoders one after the other; a refusal ends nothing."""
    encoders = Encoders(camera)
    made = []
    for one in planned:
        try:
            result = await encoders.change(one.token, one.change)
        except OnvifError, NotLocalError:
            made.append(ChangeMade(one, None))
        else:
            made.append(ChangeMade(one, result.ignored))
    return made


def fixed_data(made: Sequence[ChangeMade]) -> dict[str, dict[str, Any]]:
    """Return what an entry keeps of changes, to notice that one did not last.

    By profile: ``gop`` in seconds, ``fps``, ``codec``.
    """
    fixed: dict[str, dict[str, Any]] = {}
    for one in made:
        change, done = one.planned.change, one.done
        values: dict[str, Any] = {}
        if "gop" in done and change.gop and one.planned.fps:
            values["gop"] = round(change.gop / one.planned.fps, 2)
        if "fps" in done:
            values["fps"] = change.fps
        if "codec" in done:
            values["codec"] = change.codec
        if values:
            fixed[one.planned.profile.value] = values
    return fixed


def plan_text(report: StreamReport, planned: Sequence[PlannedChange]) -> str:
    """Return exactly what will be changed, as a list."""
    return report.listed(
        line for one in planned for line in _lines(report, one, one.change.fields)
    )


def result_text(report: StreamReport, made: Sequence[ChangeMade]) -> str:
    """Return what was changed and what was not."""
    done = [line for one in made for line in _lines(report, one.planned, one.done)]
    ignored = [
        line
        for one in made
        if one.ignored
        for line in _lines(report, one.planned, one.ignored)
    ]
    refused = [
        report.word("fix_failed", stream=report.profile(one.planned.profile))
        for one in made
        if one.ignored is None
    ]
    parts = []
    if done:
        parts.append(f"{report.word('fix_done')}\n{report.listed(done)}")
    if ignored:
        parts.append(f"{report.word('fix_ignored')}\n{report.listed(ignored)}")
    if refused:
        parts.append(report.listed(refused))
    return "\n\n".join(parts)


def _lines(report: StreamReport, one: PlannedChange, names: Sequence[str]) -> list[str]:
    stream = report.profile(one.profile).capitalize()
    lines = []
    for name in names:
        before = _value(report, name, getattr(one.before, name), one.before.fps)
        after = _value(report, name, getattr(one.change, name), one.fps)
        key = "fix_was" if before else "fix_now"
        what = report.word(f"fix_{name}")
        lines.append(
            report.word(key, stream=stream, what=what, before=before, after=after)
        )
    return lines


def _value(report: StreamReport, name: str, value: Any, fps: float | None) -> str:
    if value is None:
        return ""
    if name == "gop" and fps:
        seconds = f"{value / fps:.1f}".removesuffix(".0")
        return report.word("fix_frames", frames=value, seconds=seconds)
    if name == "codec":
        return _CODECS.get(value, plain(str(value)))
    return f"{value:g}"
