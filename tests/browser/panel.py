"""What a user does in Hearthcam's panel: drawing zones, and having them checked."""

import asyncio

from playwright.async_api import Locator, ViewportSize, expect

from .pages import Part, UserInterface

PATH = "/hearthcam"
PHONE: ViewportSize = {"width": 390, "height": 844}

type Spot = tuple[float, float]
"""A place in the picture: from the left and from the top, 0 to 1."""


class Panel:
    """The page about zones and privacy."""

    def __init__(self, ui: UserInterface) -> None:
        """Begin; `open` shows it."""
        self._ui = ui
        self._page = ui.page
        self._stage = ui.page.locator("hearthcam-panel .stage")

    async def open(self) -> None:
        """Show it, and wait for the camera's picture."""
        await self._ui.open(PATH)
        await expect(self.picture).to_be_visible()

    @property
    def picture(self) -> Locator:
        """The camera's still."""
        return self._page.locator("hearthcam-panel img.still")

    @property
    def outline(self) -> Locator:
        """The shape that is drawn."""
        return self._stage.locator(".shape.edited")

    async def click(self, *spots: Spot) -> None:
        """Click on places of the picture, one after the other."""
        for spot in spots:
            await self._page.mouse.click(*await self._at(spot))

    async def drag(self, start: Spot, end: Spot) -> None:
        """Move the mouse from a place of the picture to another with its button down."""
        await self._page.mouse.move(*await self._at(start))
        await self._page.mouse.down()
        await self._page.mouse.move(*await self._at(end), steps=4)
        await self._page.mouse.up()

    async def be_hidden_for_long(self) -> None:
        """Do what Home Assistant does with a tab that nobody sees for five minutes."""
        await self._page.locator("hearthcam-panel").evaluate(
            "(it) => { const above = it.parentNode; it.remove(); above.append(it); }"
        )
        await expect(self.picture).to_be_visible()

    async def press(self, name: str) -> None:
        """Press a button."""
        await self._page.get_by_role("button", name=name, exact=True).click()

    async def save(self, name: str, kind: str) -> None:
        """Give the zone a name and a kind, and save it."""
        await self._ui.fill("name", name)
        await self._page.get_by_text(kind, exact=True).click()
        await self.press("Save")
        zones = self._page.locator("hearthcam-panel .zone")
        await expect(zones.filter(has_text=name)).to_be_visible()

    async def wait_for_black(self, part: Part, brightest: int) -> None:
        """Wait until all pixels of a part of the picture are that dark."""
        async with asyncio.timeout(30):
            while True:
                await expect(self.picture).to_be_visible()
                levels = await self._ui.levels(self.picture, part)
                if levels.brightest <= brightest:
                    return
                await asyncio.sleep(0.2)

    async def check(self) -> None:
        """Have the zones checked, and wait for a good end."""
        await self.press("Check now")
        verdict = self._page.get_by_text("All outputs were looked at")
        await expect(verdict).to_be_visible(timeout=90_000)

    async def photograph_on_a_phone(self, name: str) -> None:
        """Keep a screenshot of it in the dark, on a small screen."""
        size = self._page.viewport_size
        assert size is not None
        await self._page.set_viewport_size(PHONE)
        await self._page.emulate_media(color_scheme="dark")
        await expect(
            self._page.get_by_role("button", name="Open the sidebar")
        ).to_be_visible()
        await self._ui.photograph(name)
        await self._page.emulate_media(color_scheme="light")
        await self._page.set_viewport_size(size)

    async def _at(self, spot: Spot) -> tuple[float, float]:
        """Return where a place of the picture is on the page, at its border inside."""
        box = await self._stage.bounding_box()
        assert box is not None
        return (
            box["x"] + min(max(spot[0] * box["width"], 0.5), box["width"] - 0.5),
            box["y"] + min(max(spot[1] * box["height"], 0.5), box["height"] - 0.5),
        )
