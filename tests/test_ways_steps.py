"""The first wrong step of a worked problem, found by rules alone."""

from __future__ import annotations

import time

import pytest

from chatbot.ways.formulas import LONGEST, NoFormula, sides
from chatbot.ways.steps import CourseFormula, first_wrong_step, given_in, lines_of

LENS = CourseFormula(*sides(r"\frac{1}{u} + \frac{1}{v} = \frac{1}{f}"))
NEWTON = CourseFormula(*sides(r"x\,x' = f^2"))
RIGHT = [
    "1/f = 1/u + 1/v\n1/v = 1/20 - 1/60\n1/v = 2/60 = 1/30\nv = 30 cm",
    "f = 20 cm\nu = 60 cm\n1/v = 1/f - 1/u\n1/v=1/30\nso v=30 cm",
    "$\\sin\\theta_2 = \\sin 45^\\circ / 1.52 = 0.465$\n$\\theta_2 = 27.7^\\circ$",
    "P = 1/f = 1/(0.25 m) = 4 D",
    "P1 = 1/0.25 m = 4 D\nP2 = -2 D\nP = P1 + P2 = 2 D\nf = 1/P = 0.5 m",
    "N = f/D = 200 mm / 71 mm = 2.8",
    "m = v/u = 30/60 = 0.5\nimage = 0.5 * 3 cm = 1.5 cm",
    "delta = (n-1)*A = 0.52 * 4° = 2.1°",
    "t = 1.52 * 0.010 m / (3.00 * 10^8 m/s) = 51 ps",
    "s = 20 mm * sin 25.3° / cos 34.7° = 10.4 mm",
    "1. 2x + 3 = 11\n2. 2x = 8\n3. x = 4",
    "v = 100 m / 20 s\nv = 5 m/s",
]
WRONG = [
    ("1/f = 1/u + 1/v\n1/v = 1/20 - 1/60\n1/v = 1/40\nv = 40 cm", 3, "not_following"),
    ("1/f = 1/u - 1/v\n1/v = 1/20 - 1/60", 1, "formula"),
    ("1/v = 1/20 - 1/60 = 1/30\nv = 1/30 cm", 2, "not_following"),
    ("sin θ2 = sin 45° / 1.52 = 0.465\nθ2 = 32°", 2, "not_following"),
    ("P = 1/f = 1/25 cm = 0.04 D", 1, "unequal"),
    ("P1 = 4 D\nP2 = -2 D\nP = P1 + P2 = 6 D", 3, "unequal"),
    ("x x' = f^2\nx' = 100/5 = 25 cm", 2, "unequal"),
    ("1/v = 1/2.0 - 1/1.5 = -1/6\nv = 6.0 cm", 2, "not_following"),
    ("2x + 3 = 11\n2x = 14\nx = 7", 2, "not_following"),
    ("v = 100 m / 20 s\nv = 5 s", 2, "units"),
]


@pytest.mark.parametrize("work", RIGHT)
def test_right_work_is_called_right(work):
    checked = first_wrong_step(lines_of(work), {}, [LENS, NEWTON])
    assert checked.wrong is None and checked.worked_out > 0


@pytest.mark.parametrize(("work", "n", "code"), WRONG)
def test_the_first_wrong_step_is_found_with_its_reason(work, n, code):
    wrong = first_wrong_step(lines_of(work), {}, [LENS, NEWTON]).wrong
    assert wrong is not None and (wrong.n, wrong.code) == (n, code)


def test_what_the_problem_gives_must_be_copied_rightly():
    given = given_in("A lens with $f = 20\\ \\text{cm}$ stands u = 60 cm from a candle.")
    assert sorted(given) == ["f", "u"]
    wrong = first_wrong_step(["f = 25 cm", "u = 60 cm"], given).wrong
    assert wrong is not None and (wrong.n, wrong.code) == (1, "given")
    assert first_wrong_step(["f = 0.2 m", "u = 60 cm"], given).wrong is None


def test_a_symbol_of_another_rule_is_not_held_against_this_one():
    assert first_wrong_step(["1/R = 1/u + 1/v"], {}, [LENS]).wrong is None


@pytest.mark.parametrize(
    "typed",
    [
        "__import__('os') = 1",
        "x = open('f')",
        "x = 9^9^9^9",
        "x = " + "(" * 60 + "1" + ")" * 60,
        "x = lambda: 1",
        "= 3",
        "x =",
    ],
)
def test_nothing_typed_is_run_or_takes_long(typed):
    began = time.monotonic()
    assert first_wrong_step([typed]).wrong is None
    assert time.monotonic() - began < 2


def test_a_line_that_is_too_long_is_no_formula():
    with pytest.raises(NoFormula):
        sides("x = " + "1+" * LONGEST + "1")
