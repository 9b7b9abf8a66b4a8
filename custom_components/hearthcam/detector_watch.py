"""Who watches what the detectors see; the engine is asked only while somebody does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from .engine.protocol import DetectorView, WatchDetector
from .supervisor import Supervisor

RENEWAL: Final = timedelta(seconds=30)
"""How often the engine is asked again; it stops by itself when nobody does."""

type ViewListener = Callable[[DetectorView], None]


class DetectorWatch:
    """The watchers of all cameras, by the cameras' ids.

    They outlive a reload of the camera's entry and a restart of the engine.
    """

    def __init__(self, hass: HomeAssistant, supervisor: Supervisor) -> None:
        """Start with nobody watching."""
        self._hass = hass
        self._supervisor = supervisor
        self._watchers: dict[str, set[ViewListener]] = {}
        self._stop_renewing: CALLBACK_TYPE | None = None

    @callback
    def subscribe(self, camera_id: str, listener: ViewListener) -> CALLBACK_TYPE:
        """Have the listener called with each view; returns what ends that."""
        watchers = self._watchers.setdefault(camera_id, set())
        watchers.add(listener)
        if len(watchers) == 1:
            self._supervisor.tell(WatchDetector(camera_id, True))
        if self._stop_renewing is None:
            self._stop_renewing = async_track_time_interval(
                self._hass, self._renew, RENEWAL, name="hearthcam detector watch"
            )

        @callback
        def unsubscribe() -> None:
            watchers.discard(listener)
            if not watchers and self._watchers.pop(camera_id, None) is not None:
                self._supervisor.tell(WatchDetector(camera_id, False))
            if not self._watchers and self._stop_renewing is not None:
                self._stop_renewing()
                self._stop_renewing = None

        return unsubscribe

    @callback
    def report(self, view: DetectorView) -> None:
        """Pass a view on."""
        for listener in list(self._watchers.get(view.camera_id, ())):
            listener(view)

    @callback
    def renew(self) -> None:
        """Ask again for all that is watched: the engine may be a new one."""
        for camera_id in self._watchers:
            self._supervisor.tell(WatchDetector(camera_id, True))

    @callback
    def _renew(self, now: datetime) -> None:
        self.renew()
