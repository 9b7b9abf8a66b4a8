"""What the documents must not leave out, and what they must not invent."""

import json
from pathlib import Path
import re

import pytest

from homeassistant.util.yaml import load_yaml_dict

REPOSITORY = Path(__file__).parents[1]
INTEGRATION = REPOSITORY / "custom_components" / "hearthcam"
README = (REPOSITORY / "README.md").read_text()
DOCS = {path.name: path.read_text() for path in (REPOSITORY / "docs").glob("*.md")}
ACTIONS = load_yaml_dict(str(INTEGRATION / "services.yaml"))
TEXTS = json.loads((INTEGRATION / "translations" / "en.json").read_text())
FENCE = re.compile(r"```\w*\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("action", ACTIONS)
def test_action_has_an_example_with_fields_that_exist(action: str) -> None:
    examples = [
        block
        for block in FENCE.findall(DOCS["clips.md"] + DOCS["cameras.md"])
        if f"action: hearthcam.{action}\n" in block
    ]
    assert examples, f"no example of {action}"
    for example in examples:
        _, _, data = example.partition("\ndata:\n")
        given = set(re.findall(r"^ {2}(\w+):", data, re.MULTILINE))
        assert given <= set(ACTIONS[action]["fields"])


def test_no_document_names_an_action_that_is_not_there() -> None:
    for name, text in {"README.md": README, **DOCS}.items():
        for action in re.findall(r"action: hearthcam\.(\w+)", text):
            assert action in ACTIONS, f"{name}: {action}"


def test_every_entity_is_named() -> None:
    named = README + DOCS["cameras.md"]
    for platform, entities in TEXTS["entity"].items():
        for key, entity in entities.items():
            assert f"*{entity['name']}*" in named, f"{platform}.{key}"


@pytest.mark.parametrize(
    "issue", [key for key in TEXTS["issues"] if not key.startswith("recording_gap_")]
)
def test_every_repair_is_explained(issue: str) -> None:
    title = TEXTS["issues"][issue]["title"]
    assert f"| *{title}* |" in DOCS["storage.md"] + DOCS["cameras.md"]


def test_readme_leads_to_every_document() -> None:
    for name in DOCS:
        assert f"](docs/{name})" in README, name
