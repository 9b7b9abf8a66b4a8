"""Push: the camera posts its events to us (WS-BaseNotification 1.3, 4)."""

from xml.sax.saxutils import escape

from ..errors import OnvifResponseError
from ..services import DEVICE_PATH, EVENTS
from ..soap import Request
from .reference import WSA, WSNT, WSNT_ACTION, addressed, reference_of
from .subscription import LEASE, Subscription
from .times import duration


class PushSubscription(Subscription):
    """One subscription for notifications that are posted to a consumer's URL."""

    async def create(self, consumer: str) -> None:
        """Subscribe; ``consumer`` is the URL that the camera is to post to."""
        path = (await self._camera.services()).get(EVENTS, DEVICE_PATH)
        client = self._camera.client()
        request = Request(
            path,
            WSNT,
            "Subscribe",
            f'<ConsumerReference><Address xmlns="{WSA}">{escape(consumer)}</Address>'
            "</ConsumerReference>"
            f"<InitialTerminationTime>{duration(LEASE)}</InitialTerminationTime>",
            action=f"{WSNT_ACTION}/NotificationProducer/SubscribeRequest",
        )
        endpoint = client.endpoint
        scheme = "https" if endpoint.tls else "http"
        to = f"{scheme}://{endpoint.host}:{endpoint.port}{path}"
        answer = await client.exchange(addressed(request, to))
        self._begin(answer, reference_of(answer, endpoint.port))

    async def renew_or_fail(self) -> None:
        """Renew when due; firmware that cannot is to be subscribed to again."""
        await self.keep()
        if not self._can_renew and self.renew_in <= 0:
            raise OnvifResponseError("The subscription cannot be renewed")
