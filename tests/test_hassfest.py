"""What Home Assistant's own checker (hassfest) asks of a custom integration.

The checker itself is in no package; it runs in .github/workflows/validate.yml.
"""

import ast
from collections.abc import Iterator
import importlib.util
import json
from pathlib import Path
import re
from string import Formatter
import tomllib
from typing import Any

from awesomeversion import AwesomeVersion
from PIL import Image
import pytest

from custom_components.hearthcam.arming import ArmingMode, Policy
from custom_components.hearthcam.engine.polygon import PolygonFault
from custom_components.hearthcam.engine.protocol import StreamError, Transport, ZoneKind
from custom_components.hearthcam.engine.rungs import Rung
from custom_components.hearthcam.ptz_actions import PresetCommand
from custom_components.hearthcam.recording_options import RECORD_CLASSES
from custom_components.hearthcam.storage_problems import FIXABLE, Problem
from custom_components.hearthcam.zone_shapes import Area, ShapeFault
from homeassistant.util.yaml import load_yaml_dict

REPOSITORY = Path(__file__).parents[1]
INTEGRATION = REPOSITORY / "custom_components" / "hearthcam"
ENGLISH = INTEGRATION / "translations" / "en.json"
SERVICES = INTEGRATION / "services.yaml"

MANIFEST_KEYS = {
    *("after_dependencies", "codeowners", "config_flow", "dependencies", "dhcp"),
    *("documentation", "domain", "integration_type", "iot_class", "issue_tracker"),
    *("loggers", "name", "requirements", "version"),
}
HACS_KEYS = {
    *("content_in_root", "country", "filename", "hacs", "hide_default_branch"),
    *("homeassistant", "name", "persistent_directory", "render_readme"),
    "zip_release",
}
TRANSLATION_SECTIONS = {
    *("common", "config", "config_panel", "config_subentries", "device", "entity"),
    *("exceptions", "issues", "options", "selector", "services", "system_health"),
    "title",
}
# Reasons that Home Assistant itself gives to a flow.
CORE_REASONS = {
    *("already_configured", "already_in_progress", "reauth_successful"),
    *("reconfigure_successful", "single_instance_allowed", "unique_id_mismatch"),
}

type Tree = dict[str, Any]


def read_json(path: Path) -> Tree:
    """Return a JSON object; a key given twice is an error."""

    def once(pairs: list[tuple[str, Any]]) -> Tree:
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), f"{path.name}: a key twice in {names}"
        return dict(pairs)

    content: Tree = json.loads(path.read_text(), object_pairs_hook=once)
    return content


