import subprocess
import sys

import pytest

import chatbot.chat_model
import chatbot.speech
import knowledge.embedding
import knowledge.index
import knowledge.picture_embedding
import knowledge.reranking
import knowledge.transcription
from knowledge.engines import Engine, load_engine
from knowledge.errors import MissingExtra, UnknownEngine

TABLES = [
    chatbot.chat_model, chatbot.speech, knowledge.embedding, knowledge.index, knowledge.picture_embedding,
    knowledge.reranking, knowledge.transcription,
]  # fmt: skip


def test_an_unknown_engine_names_the_choices():
    with pytest.raises(UnknownEngine, match="faiss"):
        load_engine("index", knowledge.index.ENGINES, "nothing")


def test_a_missing_package_names_the_pip_command():
    table = {"x": Engine("nowhere:Nothing", ("no_such_package_here",), extra="piper")}
    with pytest.raises(MissingExtra, match=r'pip install "coursemate\[piper\]"'):
        load_engine("voice", table, "x")


def test_any_other_import_error_passes_through(tmp_path, monkeypatch):
    (tmp_path / "broken_engine.py").write_text("import no_such_module_of_its_own", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_of_its_own"):
        load_engine("voice", {"x": Engine("broken_engine:Thing")}, "x")


@pytest.mark.parametrize("module", TABLES, ids=lambda module: module.__name__)
def test_every_engine_s_factory_exists_where_its_packages_are_installed(module):
    for name, engine in module.ENGINES.items():
        if not engine.missing():
            assert callable(load_engine("any", module.ENGINES, name))


@pytest.mark.parametrize("package", ["chatbot.tutor", "knowledge.course", "ui.cli", "chatbot.loading"])
def test_importing_the_house_imports_no_engine(package):
    heavy = ["torch", "llama_cpp", "faster_whisper", "sentence_transformers", "faiss", "rapidocr", "gradio", "transformers"]
    code = f"import sys, {package}; print([name for name in {heavy} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert printed == "[]"
