"""Who is shown a camera that leaked: the test of its masking, and nobody else."""

from ..privacy.secret import is_secret
from .masking.broadcast import Broadcast, Viewer
from .packet import Packet


class Trials:
    """The key that a test brings, and what it watches. Called under the camera's lock.

    Each viewer has a broadcast of its own, which nobody else can come to.
    """

    def __init__(self) -> None:
        """Let nobody in."""
        self._key: str | None = None
        self._broadcasts: list[Broadcast] = []

    def let_in(self, key: str | None) -> None:
        """Let in whoever brings a key, None: nobody; who was let in before leaves."""
        self._key = key
        self.end()

    def admits(self, key: str | None) -> bool:
        """Tell whether that is the key."""
        return self._key is not None and is_secret(key, self._key)

    def add(self, broadcast: Broadcast | None, viewer: Viewer) -> bool:
        """Send a viewer a broadcast; False where there is none."""
        if broadcast is None or not broadcast.add(viewer):
            return False
        self._broadcasts.append(broadcast)
        return True

    def offer(self, packet: Packet) -> None:
        """Send the newest packet."""
        for broadcast in self._broadcasts:
            broadcast.offer(packet)

    def remove(self, viewer: Viewer) -> None:
        """Stop sending to a viewer."""
        for broadcast in self._broadcasts:
            broadcast.remove(viewer)

    def end(self) -> None:
        """End all that is being sent."""
        while self._broadcasts:
            self._broadcasts.pop().close()