def leaves(tree: Tree, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with its dotted path."""
    for key, value in tree.items():
        below = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            yield from leaves(value, below)
        else:
            yield below, value


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def modules() -> list[tuple[Path, ast.Module]]:
    """Return the integration's Python modules."""
    return [
        (path, ast.parse(path.read_text()))
        for path in sorted(INTEGRATION.rglob("*.py"))
    ]


def strings() -> set[str]:
    """Return every string constant of the integration's code."""
    return {
        node.value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def keyword_strings(node: ast.Call) -> dict[str, str]:
    """Return the call's keyword arguments that are plain strings."""
    return {
        keyword.arg: keyword.value.value
        for keyword in node.keywords
        if keyword.arg
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    }


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield (module, name of what is called, call)."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                match node.func:
                    case ast.Attribute(attr=name) | ast.Name(id=name):
                        yield path.stem, name, node


@pytest.fixture(scope="module")
def manifest() -> Tree:
    """Return the manifest."""
    return read_json(INTEGRATION / "manifest.json")


@pytest.fixture(scope="module")
def english() -> Tree:
    """Return the English texts."""
    return read_json(ENGLISH)


@pytest.fixture(scope="module")
def icons() -> Tree:
    """Return the icons."""
    return read_json(INTEGRATION / "icons.json")


# --- manifest and HACS ---


def test_manifest_has_what_hacs_and_home_assistant_need(manifest: Tree) -> None:
    assert set(manifest) <= MANIFEST_KEYS
    assert MANIFEST_KEYS - set(manifest) <= {"after_dependencies", "dhcp", "loggers"}
    assert manifest["domain"] == INTEGRATION.name
    assert manifest["config_flow"] is True
    assert manifest["iot_class"] == "local_push"
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    for key in ("documentation", "issue_tracker"):
        assert manifest[key].startswith("https://")


def test_manifest_keys_are_in_order(manifest: Tree) -> None:
    keys = list(manifest)
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]


def test_nothing_is_installed_beside_home_assistant(manifest: Tree) -> None:
    assert manifest["requirements"] == []


def test_dependencies_are_integrations_of_core(manifest: Tree) -> None:
    for name in [*manifest["dependencies"], *manifest.get("after_dependencies", [])]:
        assert importlib.util.find_spec(f"homeassistant.components.{name}"), name
    for key in ("dependencies", "after_dependencies"):
        assert manifest.get(key, []) == sorted(manifest.get(key, []))


def test_domain_is_not_one_of_core(manifest: Tree) -> None:
    name = f"homeassistant.components.{manifest['domain']}"
    assert importlib.util.find_spec(name) is None


def test_version_is_one_and_the_same(manifest: Tree) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert manifest["version"] == project["version"]
    assert AwesomeVersion(manifest["version"]).valid
    assert f"## {manifest['version']}" in (REPOSITORY / "CHANGELOG.md").read_text()


def test_hacs_installs_the_release_archive(manifest: Tree) -> None:
    hacs = read_json(REPOSITORY / "hacs.json")
    assert set(hacs) <= HACS_KEYS
    assert hacs["name"] == manifest["name"]
    assert hacs["zip_release"] is True
    assert hacs["filename"] == f"{manifest['domain']}.zip"
    workflow = (REPOSITORY / ".github" / "workflows" / "release.yml").read_text()
    assert hacs["filename"] in workflow


def test_home_assistant_of_the_tests_is_new_enough() -> None:
    hacs = read_json(REPOSITORY / "hacs.json")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    pin = next(
        pin.partition("==")[2]
        for pin in project["dependency-groups"]["test"]
        if isinstance(pin, str) and pin.startswith("homeassistant==")
    )
    assert AwesomeVersion(hacs["homeassistant"]) <= AwesomeVersion(pin)


@pytest.mark.parametrize(
    ("name", "side"), [("icon.png", 256), ("icon@2x.png", 512)], ids=str
)
def test_icon_is_square_and_transparent(name: str, side: int) -> None:
    with Image.open(INTEGRATION / "brand" / name) as picture:
        assert picture.size == (side, side)
        assert picture.mode == "RGBA"


@pytest.mark.parametrize(
    ("name", "height"),
    [
        (f"{dark}logo{x}", h)
        for dark in ("", "dark_")
        for x, h in (("", 128), ("@2x", 256))
    ],
)
def test_logo_is_wide_and_transparent(name: str, height: int) -> None:
    with Image.open(INTEGRATION / "brand" / f"{name}.png") as picture:
        assert height - 16 <= picture.height <= height
        assert picture.width > 2 * picture.height
        assert picture.mode == "RGBA"


# --- texts ---


def test_every_problem_of_storage_says_what_to_do(english: Tree) -> None:
    for problem in Problem:
        texts = english["issues"][problem]
        assert ("fix_flow" in texts) == (problem in FIXABLE), problem
        assert texts["title"]
        if problem not in FIXABLE:
            assert texts["description"]


def test_every_step_of_a_repair_has_its_texts(english: Tree) -> None:
    steps = {
        name: step
        for issue in english["issues"].values()
        for name, step in issue.get("fix_flow", {}).get("step", {}).items()
    }
    shown = said_in("issues", "async_show_form", "step_id")
    shown |= said_in("issues", "async_show_menu", "step_id")
    assert shown <= set(steps)
    for name, step in steps.items():
        assert step["title"], name
        assert step["description"], name


def test_texts_are_where_custom_integrations_have_them(english: Tree) -> None:
    assert not (INTEGRATION / "strings.json").exists()
    assert set(english) <= TRANSLATION_SECTIONS


def test_texts_are_clean(english: Tree) -> None:
    for path, text in leaves(english):
        assert text, f"{path} is empty"
        assert text == text.strip(), f"{path} has spaces around it"
        assert "[%key:" not in text, f"{path} is a reference"
        assert not re.search(r"<\w|</|&\w+;", text), f"{path} holds HTML"
        assert "://" not in text, f"{path} holds a URL: use a placeholder"
        assert not re.search(r"'[^']*\{\w*\}[^']*'", text), f"{path} quotes"
        for name in placeholders(text):
            assert name.isidentifier(), f"{path} has the placeholder {name!r}"
        for part in path.split("."):
            assert re.fullmatch(r"[a-z0-9_-]+", part), f"{path} is no key"


def test_other_languages_say_the_same(english: Tree) -> None:
    expected = dict(leaves(english))
    for file in ENGLISH.parent.glob("*.json"):
        for path, text in leaves(read_json(file)):
            assert path in expected, f"{file.name}: {path} is not in English"
            assert placeholders(text) == placeholders(expected[path]), path


FLOWS = ("config", "options", "zone")
FLOW_MODULES = {
    "camera_repairs": "issues",
    "options_flow": "options",
    "repairs": "issues",
    "storage_flow": "options",
    "subentry_flow": "zone",
}
"""The modules of the flows, but for those of entries."""


def flow_texts(english: Tree, flow: str) -> Tree:
    """Return the texts of the flow of entries or options, or of a kind of subentry."""
    texts: Tree = (
        english["config_subentries"][flow] if flow == "zone" else english[flow]
    )
    return texts


def form_parts(step: Tree) -> Iterator[Tree]:
    """Yield a form's texts and those of its sections."""
    yield step
    yield from step.get("sections", {}).values()


def said_in(flow: str, function: str, keyword: str) -> set[str]:
    """Return what a flow's modules pass to a function as a keyword argument."""
    return {
        keyword_strings(call)[keyword]
        for module, name, call in calls()
        if name == function
        and keyword in keyword_strings(call)
        and FLOW_MODULES.get(module, "config") == flow
    }


@pytest.mark.parametrize("flow", FLOWS)
def test_every_form_has_its_texts(english: Tree, flow: str) -> None:
    shown = said_in(flow, "async_show_form", "step_id")
    assert shown
    assert shown <= set(flow_texts(english, flow)["step"])


def test_every_kind_of_subentry_can_be_added(english: Tree) -> None:
    assert {*FLOWS} - {"config", "options"} == set(english["config_subentries"])
    for texts in english["config_subentries"].values():
        assert texts["entry_type"]
        assert texts["initiate_flow"]["user"]


@pytest.mark.parametrize("flow", FLOWS)
def test_every_text_of_a_form_has_its_step(english: Tree, flow: str) -> None:
    defined = {
        node.name.removeprefix("async_step_")
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef)
        and node.name.startswith("async_step_")
    }
    assert set(flow_texts(english, flow)["step"]) <= defined


