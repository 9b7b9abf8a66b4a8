"""How a firmware's event service may misbehave; the defaults are those of a good one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EventHabits:
    """Flaws that firmware was seen to have."""

    pull_points: bool = True
    """False: CreatePullPointSubscription is not implemented."""
    push: bool = True
    """False: Subscribe (with a consumer to post to) is not implemented."""
    lease_forms: frozenset[str] = frozenset({"duration", "date", "none"})
    """Forms of a TerminationTime that are understood; others are refused."""
    needs_filter: bool = False
    """True: a subscription without a filter is refused."""
    max_lease: float | None = None
    """The longest lease that is granted, in seconds."""
    tells_lease: bool = True
    """False: TerminationTime is impossible (minute 61)."""
    renews: bool = True
    """False: Renew is not implemented."""
    pulls_renew: bool = False
    """True: each pull prolongs the lease to what it was in the beginning."""
    synchronises: bool = True
    """False: SetSynchronizationPoint is answered with a fault."""
    holds_pulls: bool = True
    """False: PullMessages is answered at once, whatever its Timeout."""
    holds_for: float | None = None
    """Seconds for which an empty PullMessages is held, whatever its Timeout."""
    closes_empty_pulls: bool = False
    """True: the connection is closed when there is nothing to tell."""
    rubbish_pulls: int = 0
    """So many first pulls are answered with an empty body."""
    unsubscribe_ends_all: bool = False
    """True: one Unsubscribe ends all subscriptions."""
    repeats: int = 1
    """How often each notification is handed out."""
    subscription_port: int | None = None
    """Port that is named for subscriptions; None: the true one."""
    other_port: bool = False
    """True: subscriptions are served at a port of their own only."""
