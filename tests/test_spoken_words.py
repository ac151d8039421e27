"""What a voice is given to say: no sign that cannot be said is left, whatever stood in the text."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path

import pytest

from chatbot.speech.formulas import read_formula
from chatbot.speech.wording import say

UNSPEAKABLE = re.compile(r"[\\{}$^_&~#]")
PIECES = r"""\frac \sqrt \sum \int \left( \right) \alpha \mathbf \text \over \begin{matrix} \end{matrix} \label{a} \\ & { } ^ _ [ ]
    ( ) $ ' x y 1 2.5 + - = < | , . \, \hat \vec \binom \lim \to \infty \unknown \circ π ∑ √ 光 ² ₁ % # ~ / " """.split()


def formulas_of(folder: Path) -> list[str]:
    """The formulas in the answers, lessons and questions of a folder of material."""
    found = []
    for line in (folder / "images" / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        found += [answer for answer in json.loads(line)["answer"] if "\\" in answer]
    for file in folder.glob("course-iot/**/*.md"):
        found += re.findall(r"(?<!\\)\$([^$\n]*\\[^$\n]*)\$", file.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("zh", [False, True])
def test_every_formula_of_real_material_is_words(zh):
    folder = os.environ.get("EVAL_MATERIAL")
    if not folder:
        pytest.skip("EVAL_MATERIAL names no folder of material")
    formulas = formulas_of(Path(folder))
    assert len(formulas) >= 20
    for formula in formulas:
        words = read_formula(formula, zh)
        assert words.strip() and not UNSPEAKABLE.search(words), (formula, words)
        assert "label" not in words and "begin" not in words, (formula, words)
        assert not UNSPEAKABLE.search(say(f"We get ${formula}$ here.", "zh" if zh else "en")), formula


@pytest.mark.parametrize("zh", [False, True])
def test_any_heap_of_markup_is_read_without_a_sign_left(zh):
    dice = random.Random(7)
    for _ in range(3000):
        formula = "".join(dice.choice(PIECES) + dice.choice(["", " "]) for _ in range(dice.randint(1, 14)))
        assert not UNSPEAKABLE.search(read_formula(formula, zh)), formula
        assert not re.search(r"[\\{}]", say(f"a ${formula}$ b `{formula}` c {formula}", "zh" if zh else "en")), formula


def test_groups_a_thousand_deep_are_read():
    assert read_formula("{" * 1000 + "x" + "}" * 1000, False) == "x"
    assert isinstance(read_formula(r"\sqrt" * 1000 + "x", False), str)
    assert isinstance(read_formula(r"\frac{1}{" * 1000, True), str)


FORMULAS = [
    (r"x^2 + 3x", "x squared plus 3 x", "x的平方加3x"),
    (r"{a + b \over c}", "a plus b over c", "c分之a加b"),
    (r"\sqrt[3]{x}", "the cube root of x", "三次根号x"),
    (r"\binom{n}{k}", "n choose k", "n选k"),
    (r"\hat{x} \ne \vec v", "x hat is not equal to vector v", "x尖不等于向量v"),
    (r"\forall x \in \mathbb{R}", "for all x in R", "对任意x属于R"),
    (r"{\bf F} = m {\bf a}", "F equals m a", "F等于ma"),
    (r"\lim_{x \to 0} f(x)\label{eq:1}", "the limit from x to 0 of f of x", "极限从x趋于0fx"),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "1, 2, 3, 4", "1,2,3,4"),
    (r"\int^1_0 x\,dx", "the integral from 0 to 1 of x d x", "积分从0到1xdx"),
    (r"\sum_{spins} s_i", "the sum from spins of s sub i", "求和从spinss下标i"),
    (r"|x| \leq 1", "bar x bar is at most 1", "竖线x竖线小于等于1"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "english", "chinese"), FORMULAS)
def test_formulas(source, english, chinese):
    assert read_formula(source, False) == english
    assert read_formula(source, True).replace(" ", "") == chinese


SENTENCES = [
    ("Call `f(x)` first.", "en", "Call the function f of x first."),
    ("Here `n == 0` holds.", "en", "Here n is equal to 0 holds."),
    ("Take `rows[0]` and `my_list`.", "en", "Take rows at 0 and my list."),
    ("调用 `f(x)`。", "zh", "调用函数f，参数x，。"),
    ("It began on 2026-11-21 at 9:05.", "en", "It began on November 21, 2026 at 9 oh 5."),
    ("考试在 2026-11-21 的 9:30。", "zh", "考试在2026年11月21日的9点30分。"),
    ("See pages 3–5, 1/2 of them.", "en", "See pages 3 to 5, one half of them."),
    ("占 1/2，见第 3–5 页。", "zh", "占2分之1，见第3到5页。"),
    ("It is 1 kWh, 5 kΩ, 10 m².", "en", "It is 1 kilowatt hour, 5 kiloohms, 10 square meters."),
    ("Smith et al. see p. 12 [3].", "en", "Smith and others see page 12."),
    ("例如 e.g. 图，见 p. 12。", "zh", "例如例如图，见第12页。"),
    ("It costs $5.", "en", "It costs $5."),
    (r"A lost \alpha and {braces}.", "en", "A lost alpha and braces."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "language", "words"), SENTENCES)
def test_sentences(text, language, words):
    assert say(text, language) == words