@pytest.mark.parametrize("flow", FLOWS)
def test_forms_describe_only_fields_that_they_have(english: Tree, flow: str) -> None:
    for name, step in flow_texts(english, flow)["step"].items():
        for part in form_parts(step):
            described = set(part.get("data_description", {}))
            assert described <= set(part.get("data", {})), name


def test_every_error_of_a_stream_has_its_text(english: Tree) -> None:
    assert {error.value for error in StreamError} <= set(english["config"]["error"])


def test_every_fault_of_a_zone_has_its_text(english: Tree) -> None:
    faults = {fault.value for fault in (*PolygonFault, *ShapeFault)}
    assert faults <= set(flow_texts(english, "zone")["error"])
    assert {fault.value for fault in PolygonFault} <= set(english["exceptions"])


@pytest.mark.parametrize("flow", FLOWS)
def test_no_error_or_reason_is_without_use(english: Tree, flow: str) -> None:
    used = strings() | CORE_REASONS | {error.value for error in StreamError}
    texts = flow_texts(english, flow)
    assert set(texts.get("error", {})) <= used
    assert set(texts.get("abort", {})) <= used


@pytest.mark.parametrize("flow", FLOWS)
def test_every_reason_to_abort_has_its_text(english: Tree, flow: str) -> None:
    given = said_in(flow, "async_abort", "reason")
    assert given <= set(flow_texts(english, flow).get("abort", {}))


def test_every_progress_has_its_text(english: Tree) -> None:
    shown = {
        keyword_strings(call)["progress_action"]
        for _, name, call in calls()
        if name == "async_show_progress" and "progress_action" in keyword_strings(call)
    }
    assert shown <= set(english["config"].get("progress", {}))


