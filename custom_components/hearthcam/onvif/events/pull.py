"""Pull points: events fetched from the camera (ONVIF Core, 9.1)."""

from ..errors import OnvifResponseError
from ..services import EVENTS
from ..soap import Request
from .ladder import MARGIN
from .models import CameraEvent
from .parse import events_of
from .reference import WSNT, reference_of
from .subscription import LEASE, Subscription
from .times import absolute, duration

MESSAGE_LIMIT = 100

_DIALECT = "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
_TOPICS = "|".join(
    f"tns1:{name}//."
    for name in (
        "RuleEngine",
        "VideoSource",
        "VideoAnalytics",
        "AudioAnalytics",
        "AudioSource",
        "Device",
        "UserAlarm",
    )
)
_FILTER = (
    f'<Filter><TopicExpression xmlns="{WSNT}" xmlns:tns1="http://www.onvif.org/ver10/'
    f'topics" Dialect="{_DIALECT}">{_TOPICS}</TopicExpression></Filter>'
)
_PULL_POINT = f"{EVENTS}/PullPointSubscription"


class PullPoint(Subscription):
    """One pull point, created again and again."""

    # The form of the request that the camera took, of `_forms`.
    _form = 0
    _synchronises = True

    async def create(self) -> None:
        """Create it; firmware takes different forms of the request.

        Begins with the form that the camera took the last time.
        """
        forms = self._forms()
        failure: OnvifResponseError | None = None
        for attempt in range(len(forms)):
            form = (self._form + attempt) % len(forms)
            request = Request(
                "",
                EVENTS,
                "CreatePullPointSubscription",
                forms[form],
                action=f"{EVENTS}/EventPortType/CreatePullPointSubscriptionRequest",
            )
            try:
                answer = await self._camera.exchange(request)
                client = self._camera.client()
                reference = reference_of(answer, client.endpoint.port)
            except OnvifResponseError as error:
                failure = failure or error
                continue
            self._form = form
            self._begin(answer, reference)
            return
        raise failure or OnvifResponseError("The camera gave no subscription")

    async def synchronise(self) -> bool:
        """Ask for the present states; many cannot, which does no harm.

        Tells whether the camera did, and so knows the subscription.
        """
        if not self._synchronises:
            return False
        try:
            await self._ask(
                Request(
                    "",
                    EVENTS,
                    "SetSynchronizationPoint",
                    lenient=True,
                    action=f"{_PULL_POINT}/SetSynchronizationPointRequest",
                )
            )
        except OnvifResponseError:
            self._synchronises = False
        return self._synchronises

    async def pull(
        self, wait: float, timeout: float | None = None
    ) -> tuple[CameraEvent, ...]:
        """Return the events that came, or that come within the wait (seconds).

        ``timeout``: seconds for the answer, when the camera is known to hold it
        longer than it should.
        """
        # A pull that outlives the lease would be cut off without an answer.
        wait = min(wait, max(1.0, self.lease_left / 2))
        answer = await self._ask(
            Request(
                "",
                EVENTS,
                "PullMessages",
                f"<Timeout>{duration(wait)}</Timeout>"
                f"<MessageLimit>{MESSAGE_LIMIT}</MessageLimit>",
                timeout=timeout or wait + MARGIN,
                lenient=True,
                action=f"{_PULL_POINT}/PullMessagesRequest",
            )
        )
        self._prolong(answer)
        return events_of(answer.message)

    def _forms(self) -> tuple[str, ...]:
        """Return the bodies to try: with a duration, a date, nothing, a filter."""
        end = self._clock() + (self._camera.clock_offset or 0.0) + LEASE
        relative = f"<InitialTerminationTime>{duration(LEASE)}</InitialTerminationTime>"
        date = f"<InitialTerminationTime>{absolute(end)}</InitialTerminationTime>"
        return relative, date, "", _FILTER + relative
