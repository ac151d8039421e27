"""Hints: a ladder from a question back to the student, to a pointer into the course, to a first step, to a worked step.

One rung at a time. Until the last, whatever would be said is held against the answer that the tutor found for itself, and the
rule's own words take its place where it gives that away. A teacher's limit ends the ladder earlier.
"""

from __future__ import annotations

import re
from dataclasses import replace

from chatbot.citations import cite
from chatbot.conversation import Citation, Found, Progress
from chatbot.learning.quantities import compare, read_quantity
from chatbot.learning.questions import Key
from chatbot.learning.saying import says
from chatbot.prompting import LANGUAGES
from chatbot.repeating import repeats, without_question
from chatbot.ways.course_rules import formulas_in
from chatbot.ways.leaks import adds_words, gives_away
from chatbot.ways.limits import RUNGS, Allowed
from chatbot.ways.scene import Findings, Reply, Scene, Telling, citation, is_next
from chatbot.withholding import is_near
from knowledge.documents import Passage
from knowledge.lexical import content_words
from knowledge.sentences import sentences
from knowledge.standing import heading_of
from prompts import render

_QUANTITY = re.compile(r"\d+(?:[.,]\d+)?\s*(?:°C|°F|°|%|[A-Za-zµΩ]{1,3}(?:/[a-z]+)?\b)?")
_LEAST_PROBLEM = 4  # content words, from which a text is a problem of its own and not an attempt at the one before
_MOST_TOKENS = {"back": 50, "first": 60, "key": 30, "worked": 180}
_LEAST_WRITTEN = 12  # characters
_BEARING = 3  # sentences
_SURE_TOLERANCE = 0.02


def hint(scene: Scene) -> Telling:
    """The next rung for the problem at hand, or the first for a new one."""
    before = scene.going_on("hint")
    if before is None and (is_next(scene.text) or not scene.text.strip()):
        return Reply(scene.say("hint.write_first"))
    if before is None or not _same_problem(scene.text, before):
        before = Progress("hint", subject=f"{scene.text}\n{scene.seen}".strip())
    findings = scene.find(before.subject)
    allowed = scene.limits.over(findings.found)
    if "hint" not in allowed.ways or allowed.rungs == 0:
        return Reply(scene.say("limited.none"), progress=replace(before, limited=True))
    # The passages are not told with the first rungs: an answer may stand in them word for word.
    yield Found(before.subject, (), findings.found)
    if not findings.whole or not is_near(findings.found):
        return Reply("", found=False)
    return (yield from _answered(scene, before, findings, allowed))


def _answered(scene: Scene, before: Progress, findings: Findings, allowed: Allowed) -> Telling:
    yield from ()
    key = before.key or _key(scene, findings)
    before = replace(before, key=key, of=allowed.rungs, limited=before.limited or not allowed.free)
    attempt = before.step > 0 and not is_next(scene.text) and not _repeats(scene.text, before.subject)
    # Under a limit nothing is said of an attempt: guessing would find the answer out.
    if attempt and allowed.answer and _is_right(scene.text, key):
        return Reply(scene.say("hint.right"), progress=replace(before, step=before.of))
    if before.step >= before.of:
        ended = "hint.last" if before.of >= RUNGS else "hint.limited"
        return Reply(scene.say(ended), progress=before)
    now = replace(before, step=before.step + 1)
    text, citations = _RUNGS[now.step - 1](scene, now, findings)
    lead = f"{scene.say('hint.not_yet')} " if attempt and allowed.answer else ""
    end = f"\n\n{scene.say('hint.limited')}" if now.step == now.of < RUNGS else ""
    return Reply(f"{lead}{text}{end}", citations, now)


def _same_problem(text: str, before: Progress) -> bool:
    """Whether the student goes on with the problem before: asks for the next hint, repeats it, or tries an answer."""
    few = len(content_words(text)) < _LEAST_PROBLEM and "?" not in text and "？" not in text
    return is_next(text) or not text.strip() or _repeats(text, before.subject) or few


def _repeats(text: str, problem: str) -> bool:
    own = set(content_words(text))
    return bool(own) and own <= set(content_words(problem)) and len(own) >= _LEAST_PROBLEM


def _is_right(text: str, key: str) -> bool:
    found = re.search(r"[-+]?\d", key)
    wanted = read_quantity(key[found.start() :].strip(" .")) if found else None
    if wanted is not None and (at := re.search(r"[-+]?\d", text)):
        return compare(text[at.start() :].strip(" .?!"), Key(wanted[0], wanted[1], _SURE_TOLERANCE)).score == 1.0
    return wanted is None and bool(content_words(key)) and says(text, key)


def _key(scene: Scene, findings: Findings) -> str:
    """The answer as the tutor finds it, in a few words."""
    task = render("hint_key", language=_language(scene))
    return scene.write(findings.messages(task), _MOST_TOKENS["key"], ("\n",))


