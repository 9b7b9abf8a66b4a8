"""What a user does in Home Assistant's UI, one function for each thing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import JSHandle, Locator, Page, expect

from .home_assistant import HomeAssistant

# A busy machine takes its time; what never comes still fails.
expect.set_options(timeout=30_000)

# A few pixels of what a player shows, and where it is.
LOOK = """video => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [64, 36];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 64, 36);
  const pixels = context.getImageData(0, 0, 64, 36).data;
  return {
    width: video.videoWidth,
    height: video.videoHeight,
    time: video.currentTime,
    pixels: Array.from(pixels).filter((_, index) => index % 4 === 0),
  };
}"""

# The levels of all pixels in a part of a film or picture, in its own resolution.
LEVELS = """(shown, [left, top, right, bottom]) => {
  const width = shown.videoWidth || shown.naturalWidth;
  const height = shown.videoHeight || shown.naturalHeight;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(shown, 0, 0);
  const [x, y] = [Math.ceil(left * width), Math.ceil(top * height)];
  const pixels = context.getImageData(
    x, y, Math.floor(right * width) - x, Math.floor(bottom * height) - y).data;
  let [darkest, brightest] = [255, 0];
  for (let at = 0; at < pixels.length; at += 4) {
    const level = Math.max(pixels[at], pixels[at + 1], pixels[at + 2]);
    darkest = Math.min(darkest, level);
    brightest = Math.max(brightest, level);
  }
  return { darkest, brightest };
}"""

# The picture of a card in the media browser, which is the background of an element.
THUMBNAIL = """async card => {
  const thumbnail = card.querySelector("ha-media-browser-thumbnail");
  const shown = () => thumbnail.shadowRoot?.querySelector(".image")?.style
    .backgroundImage.match(/^url\\("?(.+?)"?\\)$/);
  while (!shown()) await new Promise(requestAnimationFrame);
  const image = new Image();
  image.src = shown()[1];
  await image.decode();
  return image;
}"""

type Part = tuple[float, float, float, float]
"""Left, top, right and bottom of a part of a picture, from 0 to 1."""
WHOLE: Part = (0, 0, 1, 1)


@dataclass(frozen=True, slots=True)
class Levels:
    """The extremes of all pixels: each is as bright as its brightest colour."""

    darkest: int
    brightest: int


@dataclass(frozen=True, slots=True)
class Look:
    """What a player showed at a moment."""

    width: int
    height: int
    time: float
    """Its position, in seconds."""
    pixels: list[int]
    """The red of 64x36 pixels."""

    @property
    def contrast(self) -> int:
        """Between the darkest and the brightest: 0 is a blank picture."""
        return max(self.pixels) - min(self.pixels)


class UserInterface:
    """A browser's page with Home Assistant in it."""

    def __init__(self, page: Page, home: HomeAssistant, pictures: Path) -> None:
        """Keep screenshots in the folder `pictures`."""
        self.page = page
        self.home = home
        self.pictures = pictures
        self._taken = 0

    async def photograph(self, name: str) -> None:
        """Keep a screenshot, numbered in the order they are taken."""
        self._taken += 1
        await self.page.screenshot(path=self.pictures / f"{self._taken:02}-{name}.png")

    async def log_in(self) -> None:
        """Log in with name and password."""
        await self.page.goto(self.home.url)
        await self.page.locator("input[name=username]").fill(self.home.login.username)
        await self.page.locator("input[name=password]").fill(self.home.login.password)
        await self.page.keyboard.press("Enter")
        await self.page.locator("ha-sidebar").wait_for()

    async def open(self, path: str) -> None:
        """Open a page of the UI."""
        await self.page.goto(f"{self.home.url}{path}")
        await self.page.locator("ha-sidebar").wait_for()

    async def add_integration(self, name: str) -> None:
        """Begin to set up an integration."""
        await self.open("/config/integrations/dashboard")
        await self.button("Add integration").click()
        await self.page.get_by_role("textbox").last.fill(name)
        await self.page.get_by_text(name, exact=True).last.click()

    async def submit(self) -> None:
        """Send the form that is shown."""
        await self.button("Submit").click()

    def button(self, name: str) -> Locator:
        """Return the button with that text."""
        return self.page.get_by_role("button", name=name)

    async def fill(self, field: str, text: str) -> None:
        """Fill a field of a form."""
        await self.page.locator(f"input[name={field}]").fill(text)

    async def show_entity(self, entity_id: str) -> None:
        """Open the dialog with all about an entity."""
        await self.page.evaluate(
            """entityId => document.querySelector("home-assistant").dispatchEvent(
              new CustomEvent("hass-more-info", {detail: {entityId}}))""",
            entity_id,
        )

    async def choose_media(self, *titles: str) -> None:
        """Go down the media browser by clicking."""
        for title in titles:
            card = self.page.locator("ha-media-player-browse ha-card")
            await card.filter(has_text=title).first.click()

    async def look(self, video: Locator) -> Look:
        """Return what a player shows."""
        seen: dict[str, Any] = await video.evaluate(LOOK)
        return Look(**seen)

    async def thumbnail(self, card: Locator) -> JSHandle:
        """Return the picture of a card in the media browser."""
        return await card.evaluate_handle(THUMBNAIL)

    async def levels(self, shown: Locator | JSHandle, part: Part = WHOLE) -> Levels:
        """Return what is in a part of the film or picture that is shown."""
        seen: dict[str, int] = await shown.evaluate(LEVELS, part)
        return Levels(**seen)

    async def open_device(self, name: str) -> None:
        """Open the page of the device with that name."""
        devices = await self.home.command("config/device_registry/list")
        device = next(device["id"] for device in devices if device["name"] == name)
        await self.open(f"/config/devices/device/{device}")

    async def watch(self, video: Locator, seconds: float) -> tuple[Look, Look]:
        """Return what a player shows when it has begun, and some seconds of it later."""
        await expect(video).to_be_visible()
        await self.page.wait_for_function(
            # It may be told where to begin before it has a picture from there.
            "video => video.videoWidth > 0 && video.currentTime > 0"
            " && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA"
            " && !video.seeking",
            arg=await video.element_handle(),
        )
        first = await self.look(video)
        await self.page.wait_for_function(
            "([video, time]) => video.currentTime >= time",
            arg=[await video.element_handle(), first.time + seconds],
        )
        return first, await self.look(video)
