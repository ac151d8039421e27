"""The widget's script as it is kept: built from its source, small, and as docs/embed.md says."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ui import tokens
from ui.gate.tokens import verify
from ui.words import load_catalogue

ROOT = Path(__file__).parents[1]
WIDGET = ROOT / "widget"
BUILT = ROOT / "ui" / "assets" / "widget" / "widget.js"
SOURCES = {file.name: file.read_text(encoding="utf-8") for file in sorted((WIDGET / "src").glob("*.ts"))}
GUIDE = (ROOT / "docs" / "embed.md").read_text(encoding="utf-8")
MOST_BYTES = 35_000  # compressed


def test_the_script_that_is_kept_is_what_its_source_builds(tmp_path):
    if shutil.which("node") is None or not (WIDGET / "node_modules" / "esbuild").is_dir():
        pytest.skip("needs node and the build's packages: cd widget && npm ci")
    made = tmp_path / "widget.js"
    subprocess.run(["node", "build.mjs", "--outfile", str(made)], cwd=WIDGET, check=True, timeout=60)
    assert made.read_bytes() == BUILT.read_bytes(), "build it anew: make widget"


def test_the_script_is_small():
    assert len(gzip.compress(BUILT.read_bytes(), 9)) <= MOST_BYTES


def test_the_widget_has_the_tokens_of_every_other_screen():
    assert (WIDGET / "src" / "tokens.css").read_text(encoding="utf-8") == tokens.widget_css(), "write it anew: make widget"
    assert "rem" not in re.sub(r"/\*.*?\*/", "", tokens.widget_css())


def test_the_script_neither_makes_html_of_text_nor_evaluates():
    for name, source in SOURCES.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc", source), name
    assert not re.search(r"\.innerHTML|\beval\(|new Function\(", BUILT.read_text(encoding="utf-8"))


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
