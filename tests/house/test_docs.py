"""The documents say what the program is: settings, messages, codes, folders, paths, commands."""

import re
import subprocess
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import get_args

import pytest
import yaml

from server.cli import app
from server.cli_relay import turn_config
from server.config import PREFIX, Settings
from signaling.messages import ErrorCode, FromBrowser, RefusalCode, ToBrowser
from tools.error_page import PAGE as ERROR_PAGE
from tools.error_page import codes
from tools.settings_page import PAGE as SETTINGS_PAGE
from tools.settings_page import settings_page

pytestmark = pytest.mark.house
ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = ROOT / "ARCHITECTURE.md"
PROTOCOL = ROOT / "docs" / "signaling-protocol.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")])
each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)
_MADE = {"benchmarks/out/figures.json"}  # by a command, and not in git
_BUILDING = "TWEESPRAAK_WEB_IS_BUILT"  # is read while the package is built
_SETTINGS = {f"{PREFIX}{name.upper()}" for name in Settings.__dataclass_fields__} | {_BUILDING}
_PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/?)`")
_ENDINGS = (".py", ".md", ".ts", ".html", ".toml", ".json", ".po", ".css", ".lock")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [Path(name) for name in listed.stdout.split("\0") if name]


def test_settings_page_equals_the_table_of_settings() -> None:
    assert SETTINGS_PAGE.read_text(encoding="utf-8") == settings_page(), "run: make fmt"


def test_every_error_code_is_in_the_documents() -> None:
    page = ERROR_PAGE.read_text(encoding="utf-8")

    assert [code for code in codes() if f"`{code}`" not in page] == [], "run: make fmt"


def test_every_message_is_in_the_protocol() -> None:
    page = PROTOCOL.read_text(encoding="utf-8")
    types = {kind.TYPE for kind in (*get_args(FromBrowser), *get_args(ToBrowser))}

    assert len(types) >= 30
    assert sorted(name for name in types if f"`{name}`" not in page) == []


def test_every_code_of_the_wire_is_in_the_protocol() -> None:
    page = PROTOCOL.read_text(encoding="utf-8")

    assert [str(c) for c in (*ErrorCode, *RefusalCode) if str(c) not in page] == []


def test_every_top_level_folder_is_in_the_architecture() -> None:
    page = ARCHITECTURE.read_text(encoding="utf-8")
    folders = {path.parts[0] for path in tracked() if len(path.parts) > 1}

    assert sorted(f for f in folders if f"`{f}/`" not in page and not f.startswith(".")) == []


def test_every_path_in_the_architecture_exists() -> None:
    named = _PATH.findall(ARCHITECTURE.read_text(encoding="utf-8"))
    paths = [name for name in named if "/" in name or name.endswith(_ENDINGS)]

    assert paths
    assert [name for name in paths if not (ROOT / name).exists()] == []


@each_document
def test_every_path_module_and_setting_in_a_document_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    folders = {path.parts[0] for path in tracked() if len(path.parts) > 1}
    paths = [name for name in _PATH.findall(text) if name.partition("/")[0] in folders]
    modules = re.findall(r"python -m ((?:benchmarks|server|tools)(?:\.\w+)*)", text)
    settings = re.findall(r"\bTWEESPRAAK_[A-Z_]*[A-Z]\b", text)

    wrong = [name for name in paths if name not in _MADE and not (ROOT / name).exists()]
    wrong += [name for name in modules if find_spec(name) is None]
    wrong += [name for name in settings if name not in _SETTINGS]
    assert wrong == []


@each_document
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)", text)
    inside = [link for link in links if "://" not in link]

    assert [link for link in inside if not (document.parent / link).exists()] == []


def test_every_command_in_the_documents_exists() -> None:
    texts = [document.read_text(encoding="utf-8") for document in DOCUMENTS]
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    named = {word for text in texts for word in re.findall(r"\btweespraak ([a-z][a-z-]+)", text)}
    in_code = {word for word in named if any(f"tweespraak {word}`" in text for text in texts)}

    assert "serve" in in_code
    assert sorted(in_code - known) == []


def test_every_make_target_in_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        word
        for document in DOCUMENTS
        for word in re.findall(r"`make ([a-z-]+)", document.read_text(encoding="utf-8"))
    }

    assert {"demo", "test"} <= named
    assert sorted(named - targets) == []


def test_publiccode_names_what_the_standard_asks_for() -> None:
    told = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    required = {"publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus"}
    required |= {"softwareType", "description", "legal", "maintenance", "localisation"}

    assert required <= told.keys()
    assert told["legal"]["license"] == "EUPL-1.2"
    for text in told["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert all(len(feature) <= 100 for feature in text["features"])


def test_licence_is_the_text_of_the_eupl() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert "15.Applicable Law" in text
    assert "Appendix" in text


def test_options_of_turn_config_in_the_documents_exist() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    chapter = page.split("## coturn")[1].split("\n## ")[0]
    named = set(re.findall(r"--[a-z][a-z-]+", chapter))
    parameters = signature(turn_config).parameters

    assert "--out" in named
    assert sorted(named - {f"--{name.replace('_', '-')}" for name in parameters}) == []
