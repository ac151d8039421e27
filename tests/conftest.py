"""What tests share: weights of the profile tiny, and a course of a few sentences that needs none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before any engine is imported: no library looks for a hub, and no test for a home that is not its own.
os.environ.update({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False"})
os.environ["COURSEMATE_PROFILE"] = "tiny"
os.environ.pop("COURSEMATE_HOME", None)

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "examples" / "sample-course"
GOLDEN = ROOT / "examples" / "sample-course.golden"


@pytest.fixture(scope="session")
def tiny_settings(tmp_path_factory):
    """Settings of the profile tiny in a home of their own. Skips where its weights are missing."""
    from chatbot.loading import missing_weights
    from chatbot.settings import read_settings

    settings = read_settings(profile="tiny", home=tmp_path_factory.mktemp("home"))
    if missing := missing_weights(settings):
        pytest.skip(f"weights are missing: {', '.join(missing)}; fetch them with: coursemate weights pull tiny")
    return settings


@pytest.fixture(scope="session")
def tiny_engines(tiny_settings):
    from chatbot.loading import build_engines

    engines = build_engines(tiny_settings)
    yield engines
    engines.close()


@pytest.fixture(scope="session")
def sample_library(tiny_settings, tiny_engines):
    """A library with the sample course as the profile tiny reads it: real embeddings, real OCR, real transcription."""
    from knowledge.library import Library
    from ui.commands.courses import prepare_sample

    library = Library(tiny_settings.courses)
    prepare_sample(library, tiny_settings, tiny_engines, SAMPLE)
    yield library
    library.close()
