"""Accounts of armed time, and what they come to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
import itertools

from custom_components.hearthcam.library.account import Account, Entry, Open
from custom_components.hearthcam.library.spans import Paint, Span, State, paint

T0 = 1_700_000_000.0
WATCHED, LOST, RECORDED = State.WATCHED, State.LOST, State.RECORDED


@dataclass
class Written:
    """What would be in the database."""

    spans: list[Span] = field(default_factory=list)
    open: Open | None = None

    def write(self, entry: Entry) -> None:
        """Take what is to be written."""
        for each in entry.paints:
            self.spans = paint(self.spans, each)
        self.open = entry.open

    def read(self) -> list[Span]:
        """Return all spans, the one that grows among them."""
        if self.open is None or not self.open.span.seconds:
            return self.spans
        return paint(self.spans, Paint(self.open.span))

    def short(self) -> list[tuple[float, float, str]]:
        """Return the spans from `T0` on, as a test would write them down."""
        return [
            (span.start - T0, span.end - T0, span.cause or span.state.value)
            for span in self.read()
        ]


def known(now: float = T0, *, orderly: bool = False) -> Account:
    """Return the account of a camera that was watched until now."""
    return Account(now, Open(Span(now, now, WATCHED), orderly))


def written(account: Account) -> list[tuple[float, float, str]]:
    """Return what the account comes to."""
    disk = Written()
    disk.write(account.take())
    return disk.short()


def check(spans: Sequence[Span]) -> None:
    """Spans are ordered, do not overlap, and no two neighbours say the same."""
    for span in spans:
        assert span.start < span.end
        assert (span.cause is None) is (span.state is not LOST)
    for before, after in itertools.pairwise(spans):
        assert before.end <= after.start
        assert before.end < after.start or not before.is_like(after)
