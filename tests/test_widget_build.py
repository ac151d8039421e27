"""The widget's scripts as they are kept: built from its source, small, and as docs/embed.md says."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ui import assets, tokens
from ui.gate.tokens import verify
from ui.words import LANGUAGES, load_catalogue

ROOT = Path(__file__).parents[1]
WIDGET = ROOT / "widget"
BUILT = {file.name: file.read_bytes() for file in (ROOT / "ui" / "assets" / "widget").glob("*.js")}
BUTTON = BUILT["widget.js"]
SOURCES = {file.name: file.read_text(encoding="utf-8") for file in sorted((WIDGET / "src").rglob("*.ts"))}
GUIDE = (ROOT / "docs" / "embed.md").read_text(encoding="utf-8")
# Compressed.
MOST_BYTES = 35_000
MOST_BYTES_OF_THE_BUTTON = 7_000


def test_the_scripts_that_are_kept_are_what_their_source_builds(tmp_path):
    if shutil.which("node") is None or not (WIDGET / "node_modules" / "esbuild").is_dir():
        pytest.skip("needs node and the build's packages: cd widget && npm ci")
    subprocess.run(["node", "build.mjs", "--outdir", str(tmp_path)], cwd=WIDGET, check=True, timeout=60)
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert made == BUILT, "build it anew: make widget"


def test_the_button_is_small_and_so_is_all_that_a_first_question_needs():
    packed = {name: len(gzip.compress(script, 9)) for name, script in BUILT.items()}
    assert packed["widget.js"] <= MOST_BYTES_OF_THE_BUTTON
    assert sum(packed[name] for name in _fetched("widget.js")) <= MOST_BYTES


def _fetched(name: str) -> set[str]:
    """The scripts that come with this one, without those that are fetched when they are first needed."""
    script = BUILT[name].decode()
    named = re.findall(r'"(panel-\w+\.js)"', script) if name == "widget.js" else re.findall(r'(?:from|import)"\./([\w-]+\.js)"', script)
    return {name}.union(*map(_fetched, named))


def test_the_server_can_tell_the_button_that_its_page_is_listed():
    assert BUTTON.count(b"this page is not known") == 1
    assert b'"this page is listed".endsWith("listed")' in assets.widget(compressed=False, listed=True)
    assert assets.widget(compressed=False, listed=False) == BUTTON


def test_the_widget_has_the_tokens_of_every_other_screen():
    assert (WIDGET / "src" / "tokens.css").read_text(encoding="utf-8") == tokens.widget_css(), "write it anew: make widget"
    assert "rem" not in re.sub(r"/\*.*?\*/", "", tokens.widget_css())


def test_the_script_neither_makes_html_of_text_nor_evaluates():
    for name, source in SOURCES.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc", source), name
    for name, script in BUILT.items():
        assert not re.search(rb"\.innerHTML|\beval\(|new Function\(", script), name


def test_the_lock_file_names_no_registry():
    lock = json.loads((WIDGET / "package-lock.json").read_text(encoding="utf-8"))
    addresses = {package.get("resolved", "") for package in lock["packages"].values()}
    assert all(not address or address.startswith("https://registry.npmjs.org/") for address in addresses)
    assert all(package.get("integrity") for name, package in lock["packages"].items() if name)


def test_every_word_the_widget_says_is_in_the_catalogue_and_is_said():
    catalogue = {key.removeprefix("widget.") for key in load_catalogue("en") if key.startswith("widget.")}
    source = "\n".join(SOURCES.values())
    asked = set(re.findall(r"\bsay\(\s*\"([a-z_]+)\"", source)) | set(re.findall(r"#say\(\"([a-z_]+)\"", source))
    assert asked - catalogue == set()
    stages = set(re.findall(r'"([a-z]+)"', re.search(r"type Stage = ([^;]+);", source)[1])) - {"writing", "done", "stopped", "failed"}
    known = asked | {f"stage_{stage}" for stage in stages} | {key for key in catalogue if key.startswith("notice_")}
    assert {key for key in catalogue - known if f'"{key}"' not in source} == set()


def test_every_word_of_practice_is_in_the_catalogue():
    practice = "\n".join(file.read_text(encoding="utf-8") for file in (WIDGET / "src" / "practice").glob("*.ts"))
    asked = set(re.findall(r"\bword\(\s*\"([a-z_]+)\"", practice)) - {"back"}  # which is the widget's own
    assert len(asked) > 30
    for language in LANGUAGES:
        assert {f"js.learn_{key}" for key in asked} - set(load_catalogue(language)) == set()


@pytest.mark.parametrize(("title", "name"), [("Attributes", "ATTRIBUTES"), ("Events", "EVENTS"), ("Methods", "METHODS")])
def test_the_guide_tells_what_the_element_has_and_nothing_else(title, name):
    section = re.search(rf"^## {title}\n(.*?)(?=^## )", GUIDE, re.MULTILINE | re.DOTALL)[1]
    told = re.findall(r"^\| `(\w+)(?:\([^)]*\))?` \|", section, re.MULTILINE)
    kept = re.findall(r'"(\w+)"', re.search(rf"{name} = \[(.*?)\]", SOURCES["contract.ts"], re.DOTALL)[1])
    assert told == kept


def test_every_attribute_event_and_method_is_used_by_the_code():
    element, rest = SOURCES["element.ts"], "\n".join(source for name, source in SOURCES.items() if name != "contract.ts")
    names = {part: re.findall(r'"(\w+)"', re.search(rf"{part} = \[(.*?)\]", SOURCES["contract.ts"], re.DOTALL)[1]) for part in ("ATTRIBUTES", "EVENTS", "METHODS")}
    assert [name for name in names["ATTRIBUTES"] if f'"{name}"' not in element] == []
    assert [name for name in names["EVENTS"] if f'emit("{name}"' not in rest] == []
    assert [name for name in names["METHODS"] if not re.search(rf"^  {name}\(", element, re.MULTILINE)] == []


@pytest.mark.parametrize("language", ["python", "js", "php"])
def test_the_helpers_in_the_guide_sign_what_the_server_takes(language, tmp_path):
    code = re.search(rf"```{language}\n((?:(?!```).)*login\((?:(?!```).)*hmac(?:(?!```).)*)```", GUIDE, re.DOTALL | re.IGNORECASE)[1]
    call = {"python": 'print(login("s", "anna", "optics"))', "js": 'console.log(login("s", "anna", "optics"))', "php": 'echo coursemate_login("s", "anna", "optics");'}[language]
    program = {"python": "python3", "js": "node", "php": "php"}[language]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not here")
    file = tmp_path / {"python": "a.py", "js": "a.mjs", "php": "a.php"}[language]
    file.write_text(("<?php\n" if language == "php" else "") + f"{code}\n{call}\n", encoding="utf-8")
    token = subprocess.run([program, str(file)], capture_output=True, text=True, check=True).stdout.strip()
    assert verify(token, b"s")["sub"] == "anna" and verify(token, b"s")["aud"] == "optics"


def test_the_example_page_allows_the_tutor_and_nothing_else():
    html = (ROOT / "examples" / "host-page" / "index.html").read_text(encoding="utf-8")
    policy = re.search(r'content="(default-src[^"]+)"', html)[1]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "<coursemate-tutor course=" in html
