from pathlib import Path

import pytest

import prompts
from prompts import PromptError, render


def test_values_are_data_and_never_looked_at_again():
    text = render("question", passages="{{ question }}", rules="", earlier="", picture="", question="{{ passages }}", task="t")
    assert "{{ question }}" in text and "{{ passages }}" in text


@pytest.mark.parametrize("values", [{}, {"language": "English", "extra": "x"}])
def test_missing_and_unused_values_raise(values):
    with pytest.raises(PromptError):
        render("task_answer", **values)


def test_an_unknown_prompt_raises():
    with pytest.raises(PromptError, match="nothing_like_it"):
        render("nothing_like_it")


def test_prompts_imports_nothing_else_of_coursemate():
    source = Path(prompts.__file__).read_text(encoding="utf-8")
    assert not any(f"import {name}" in source or f"from {name}" in source for name in ("knowledge", "chatbot", "ui"))
