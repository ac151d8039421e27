"""Every word on the screen exists in every language, and every error can be said in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from knowledge.errors import CourseNotFound, EngineNotReady
from ui import tokens
from ui.words import LANGUAGES, Words, choose_language, load_catalogue

ROOT = Path(__file__).parents[1]
PACKAGES = ("knowledge", "chatbot", "prompts", "ui")
ENGLISH = load_catalogue("en")


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _trees():
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield file, ast.parse(file.read_text(encoding="utf-8"))


def _constants(node: ast.expr) -> set[str]:
    """The codes that an expression can be: a string, or one of two."""
    if isinstance(node, ast.IfExp):
        return _constants(node.body) | _constants(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def _raised() -> dict[str, list[set[str] | None]]:
    """Error codes in the source -> the names of the details at each place; None where they cannot be read."""
    found: dict[str, list[set[str] | None]] = {}
    for _, tree in _trees():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            keywords = {keyword.arg: keyword.value for keyword in call.keywords}
            if "code" not in keywords:
                continue
            details = None if None in keywords else {name for name in keywords if name and name != "code"}
            for code in _constants(keywords["code"]):
                found.setdefault(code, []).append(details)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_words_with_the_same_places(language):
    catalogue = load_catalogue(language)
    assert sorted(catalogue) == sorted(ENGLISH)
    different = [key for key in ENGLISH if _places(catalogue[key]) != _places(ENGLISH[key]) and "starters." not in key]
    assert different == []
    assert [key for key, text in catalogue.items() if not text.strip()] == []


def test_every_error_code_in_the_source_is_in_the_catalogue():
    missing = sorted(code for code in _raised() if f"errors.{code}" not in ENGLISH)
    assert missing == []


def test_every_error_sentence_uses_only_details_that_are_given():
    wrong = []
    for code, places in _raised().items():
        for given in places:
            if given is not None and not _places(ENGLISH.get(f"errors.{code}", "")) <= given:
                wrong.append((code, sorted(given)))
    # `document_unknown_type` and the like are said in their own English sentence where a detail is missing.
    assert wrong == []


def test_no_error_sentence_is_left_over():
    used = set(_raised()) | {"host_refused", "upload_too_large"}
    assert sorted(key for key in ENGLISH if key.startswith("errors.") and key.removeprefix("errors.") not in used) == []


def test_every_key_that_the_screen_asks_for_exists():
    asked = set()
    for file, _ in _trees():
        if file.relative_to(ROOT).parts[0] == "ui":
            asked |= set(re.findall(r'words\(\s*f?"([a-z_.{}]+)"', file.read_text(encoding="utf-8")))
    for file in (ROOT / "ui" / "assets" / "js").rglob("*.js"):
        asked |= {f"js.{key}" for key in re.findall(r'(?:say|trouble)\("([a-z_]+)"', file.read_text(encoding="utf-8"))}
    assert sorted(key for key in asked if "{" not in key and key not in ENGLISH) == []


def test_every_notice_of_an_answer_is_in_the_catalogue():
    notices = set()
    for _, tree in _trees():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and ast.unparse(call.func).endswith("notices.append"):
                notices |= set().union(*(_constants(argument) for argument in call.args))
    assert sorted(name for name in notices if f"notices.{name}" not in ENGLISH and name != "stopped") == []


def test_chinese_is_chinese():
    latin_only = [key for key, text in load_catalogue("zh").items() if not re.search(r"[\u4e00-\u9fff]", text)]
    assert latin_only == []


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        ("zh", "en-GB,en;q=0.9", "zh"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "de-DE,de;q=0.9,zh;q=0.5", "zh"),
        (None, "de", "en"),
        ("xx", None, "en"),
    ],
)
def test_the_reader_is_spoken_to_in_the_language_chosen_or_else_read(cookie, accepted, language):
    assert choose_language(cookie, accepted) == language


def test_an_error_is_said_in_the_readers_language():
    error = CourseNotFound("There is no course named 'x'.", code="course_not_found", course="x", courses="")
    assert Words("zh").of_error(error) == "没有名为“x”的课程，请在上方另选一门。"


def test_an_engine_is_named_by_what_it_does():
    error = EngineNotReady("loading", code="engine_not_ready", name="chat")
    assert "语言模型" in Words("zh").of_error(error)


def test_an_error_without_a_sentence_keeps_its_own():
    assert Words("zh").of_error(CourseNotFound("Own words.", code="never_heard_of")) == "Own words."


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [tokens.DAY, tokens.NIGHT], ids=["day", "night"])
@pytest.mark.parametrize(("text", "ground"), tokens.TEXT_PAIRS)
def test_text_stands_out_from_its_ground(palette, text, ground):
    light, dark = sorted((_luminance(palette[text]), _luminance(palette[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_both_palettes_name_the_same_colours():
    assert sorted(tokens.DAY) == sorted(tokens.NIGHT)