def test_every_choice_has_its_text(english: Tree) -> None:
    selectors = english.get("selector", {})
    used = {
        keyword_strings(call)["translation_key"]
        for _, name, call in calls()
        if name == "SelectSelectorConfig" and "translation_key" in keyword_strings(call)
    }
    for action in load_yaml_dict(str(SERVICES)).values():
        for field in action.get("fields", {}).values():
            select = field["selector"].get("select") or {}
            if "translation_key" in select:
                used.add(select["translation_key"])
    assert used == set(selectors)
    for key, values in (
        ("camera_policy", Policy),
        ("record_class", RECORD_CLASSES),
        ("transport", Transport),
        ("zone_kind", ZoneKind),
        ("zone_area", Area),
    ):
        assert {str(value) for value in values} == set(selectors[key]["options"])
    for name, entity in english["entity"]["select"].items():
        if name.startswith("mode_"):
            assert entity["state"] == selectors["camera_policy"]["options"], name
    commands = {command.value for command in PresetCommand}
    assert commands == set(selectors["preset_command"]["options"])


def test_each_arming_mode_is_named_alike_everywhere(english: Tree) -> None:
    names = {
        key: entity["name"]
        for key, entity in english["entity"]["select"].items()
        if key.startswith("mode_")
    }
    form = english["options"]["step"]["camera"]["sections"]["arming"]
    assert form["data"] == names
    assert set(names) == {mode.option for mode in ArmingMode}


PLATFORM_PARTS = {
    "onvif_binary_sensor": "binary_sensor",
    "onvif_button": "button",
    "onvif_event": "event",
    "onvif_number": "number",
    "onvif_select": "select",
    "onvif_sensor": "sensor",
    "privacy_sensor": "sensor",
    "onvif_switch": "switch",
    "storage_sensor": "sensor",
}
"""Modules that hold a part of a platform's entities."""


def entity_keys() -> Iterator[tuple[str, str]]:
    """Yield (platform, translation key) of the entities in the code."""
    platforms = {path.stem for path in INTEGRATION.glob("*.py")}
    for path, tree in modules():
        for node in ast.walk(tree):
            match node:
                case ast.Assign(
                    targets=[ast.Name(id="_attr_translation_key")],
                    value=ast.Constant(value=str(key)),
                ):
                    yield path.stem, key
                case ast.Call(func=ast.Name(id=name)) if name.endswith("Description"):
                    given = keyword_strings(node)
                    if path.stem in platforms and "translation_key" in given:
                        platform = PLATFORM_PARTS.get(path.stem, path.stem)
                        yield platform, given["translation_key"]


def test_every_entity_has_its_name(english: Tree) -> None:
    known = {
        (platform, key)
        for platform, entities in english["entity"].items()
        for key in entities
    }
    assert set(entity_keys()) == known


def test_every_rung_has_its_name(english: Tree) -> None:
    states = english["entity"]["sensor"]["analysis"]["state"]
    assert set(states) == {rung.value for rung in Rung}


def test_icons_belong_to_entities_that_exist(english: Tree, icons: Tree) -> None:
    assert set(icons) <= {"entity", "services"}
    for platform, entities in icons.get("entity", {}).items():
        assert set(entities) <= set(english["entity"][platform])
    for path, icon in leaves(icons):
        assert re.fullmatch(r"mdi:[a-z0-9-]+", icon), path


def test_every_exception_has_its_text(english: Tree) -> None:
    texts = english.get("exceptions", {})
    assert set(texts) <= strings(), "a text without use"
    for module, name, call in calls():
        given = keyword_strings(call)
        domain = any(keyword.arg == "translation_domain" for keyword in call.keywords)
        if not domain or "translation_key" not in given:
            continue
        key = given["translation_key"]
        assert key in texts, f"{module}: {name}({key!r}) has no text"
        needed = placeholders(texts[key]["message"])
        given_values = next(
            (k.value for k in call.keywords if k.arg == "translation_placeholders"),
            ast.Dict(keys=[], values=[]),
        )
        if isinstance(given_values, ast.Dict):
            names = {k.value for k in given_values.keys if isinstance(k, ast.Constant)}
            assert names == needed, f"{module}: placeholders of {key}"


def test_actions_have_texts_and_icons(english: Tree, icons: Tree) -> None:
    actions = load_yaml_dict(str(SERVICES)) if SERVICES.exists() else {}
    texts = english.get("services", {})
    assert set(actions) == set(texts) == set(icons.get("services", {}))
    for name, action in actions.items():
        assert set(action.get("fields", {})) == set(texts[name].get("fields", {}))
