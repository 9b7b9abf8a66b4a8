"""Chromium without a network: it sees loopback and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import shutil

from playwright.async_api import BrowserContext, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = [
    # Chromium's sandbox does not work for root, which tests in containers are.
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    # No name resolves: whatever it wants to tell its maker stays here.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-features=MediaRouter,OptimizationHints,Translate",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--disable-gpu",
    "--disable-dev-shm-usage",
]


def find_chromium() -> str | None:
    """Return the path of a browser that plays H.264, or None.

    Playwright's own build is not looked for: it has no H.264 decoder.
    """
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def open_chromium(executable: str) -> AsyncIterator[BrowserContext]:
    """Give a fresh profile in a browser that ends with the block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=ARGUMENTS
        )
        try:
            context = await browser.new_context(
                viewport={"width": 1280, "height": 900}, locale="en-GB"
            )
            context.set_default_timeout(30_000)
            yield context
        finally:
            await browser.close()
