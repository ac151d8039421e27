"""Settings: every choice that a person can make, with defaults that need none. Read once, at start, and passed on."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings import SettingsError as UnreadableValue

from knowledge.errors import SettingsError
from knowledge.limits import Limits

PREFIX = "COURSEMATE_"


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("coursemate", appauthor=False))


def _default_weights() -> Path:
    return Path(platformdirs.user_cache_dir("coursemate", appauthor=False)) / "weights"


def _settings_file(home: Path | None = None) -> Path:
    return Path(home or os.environ.get(f"{PREFIX}HOME") or _default_home()).expanduser() / "settings.toml"


class Settings(BaseSettings):
    """From the environment (COURSEMATE_NAME), then settings.toml in the home folder, then these defaults."""

    model_config = SettingsConfigDict(env_ignore_empty=True, env_prefix=PREFIX, extra="forbid", frozen=True)

    home: Path = Field(default_factory=_default_home, description="The folder that holds courses and conversations.")
    weights: Path = Field(default_factory=_default_weights, description="The folder that holds weight files.")
    profile: Literal["tiny", "starter", "vision", "multilingual"] = Field(
        "starter", description="Which weight files the engines use."
    )
    offline: bool = Field(False, description="Forbid every download.")

    chat_model: str = Field("llama", description="The chat engine.")
    chat_model_file: Path | None = Field(None, description="A local GGUF file instead of the profile's.")
    projector_file: Path | None = Field(None, description="The GGUF projector (mmproj) that belongs to it.")
    served_model: str = Field("", description="For the engine langchain: provider:model, such as openai:my-model.")
    served_url: str = Field("", description="For the engine langchain: the server's address.")
    context_tokens: int = Field(4096, ge=512, description="How many tokens prompt and answer may take together.")
    answer_tokens: int = Field(320, ge=16, description="The longest answer, in tokens.")
    passage_tokens: int = Field(420, ge=64, description="How many tokens of course text a prompt may hold.")
    least_confidence: float | None = Field(
        None, ge=0, le=1, description="How sure the model must be that the course answers; empty: as measured for it."
    )
    threads: int = Field(0, ge=0, description="Threads for the chat model; 0 means one per core.")
    students_at_once: int = Field(
        4, ge=1, le=64, description="How many are answered at once; each takes memory for context_tokens."
    )
    most_waiting: int = Field(24, ge=0, description="How many questions may wait beyond those; more are told to come later.")
    most_questions_each: int = Field(4, ge=1, description="How many questions of one student may be in that line.")
    cache_mb: int = Field(256, ge=0, description="Memory for what was read of conversations that rest, in MB.")
    cache_disk_mb: int = Field(0, ge=0, description="The same on disk, where it outlives a restart; 0: nothing is written.")
    course_cache_mb: int = Field(
        2000, ge=0, description="Disk for each course as the chat model has read it while nobody asked, in MB; 0: it is not."
    )
    idle_minutes: float = Field(
        0, ge=0, description="The chat model leaves memory after so long without a question; 0: it stays."
    )
    gpu_layers: int = Field(0, ge=-1, description="Layers of the chat model on a GPU; -1 means all.")

    embedder: str = Field("", description="The embedding engine for new courses; empty: chosen by profile.")
    index_on_gpu: bool = Field(
        False, description="Search courses of more than 200,000 passages on a GPU (extra faiss-gpu)."
    )
    reranker: Path | None = Field(
        None, description="A folder with a cross-encoder for sentence-transformers that orders what was found; empty: none."
    )
    picture_embedder: Path | None = Field(
        None, description="A folder with a CLIP for sentence-transformers, by which text finds figures; empty: none."
    )
    transcriber: str = Field("faster-whisper", description="The engine that hears.")
    synthesizers: tuple[str, ...] = Field(
        ("hibari", "espeak"), description="The engines that speak, the first that knows the language is used."
    )
    piper_voices: dict[str, Path] = Field(default_factory=dict, description="Language to piper voice file (.onnx).")
    coqui_models: dict[str, str] = Field(default_factory=dict, description="Language to coqui model name.")

    speech_server_url: str = Field("", description="For the engines openai: the speech server's address, up to /v1.")
    served_transcriber: str = Field("whisper-1", description="For the transcriber openai: the server's model.")
    served_synthesizer: str = Field("tts-1", description="For the voice openai: the server's model.")
    served_voices: dict[str, str] = Field(
        default_factory=dict, description="For the voice openai: language to the server's voice."
    )

    host: str = Field("127.0.0.1", description="The address that the server listens on.")
    host_names: tuple[str, ...] = Field(
        (), description="Names that a proxy on this machine asks for the server by, such as tutor.school.example."
    )
    port: int = Field(7860, ge=0, le=65535, description="The port that the server listens on; 0: any free one.")

    read_memory_mb: int = Field(1000, ge=200, description="Memory that reading one course file may take, in MB.")
    read_seconds: int = Field(900, ge=1, description="A course file that takes longer to read is refused, in seconds.")
    read_quiet_seconds: int = Field(120, ge=1, description="So is one that comes no further for so many seconds.")
    most_file_mb: int = Field(2000, ge=1, description="Larger course files are refused, in MB.")

    most_question_characters: int = Field(4000, ge=10, description="Longer questions are refused.")
    questions_per_student: int = Field(60, ge=0, description="Questions an hour that a student may ask, answers in practice counted; 0: any number.")
    questions_per_address: int = Field(600, ge=0, description="The same for an address, such as a school's network.")
    questions_per_course: int = Field(2000, ge=0, description="The same for a course.")
    longest_question_s: float = Field(120.0, ge=1, description="Longer spoken questions are refused, in seconds.")

    @field_validator("home", "weights", "chat_model_file", "projector_file", "reranker", "picture_embedder")
    @classmethod
    def _tilde_is_the_users_folder(cls, path: Path | None) -> Path | None:
        return path and path.expanduser()

    @property
    def courses(self) -> Path:
        return self.home / "courses"

    @property
    def limits(self) -> Limits:
        """What reading one course file may take."""
        return Limits(self.read_memory_mb, self.read_seconds, self.read_quiet_seconds, self.most_file_mb)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings, env_settings, dotenv_settings, file_secret_settings
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml_file = _settings_file(init_settings.init_kwargs.get("home"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=toml_file)


def read_settings(**overrides: Any) -> Settings:
    """Reads the settings once. Raises SettingsError naming the key that is unknown or wrong, and where it stands."""
    unknown = sorted(
        key
        for key in os.environ
        if key.startswith(PREFIX) and key.removeprefix(PREFIX).lower() not in Settings.model_fields
    )
    if unknown:
        raise SettingsError(
            f"The environment sets {', '.join(unknown)}, which Coursemate does not know. Remove it, or check its "
            "spelling with: coursemate doctor",
            code="settings_unknown",
            names=", ".join(unknown),
        )
    file = _settings_file(overrides.get("home"))
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors())
        raise _invalid(problems, file) from error
    except UnreadableValue as error:
        # Only a variable can be at fault here: a list or a table that is not JSON.
        raise _invalid(f"{error}; lists and tables are written as JSON", file) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(
            f"{file} cannot be read: {error}. Correct or remove it.",
            code="settings_unreadable",
            file=str(file),
            reason=str(error),
        ) from error


def _invalid(problems: str, file: Path) -> SettingsError:
    return SettingsError(
        f"The settings cannot be used: {problems}. Correct {file} or the variable {PREFIX}…",
        code="settings_invalid",
        file=str(file),
        problems=problems,
    )
