"""Check my work: the first wrong step and why, with the place in the course. Rules first; the model for sentences alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.citations import cite
from chatbot.conversation import Citation, Found, Progress
from chatbot.ways.course_rules import rules_of
from chatbot.ways.hints import place_of
from chatbot.ways.limits import Allowed
from chatbot.ways.scene import Findings, Reply, Scene, Telling, citation
from chatbot.ways.steps import MOST_LINES, Checked, CourseFormula, first_wrong_step, given_in, lines_of
from chatbot.withholding import is_near
from knowledge.sentences import sentences
from prompts import render

_SURE = 0.75  # the model's confidence that the course says otherwise, from which a sentence is called wrong
_MOST_STATEMENTS = 6
_LEAST_STATEMENT = 12  # characters


def check_work(scene: Scene) -> Telling:
    """Work in the text or in the picture; the rest of the text is the problem, else the problem that was hinted at before."""
    written = f"{scene.text}\n{scene.seen}".strip()
    lines = lines_of(written)
    problem = _problem(scene, lines)
    findings = scene.find(problem or written)
    allowed = scene.limits.over(findings.found)
    if "check" not in allowed.ways:
        return Reply(scene.say("limited.none"), progress=Progress("check", limited=True))
    yield Found(problem or written, findings.passages, findings.found)
    if not written:
        return Reply(scene.say("check.nothing"))
    if lines:
        checked = first_wrong_step(lines, given_in(problem), rules_of(scene.course, findings.whole))
        if checked.wrong or checked.worked_out:
            return _by_rules(scene, checked, findings, allowed)
    return _by_model(scene, written, findings, allowed, unread=bool(lines))


def _problem(scene: Scene, lines: Sequence[str]) -> str:
    own = "\n".join(line for line in scene.text.splitlines() if not any(step in line for step in lines)).strip()
    before = scene.going_on("hint") or scene.going_on("check")
    return own if len(own) > _LEAST_STATEMENT else (before.subject if before else own)


def _by_rules(scene: Scene, checked: Checked, findings: Findings, allowed: Allowed) -> Reply:
    wrong, progress = checked.wrong, Progress("check", subject=_problem(scene, ()), limited=not allowed.free)
    formula = (wrong.formula if wrong else None) or checked.formula
    citations = _place(formula, findings)
    told = []
    if wrong is None:
        told.append(scene.say("check.right", count=checked.worked_out))
    else:
        # Under a limit the right value would be the answer.
        code = "unequal_limited" if wrong.code == "unequal" and not allowed.answer else wrong.code
        why = scene.say(f"check.why.{code}", **wrong.values)
        told += [scene.say("check.wrong", n=wrong.n, line=_as_code(wrong.line)), why]
    if citations:
        told.append(scene.say("check.place", place=place_of(_passage(formula, findings))))
    if checked.lines > MOST_LINES:
        told.append(scene.say("check.cut", most=MOST_LINES))
    return Reply(" ".join(told), citations, progress)


def _as_code(line: str) -> str:
    return f"`{line.replace('`', ' ')}`"


def _passage(formula: CourseFormula | None, findings: Findings):
    return formula.at[0] if formula is not None else findings.whole[0]


def _place(formula: CourseFormula | None, findings: Findings) -> tuple[Citation, ...]:
    if formula is not None:
        passage, text = formula.at
        return (citation(1, passage, text if text in passage.text else ""),)
    if not findings.whole or not is_near(findings.found):
        return ()
    passage = findings.whole[0]
    return (citation(1, passage, next(iter(sentences(passage.text)), "")),)


def _by_model(scene: Scene, written: str, findings: Findings, allowed: Allowed, *, unread: bool) -> Reply:
    """Sentences, each put to the model beside the passages: only what it is sure that the course denies is called wrong."""
    progress = Progress("check", subject=written, limited=not allowed.free)
    if unread and len(lines_of(written)) == len([line for line in written.splitlines() if line.strip()]):
        return Reply(scene.say("check.unclear"), progress=progress)
    if not findings.whole or not is_near(findings.found):
        return Reply("", found=False, progress=progress)
    said = [part for line in written.splitlines() for part in sentences(line) if len(part) >= _LEAST_STATEMENT]
    said = [re.sub(r"^\s*(?:\d+[.)]|[-*•])\s+", "", part) for part in said if not part.rstrip().endswith(("?", "？"))]
    for n, step in enumerate(said[:_MOST_STATEMENTS], start=1):
        task = render("check_statement", step=step.replace("<", "‹").replace(">", "›"))
        chances = scene.chat.judge(findings.messages(task), ("Yes", "No"))
        if chances["Yes"] >= _SURE:
            held = cite(f"{step} [1]", findings.whole, scene.likeness).citations[:1] or _place(None, findings)
            told = [scene.say("check.wrong", n=n, line=step), scene.say("check.why.statement")]
            told.append(scene.say("check.place", place=held[0].title))
            return Reply(" ".join(told), held, progress)
    if not said:
        return Reply(scene.say("check.nothing"), progress=progress)
    return Reply(
        f"{scene.say('check.right_model')} {scene.say('check.place', place=place_of(findings.whole[0]))}",
        _place(None, findings),
        progress,
    )
