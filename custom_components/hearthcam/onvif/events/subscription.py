"""A subscription at a camera: created, renewed before its lease ends, ended."""

from collections.abc import Callable
from contextlib import suppress
import time

from ...privacy.local_only import NotLocalError
from ..client import SoapClient
from ..device import OnvifCamera
from ..errors import OnvifConnectionError, OnvifError, OnvifResponseError
from ..services import Place
from ..soap import Answer, Request
from .reference import WSNT, WSNT_ACTION, Reference, addressed
from .times import absolute, duration, lease

LEASE = 600.0
"""Seconds that are asked for."""
RENEW_AT = 0.8
"""Part of the lease after which it is renewed: at 8 of 10 minutes."""
GOODBYE_TIMEOUT = 3.0

_MANAGER = f"{WSNT_ACTION}/SubscriptionManager"


class Subscription:
    """What pull points and push subscriptions have in common.

    All methods raise `OnvifError` or `NotLocalError` unless they say otherwise.
    """

    def __init__(
        self,
        camera: OnvifCamera,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Set up; ``clock`` tells seconds of the epoch. Nothing is contacted yet."""
        self._camera = camera
        self._monotonic = monotonic
        self._clock = clock
        # Its own: calls of one client wait for each other, and pulls are long.
        self._client: SoapClient | None = None
        self._reference: Reference | None = None
        self._place: Place | None = None
        self._deadline = 0.0
        self._renew_at = 0.0
        self._can_renew = True

    @property
    def exists(self) -> bool:
        """Whether there is a subscription, as far as we know."""
        return self._reference is not None

    @property
    def lease_left(self) -> float:
        """Seconds until the camera forgets the subscription."""
        return self._deadline - self._monotonic()

    @property
    def renew_in(self) -> float:
        """Seconds until it should be renewed."""
        return self._renew_at - self._monotonic()

    def forget(self) -> None:
        """Take the subscription for lost: there is nothing to end any more."""
        self._reference = None
        self._place = None

    async def keep(self) -> None:
        """Renew the lease when it is due.

        Firmware that cannot renew prolongs the lease with every pull, or has to be
        subscribed to again: then this raises just before the lease is over.
        """
        if self._can_renew and self.renew_in <= 0:
            await self._renew()
        if self.lease_left <= (0.0 if self._can_renew else GOODBYE_TIMEOUT):
            raise OnvifResponseError("The subscription has ended")

    async def _renew(self) -> None:
        """Renew until a duration or, for firmware that wants that, until a date."""
        end = self._clock() + (self._camera.clock_offset or 0.0) + LEASE
        for told in (duration(LEASE), absolute(end)):
            body = f"<TerminationTime>{told}</TerminationTime>"
            try:
                answer = await self._ask(self._manager_request("Renew", body))
            except OnvifResponseError:
                continue
            self._begin_lease(answer)
            return
        self._can_renew = False

    async def close(self) -> None:
        """End the subscription; raises nothing, and takes a few seconds at most.

        Firmware that then forgets all subscriptions makes others subscribe again.
        """
        if self._reference is None:
            return
        request = self._manager_request("Unsubscribe", timeout=GOODBYE_TIMEOUT)
        with suppress(OnvifError, NotLocalError):
            await self._ask(request)
        self.forget()

    def _begin(self, answer: Answer, reference: Reference) -> None:
        """Take over what the answer to a subscription request tells."""
        self._client = self._camera.client()
        self._reference = reference
        self._place = None
        self._can_renew = True
        self._begin_lease(answer)

    def _begin_lease(self, answer: Answer) -> None:
        """Note when the lease ends; what the camera tells may be impossible."""
        left = lease(answer.message) or LEASE
        now = self._monotonic()
        self._deadline = now + left
        self._renew_at = now + left * RENEW_AT

    def _prolong(self, answer: Answer) -> None:
        """Note a lease that a pull has prolonged, or that the camera shortened.

        It is renewed as if it had not been prolonged: not every camera means it.
        """
        if (left := lease(answer.message)) is not None:
            now = self._monotonic()
            self._deadline = now + left
            self._renew_at = min(self._renew_at, now + left * RENEW_AT)

    def _manager_request(
        self, operation: str, body: str = "", timeout: float | None = None
    ) -> Request:
        return Request(
            "",
            WSNT,
            operation,
            body,
            timeout=timeout,
            lenient=True,
            action=f"{_MANAGER}/{operation}Request",
        )

    async def _ask(self, request: Request) -> Answer:
        """Send a request to the subscription; find out at which port it is."""
        if self._reference is None or self._client is None:
            raise OnvifResponseError("There is no subscription")
        places = (self._place,) if self._place is not None else self._reference.places
        failure: OnvifError | None = None
        for place in places:
            placed = Request(
                place.path,
                request.namespace,
                request.operation,
                request.body,
                port=place.port,
                timeout=request.timeout,
                lenient=request.lenient,
                action=request.action,
            )
            try:
                answer = await self._client.exchange(
                    addressed(
                        placed, self._reference.address, self._reference.parameters
                    )
                )
            except (OnvifResponseError, OnvifConnectionError) as error:
                # Another port of the camera may be meant; the first failure tells.
                failure = failure or error
                continue
            self._place = place
            return answer
        raise failure or OnvifResponseError("There is no subscription")
