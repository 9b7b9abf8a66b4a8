"""What is wrong with storage, told in Repairs for as long as it is so."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .engine.protocol import LostCause, StoragePlace, StorageState
from .library.models import Enforced
from .media_watch import MediaTrouble, MediaView
from .storage_figures import StorageFigures
from .storage_options import GIGABYTE, StorageOptions

type Texts = Mapping[str, str]


class Problem(StrEnum):
    """The issues; the values are keys of the translations."""

    STORAGE_FULL = "storage_full"
    LIMIT_NOT_HELD = "limit_not_held"
    MEDIA_AWAY = "media_away"
    MEDIA_STRANGE = "media_strange"
    MEDIA_READ_ONLY = "media_read_only"
    MEDIA_FAILING = "media_failing"
    SPOOL_FULL = "spool_full"
    LIBRARY_REBUILT = "library_rebuilt"


FIXABLE: Final = frozenset(
    {
        Problem.STORAGE_FULL,
        Problem.MEDIA_AWAY,
        Problem.MEDIA_STRANGE,
        Problem.MEDIA_READ_ONLY,
        Problem.MEDIA_FAILING,
        Problem.LIBRARY_REBUILT,
    }
)
"""Where something can be done from here; the others' texts say what to do."""

_OF_TROUBLE: Final = {
    MediaTrouble.AWAY: Problem.MEDIA_AWAY,
    MediaTrouble.STRANGE: Problem.MEDIA_STRANGE,
    MediaTrouble.READ_ONLY: Problem.MEDIA_READ_ONLY,
    MediaTrouble.FAILING: Problem.MEDIA_FAILING,
}
_SLOW: Final = (LostCause.SLOW_STORAGE, LostCause.STORAGE_ERROR)


def find_problems(
    folder: str,
    options: StorageOptions,
    view: MediaView | None,
    states: Iterable[StorageState],
    figures: StorageFigures | None,
    outcome: Enforced | None,
) -> dict[Problem, Texts]:
    """Return what is wrong now, with the words for the placeholders.

    ``outcome`` is that of the last pass over the clips.
    """
    states = list(states)
    problems: dict[Problem, Texts] = {}
    where = {"folder": folder}
    if figures is not None and figures.rebuilt:
        problems[Problem.LIBRARY_REBUILT] = {}
    if view is None:
        return problems
    wanted = options.free_wanted(view.total)
    short = outcome is not None and outcome.short_by > 0
    # A quota leaves a disk with room that takes nothing.
    refused = short and any(state.cause is LostCause.STORAGE_FULL for state in states)
    full = view.trouble is None and (view.free < wanted or refused)
    if view.trouble is not None:
        problems[_OF_TROUBLE[view.trouble]] = where
    elif any(
        state.place is not StoragePlace.MEDIA and state.cause in _SLOW
        for state in states
    ):
        problems[Problem.MEDIA_FAILING] = where
    if full and short:
        problems[Problem.STORAGE_FULL] = {
            **where,
            "free": gigabytes(view.free),
            "wanted": gigabytes(wanted),
        }
    if (
        options.max_size
        and figures is not None
        and figures.size > options.max_size
        and short
    ):
        problems[Problem.LIMIT_NOT_HELD] = {
            "limit": gigabytes(options.max_size),
            "size": gigabytes(figures.size),
        }
    if (view.trouble is not None or full) and any(
        state.place is StoragePlace.NONE for state in states
    ):
        problems[Problem.SPOOL_FULL] = {
            **where,
            "limit": gigabytes(options.spool_limit),
        }
    return problems


def gigabytes(size: int) -> str:
    """Return a size as people read it."""
    return f"{size / GIGABYTE:.1f} GB"


class StorageProblems:
    """Keeps the issue registry at what is so."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with nothing told."""
        self._hass = hass
        self._told: dict[Problem, Texts] = {}

    @property
    def told(self) -> frozenset[Problem]:
        """What is in Repairs now."""
        return frozenset(self._told)

    @callback
    def update(self, problems: Mapping[Problem, Texts]) -> None:
        """Tell of these problems and of no others."""
        for problem in self._told.keys() - problems.keys():
            ir.async_delete_issue(self._hass, DOMAIN, problem)
        for problem, texts in problems.items():
            if self._told.get(problem) == texts:
                continue
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                problem,
                is_fixable=problem in FIXABLE,
                severity=(
                    ir.IssueSeverity.WARNING
                    if problem in (Problem.LIMIT_NOT_HELD, Problem.LIBRARY_REBUILT)
                    else ir.IssueSeverity.ERROR
                ),
                translation_key=problem,
                translation_placeholders=dict(texts),
            )
        self._told = dict(problems)
