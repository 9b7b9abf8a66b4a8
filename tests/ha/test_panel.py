"""The panel in the sidebar: when it is there, for whom, and what it is made of."""

from http import HTTPStatus
import json
from pathlib import Path
import re
import shutil
import subprocess

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.panel import FRONTEND, async_serve_panel
from homeassistant.components.frontend import DATA_PANELS, async_register_built_in_panel
from homeassistant.core import HomeAssistant

from .conftest import FakeEngineControl, make_camera_entry

MODULES = sorted(FRONTEND.glob("*.js"))
ENGLISH = FRONTEND.parent / "translations" / "en.json"
GEOMETRY = Path(__file__).with_name("panel_geometry.mjs")


@pytest.fixture
def frontend(home: HomeAssistant) -> None:
    """Have Home Assistant's frontend count as set up, as in every usual start."""
    home.config.components.add("frontend")


async def load(home: HomeAssistant, camera_id: str = "front_door") -> MockConfigEntry:
    """Set a camera up."""
    entry = make_camera_entry(camera_id)
    entry.add_to_hass(home)
    assert await home.config_entries.async_setup(entry.entry_id)
    await home.async_block_till_done()
    return entry


async def unload_all(home: HomeAssistant) -> None:
    """Unload all that is loaded."""
    for entry in home.config_entries.async_loaded_entries(DOMAIN):
        assert await home.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("frontend")
async def test_panel_is_there_for_administrators_while_anything_is_loaded(
    home: HomeAssistant,
    fake_engine_used: FakeEngineControl,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    entry = await load(home)
    panel = home.data[DATA_PANELS]["hearthcam"]
    assert panel.require_admin
    assert (panel.sidebar_title, panel.sidebar_icon) == ("Hearthcam", "mdi:cctv")
    assert panel.config is not None
    custom = panel.config["_panel_custom"]
    assert custom["name"] == "hearthcam-panel"
    assert not custom["embed_iframe"]

    # Its modules come from Home Assistant, and may be kept: their path tells of them.
    client = await hass_client_no_auth()
    for module in MODULES:
        url = custom["module_url"].replace("panel.js", module.name)
        response = await client.get(url)
        assert response.status == HTTPStatus.OK, url
        assert "javascript" in response.headers["Content-Type"]
        assert "max-age" in response.headers["Cache-Control"]

    # The system's own entry is loaded as well, so a reload hides nothing.
    await home.config_entries.async_unload(entry.entry_id)
    assert "hearthcam" in home.data[DATA_PANELS]
    await unload_all(home)
    assert "hearthcam" not in home.data[DATA_PANELS]
    assert await home.config_entries.async_setup(entry.entry_id)
    assert home.data[DATA_PANELS]["hearthcam"].config == panel.config
    await unload_all(home)


async def test_home_assistant_without_a_frontend_has_cameras_all_the_same(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    await load(home)
    assert "hearthcam" not in home.data.get(DATA_PANELS, {})
    await unload_all(home)


@pytest.mark.usefixtures("frontend")
async def test_another_panel_of_that_name_is_left_alone(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    async_register_built_in_panel(home, "iframe", frontend_url_path="hearthcam")
    theirs = home.data[DATA_PANELS]["hearthcam"]
    await load(home)
    await unload_all(home)
    assert home.data[DATA_PANELS]["hearthcam"] is theirs


@pytest.mark.usefixtures("frontend", "fake_engine_used")
async def test_path_changes_with_what_the_modules_hold(
    home: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def address() -> str:
        entry = await load(home)
        config = home.data[DATA_PANELS]["hearthcam"].config
        assert config is not None
        await unload_all(home)
        await home.config_entries.async_remove(entry.entry_id)
        return str(config["_panel_custom"]["module_url"])

    before = await address()
    changed = tmp_path / "frontend"
    shutil.copytree(FRONTEND, changed)
    with (changed / "geometry.js").open("a") as module:
        module.write("// An update.\n")
    monkeypatch.setattr("custom_components.hearthcam.panel.FRONTEND", changed)
    await async_serve_panel(home)
    assert await address() != before


# --- the modules ---


def test_modules_import_each_other_and_nothing_else() -> None:
    for module in MODULES:
        text = module.read_text()
        imported = re.findall(
            r'^(?:import|export)[^;]*?from "(.+?)";', text, re.MULTILINE
        )
        assert text.count(' from "') == len(imported), module.name
        for name in imported:
            assert name.startswith("./"), f"{module.name} imports {name}"
            assert (FRONTEND / name).is_file(), f"{module.name} imports {name}"


@pytest.mark.parametrize(
    "forbidden",
    [
        # Markup of what somebody named would be run.
        *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("),
        # Nothing is fetched from elsewhere, kept, or told to a console.
        *("https:", "http://", "import(", "localStorage", "console.", "fetch("),
    ],
)
def test_modules_do_without(forbidden: str) -> None:
    for module in MODULES:
        text = module.read_text().replace("http://www.w3.org/2000/svg", "")
        assert forbidden not in text, module.name


def test_every_text_that_the_panel_says_is_there_and_no_other() -> None:
    texts = json.loads(ENGLISH.read_text())["config_panel"]
    there = {f"{name}.{key}" for name, section in texts.items() for key in section}
    code = "\n".join(module.read_text() for module in MODULES)
    named = re.findall(r'"([a-z]+)\.([a-z_]+)"', code)
    said = {f"{name}.{key}" for name, key in named if name in texts}
    # What begins as said here ends with a word from the engine or of the module.
    begun = tuple(re.findall(r"say\(`([a-z_.]+)\$\{", code))
    assert said <= there
    assert {key for key in there - said if not key.startswith(begun)} == set()
    for word in re.findall(r'words\.of\(\s*"([a-z_.]+)"', code):
        found = json.loads(ENGLISH.read_text())
        for part in word.split("."):
            found = found[part]
        assert isinstance(found, str), word


def test_all_that_a_self_test_can_find_has_its_words() -> None:
    texts = json.loads(ENGLISH.read_text())["config_panel"]
    code = "\n".join(
        (FRONTEND.parent / f"{name}.py").read_text()
        for name in ("privacy_run", "privacy_fetch", "engine/inspection")
    )
    outputs = set(re.findall(r'(?:_look|OutputCheck)\(\s*"(\w+)"', code))
    assert {"still", "live", "last_motion", "clip"} <= outputs <= set(texts["outputs"])
    faults = set(re.findall(r'(?:FetchError\(|error=|failure = )"(\w+)"', code))
    assert {"no_answer", "not_recorded", "undecodable"} <= faults
    assert faults <= set(texts["faults"])


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_shapes_are_drawn_and_changed_as_meant() -> None:
    done = subprocess.run(
        ["node", "--test", str(GEOMETRY)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