# -- the rungs


def _back(scene: Scene, now: Progress, findings: Findings) -> tuple[str, tuple[Citation, ...]]:
    given = [found.strip() for found in _QUANTITY.findall(now.subject)]
    if _is_worked_out(now):
        return scene.say("hint.back_given", given=", ".join(dict.fromkeys(given))), ()
    told = _written(scene, now, findings, "back")
    return (told if told and told.endswith(("?", "？")) else scene.say("hint.back")), ()


def _pointer(scene: Scene, now: Progress, findings: Findings) -> tuple[str, tuple[Citation, ...]]:
    """Where to read. No sentence is quoted: the one that bears on the problem most is as a rule its answer."""
    passage, formula = _rule(now, findings)
    place, shown = _place(scene, passage, now)
    return scene.say("hint.pointer", place=place), (citation(1, shown, formula),)


def _first(scene: Scene, now: Progress, findings: Findings) -> tuple[str, tuple[Citation, ...]]:
    passage, formula = _rule(now, findings)
    place, shown = _place(scene, passage, now)
    own = (citation(1, shown, formula),)
    if formula:
        return scene.say("hint.formula", place=place, formula=formula), own
    told = _written(scene, now, findings, "first")
    return (f"{told} [1]" if told else scene.say("hint.first", place=place)), own


def _rule(now: Progress, findings: Findings) -> tuple[Passage, str]:
    """The nearest passage with a formula for a problem with quantities, else the nearest, without one."""
    if _is_worked_out(now):
        for passage in findings.whole:
            for formula in formulas_in(passage.text):
                if formula in passage.text and not re.search(r"\d{2}|\\text", formula):
                    return passage, formula
    return findings.whole[0], ""


def _is_worked_out(now: Progress) -> bool:
    """Whether the problem has quantities from which its answer is worked out."""
    return len(_QUANTITY.findall(now.subject)) >= 2


def _place(scene: Scene, passage: Passage, now: Progress) -> tuple[str, Passage]:
    """What the place is called, and the passage as it may be cited, so that neither names the answer.

    Where nothing is worked out, the answer is a word or a reason, and a section is as a rule named after what is told there: its
    name is told only if the problem has its words already; else the document, with its page or slide, here and in the margin.
    """
    name = place_of(passage)
    if not gives_away(name, now.subject, now.key) and (_is_worked_out(now) or not adds_words(name, now.subject, name)):
        return name, passage
    unnamed = replace(passage, locator=replace(passage.locator, heading=None))
    title = passage.title if not gives_away(passage.title, now.subject, now.key) else passage.document
    for kind, n in (("page", passage.locator.page), ("slide", passage.locator.slide)):
        if n is not None:
            return scene.say(f"hint.on_{kind}", title=title, n=n), unnamed
    return title, unnamed


def _worked(scene: Scene, now: Progress, findings: Findings) -> tuple[str, tuple[Citation, ...]]:
    """The last rung, which may tell the answer: the course's own example beside how the model works it."""
    written = scene.write(findings.messages(render("hint_worked", language=_language(scene))), _MOST_TOKENS["worked"])
    told = "".join(without_question(iter([written]), (now.subject,)))
    checked = cite(told, findings.whole, scene.likeness)
    if checked.citations:
        return checked.text, checked.citations
    passage = findings.whole[0]
    return f"{told}\n\n{scene.say('check.place', place=place_of(passage))}", (
        citation(1, passage, _first_sentence(passage)),
    )


_RUNGS = (_back, _pointer, _first, _worked)


def _written(scene: Scene, now: Progress, findings: Findings, rung: str) -> str:
    """The model's one sentence, or nothing where it gives the answer away, says nothing, or says the question back."""
    task = render(f"hint_{rung}", language=_language(scene))
    told = re.sub(r"\s*[\[【]\d+[\]】]", "", scene.write(findings.messages(task), _MOST_TOKENS[rung], ("\n",))).strip()
    if len(told) < _LEAST_WRITTEN or repeats(told, now.subject) or gives_away(told, now.subject, now.key):
        return ""
    return "" if adds_words(told, now.subject, _bearing(now, findings)) else told


def _bearing(now: Progress, findings: Findings) -> str:
    """The sentences that bear on the problem most: where the answer stands, if the tutor's own is wrong."""
    about = set(content_words(now.subject))
    said = [sentence for passage in findings.whole for sentence in sentences(passage.text)]
    return " ".join(sorted(said, key=lambda one: -len(about & set(content_words(one))))[:_BEARING])


def _first_sentence(passage: Passage) -> str:
    return next(iter(sentences(passage.text)), passage.text)


def place_of(passage: Passage) -> str:
    return heading_of(passage) or passage.title


def _language(scene: Scene) -> str:
    return LANGUAGES.get(scene.language, "English")
