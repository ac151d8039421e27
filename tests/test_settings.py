"""Settings: where they come from, in which order, and what is refused with a name and a place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatbot.settings import PREFIX, read_settings
from knowledge.errors import SettingsError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and an environment that says nothing else."""
    for key in [key for key in os.environ if key.upper().startswith(PREFIX)]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("COURSEMATE_HOME", str(tmp_path))
    return tmp_path


def test_nothing_needs_to_be_set(home: Path) -> None:
    settings = read_settings()
    assert settings.home == home
    assert settings.courses == home / "courses"
    assert settings.profile == "starter"
    assert settings.weights.parts[-2:] == ("coursemate", "weights")
    assert not settings.offline


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("COURSEMATE_PROFILE", "tiny", "profile", "tiny"),
        ("COURSEMATE_WEIGHTS", "/w", "weights", Path("/w")),
        ("COURSEMATE_WEIGHTS", "~/w", "weights", Path.home() / "w"),
        ("COURSEMATE_OFFLINE", "1", "offline", True),
        ("COURSEMATE_OFFLINE", "0", "offline", False),
        ("COURSEMATE_PORT", "0", "port", 0),
        ("COURSEMATE_SYNTHESIZERS", '["espeak"]', "synthesizers", ("espeak",)),
        ("COURSEMATE_PIPER_VOICES", '{"de": "/v.onnx"}', "piper_voices", {"de": Path("/v.onnx")}),
    ],
)
def test_the_environment_sets(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: object
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(read_settings(), field) == expected


def test_the_file_sets(home: Path) -> None:
    (home / "settings.toml").write_text(
        'profile = "vision"\nport = 8000\nsynthesizers = ["piper"]\n[piper_voices]\nde = "/voices/thorsten.onnx"\n'
    )
    settings = read_settings()
    assert (settings.profile, settings.port, settings.synthesizers) == ("vision", 8000, ("piper",))
    assert settings.piper_voices == {"de": Path("/voices/thorsten.onnx")}


def test_an_override_beats_the_environment_which_beats_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "settings.toml").write_text('port = 1\nhost = "file"\nchat_model = "langchain"\n')
    monkeypatch.setenv("COURSEMATE_PORT", "2")
    monkeypatch.setenv("COURSEMATE_HOST", "environment")
    settings = read_settings(port=3, host=None)
    assert (settings.port, settings.host, settings.chat_model) == (3, "environment", "langchain")


def test_a_home_given_to_the_command_brings_its_own_file(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (home / "settings.toml").write_text("port = 1\n")
    (other / "settings.toml").write_text("port = 2\n")
    settings = read_settings(home=other)
    assert (settings.home, settings.port) == (other, 2)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().port = 1


def test_an_unknown_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEMATE_PROFIL", "tiny")
    with pytest.raises(SettingsError, match=r"COURSEMATE_PROFIL.*coursemate doctor") as failure:
        read_settings()
    assert failure.value.code == "settings_unknown"
    assert failure.value.details == {"names": "COURSEMATE_PROFIL"}


@pytest.mark.parametrize(
    ("text", "code", "names"),
    [
        ('profil = "tiny"', "settings_invalid", "profil"),
        ('profile = "huge"', "settings_invalid", "profile"),
        ("port = 65536", "settings_invalid", "port"),
        ("port = 'many'", "settings_invalid", "port"),
        ("context_tokens = 1", "settings_invalid", "context_tokens"),
        ("[piper_voices]\nde = 1", "settings_invalid", "piper_voices"),
        ("port = ", "settings_unreadable", "settings.toml"),
        ("port = 1\nport = 2", "settings_unreadable", "settings.toml"),
    ],
)
def test_a_wrong_file_is_refused_and_named(home: Path, text: str, code: str, names: str) -> None:
    (home / "settings.toml").write_text(text)
    with pytest.raises(SettingsError, match=names) as failure:
        read_settings()
    assert failure.value.code == code
    assert str(home / "settings.toml") in str(failure.value)


def test_a_file_that_is_no_text_is_refused(home: Path) -> None:
    (home / "settings.toml").write_bytes(b"port = \xff\xfe")
    with pytest.raises(SettingsError, match=r"settings\.toml") as failure:
        read_settings()
    assert failure.value.code == "settings_unreadable"


@pytest.mark.parametrize(
    ("variable", "value", "names"),
    [
        ("COURSEMATE_PORT", "high", "port"),
        ("COURSEMATE_PROFILE", "huge", "profile"),
        ("COURSEMATE_SYNTHESIZERS", "espeak", "synthesizers"),
    ],
)
def test_a_wrong_variable_is_refused_and_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, names: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=names) as failure:
        read_settings()
    assert failure.value.code == "settings_invalid"


def test_a_variable_that_is_empty_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEMATE_RERANKER", "")
    monkeypatch.setenv("COURSEMATE_PICTURE_EMBEDDER", "")
    assert read_settings().reranker is None and read_settings().picture_embedder is None
