"""A turn -> HTML that is safe to show. Pure functions; everything that was not written by us is escaped.

The page's scripts find what they need in data attributes: data-source opens a place beside the conversation,
data-listen reads a text aloud, data-copy copies, data-fold opens the notes on a narrow screen.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from PIL import Image

from chatbot.conversation import Citation
from knowledge.documents import Why
from knowledge.picture import Picture
from ui import places
from ui.icons import icon
from ui.marking import inline_text, readable_rows, to_html
from ui.turn_view import TurnView
from ui.words import Words

_KIND_ICONS = {"page": "page", "slide": "slide", "recording": "recording", "picture": "picture", "text": "page"}
_LONGEST_QUOTE = 220  # characters of a quote that a note shows; the source shows all of it
_SMALL = 480  # pixels of the longer side of a student's picture in the conversation


def render_turn(view: TurnView, words: Words) -> str:
    """A question and its answer."""
    return f'<section class="cm-exchange">{question_html(view, words)}{answer_html(view, words)}</section>'


def question_html(view: TurnView, words: Words) -> str:
    parts = [f'<h2 class="cm-sr">{escape(words("turn.you_asked"))}</h2>']
    if view.question:
        parts.append(f'<div class="cm-question-text">{_lines(view.question)}</div>')
    if view.heard:
        parts.append(_heard(view, words))
    elif view.spoken:
        parts.append(f'<div class="cm-heard">{icon("microphone")}<span>{escape(words("turn.spoken"))}</span></div>')
    if view.picture:
        parts.append(f'<img class="cm-shown" src="{_small(view.picture)}" alt="{escape(words("turn.shown"))}">')
    return f'<div class="cm-question">{"".join(parts)}</div>'


def _heard(view: TurnView, words: Words) -> str:
    heard = f"<b>{escape(words('turn.heard'))}</b> {_lines(view.heard or '')}"
    return f'<div class="cm-heard">{icon("microphone")}<span>{heard}</span></div>'


def answer_html(view: TurnView, words: Words) -> str:
    """The answer's column and the margin with its notes."""
    column = [_stage(view, words), _seen(view, words)]
    if view.stage == "failed":
        column.append(_failure(view, words))
    elif not view.found:
        column.append(_not_found(view, words))
    else:
        column += [_text(view, words), _topics(view, words)]
    column += [_notices(view, words), _actions(view, words)]
    notes = view.citations if view.found else view.nearest
    name = f"cm-turn is-{view.stage}" + ("" if view.found else " is-not-found")
    return (
        f'<article class="{name}"><div class="cm-column">{"".join(column)}</div>{_margin(notes, view, words)}</article>'
    )


def _stage(view: TurnView, words: Words) -> str:
    """What is being done now, while there is no text to read."""
    if view.finished or view.stage == "writing":
        return ""
    if view.stage == "waiting":
        slowest = max(view.loading, key=lambda state: state.seconds)
        name = words(f"engines.{slowest.role}")
        told = words("stage.waiting", engine=name, seconds=round(slowest.seconds))
    elif view.stage == "queued":
        told = words("stage.queued", before=view.before)
    else:
        told = words(f"stage.{view.stage}")
    return f'<div class="cm-stage"><span class="cm-pulse"></span>{escape(told)}</div>'


def _seen(view: TurnView, words: Words) -> str:
    if not view.seen:
        return ""
    return (
        f'<details class="cm-seen"><summary>{escape(words("turn.seen"))}</summary>'
        f"<div>{_lines(view.seen)}</div></details>"
    )


def _text(view: TurnView, words: Words) -> str:
    if not view.text:
        return ""
    by_number = {citation.n: citation for citation in view.citations}

    def marker(n: int) -> str:
        citation = by_number.get(n)
        if citation is None:  # still to come while the answer is written; a finished answer has no such marker
            return f'<span class="cm-mark">{n}</span>'
        name = words("turn.open_source", n=n, title=citation.title, place=places.label(citation.locator, words))
        return _opener("cm-mark", citation, view.course, words, escape(str(n)), name)

    text = view.text if view.finished else _without_half(view.text)
    html = to_html(text, marker, copy_label=words("turn.copy"))
    return f'<div class="cm-text" lang="{escape(view.language or words.language)}">{html}</div>'


def _without_half(text: str) -> str:
    """The text so far, without a formula or a marker at its end of which only the beginning has come."""
    for fence in ("$$", "$"):
        if text.count(fence) % 2:
            text = text[: text.rindex(fence)]
    for begin, end in ((r"\[", r"\]"), (r"\(", r"\)"), ("[", "]")):
        if text.rfind(begin) > text.rfind(end):
            text = text[: text.rindex(begin)]
    return text


def _topics(view: TurnView, words: Words) -> str:
    """What could have been meant, to be pressed."""
    if not view.topics:
        return ""
    items = "".join(
        f'<li><button data-ask="{escape(words("turn.ask_topic", topic=topic))}"><span>{escape(topic)}</span>{icon("next")}</button></li>'
        for topic in view.topics
    )
    return f'<p class="cm-topics">{escape(words("turn.topics"))}</p><ul class="cm-starters">{items}</ul>'


def _not_found(view: TurnView, words: Words) -> str:
    near = words("turn.nearest") if view.nearest else words("turn.nothing_near")
    return (
        f'<div class="cm-not-found">{icon("quiet")}<div><h3>{escape(words("turn.not_found"))}</h3>'
        f"<p>{escape(near)}</p></div></div>"
    )


def _failure(view: TurnView, words: Words) -> str:
    told = words.of_error(view.error) if view.error else words("turn.failed_unknown")
    return (
        f'<div class="cm-failure" role="alert">{icon("attention")}<div><h3>{escape(words("turn.failed"))}</h3>'
        f"<p>{escape(told)}</p><p>{escape(words('turn.kept'))}</p></div></div>"
    )


def _notices(view: TurnView, words: Words) -> str:
    notices = [words(f"notices.{name}") for name in view.notices if words.knows(f"notices.{name}")]
    if view.stage == "stopped":
        notices.append(words("turn.stopped"))
    return "".join(f'<p class="cm-notice">{escape(notice)}</p>' for notice in notices)


def _actions(view: TurnView, words: Words) -> str:
    if not view.finished or not view.found or not view.text:
        return ""
    text, language = escape(view.text), escape(view.language or words.language)
    listen = (
        f'<button class="cm-action" data-listen="{text}" data-language="{language}" aria-pressed="false">'
        f"{icon('listen')}{icon('stop')}<span>{escape(words('turn.listen'))}</span></button>"
    )
    keep = (
        f'<button class="cm-action" data-save-sound="{text}" data-language="{language}">'
        f"{icon('file')}<span>{escape(words('turn.save_sound'))}</span></button>"
        f'<button class="cm-action" data-copy="{text}">{icon("copy")}<span>{escape(words("turn.copy"))}</span></button>'
    )
    return f'<div class="cm-actions">{_next(view, words)}{listen}{"" if view.unclear else keep}</div>'


def _next(view: TurnView, words: Words) -> str:
    """How far a way of tutoring has come, and the button that goes on; the style sheet shows it on the newest turn alone."""
    done = view.progress
    if done is None or not done.more or not done.step:
        return ""
    told = escape(words(f"ways.progress_{done.way}", step=done.step, of=done.of))
    label = escape(words(f"ways.next_{done.way}"))
    button = f'<button class="cm-action cm-next" data-ask="{label}" data-way="{done.way}">{icon("next")}<span>{label}</span></button>'
    return f'<span class="cm-progress">{told}</span>{button}'


def _margin(citations: Sequence[Citation], view: TurnView, words: Words) -> str:
    if not citations:
        return ""
    notes = "".join(
        f"<li>{_note(citation, view.course, words)}{_why(view.reasons.get(citation.chunk_id), words)}</li>"
        for citation in citations
    )
    fold = words("turn.sources" if view.found else "turn.nearest_places", n=len(citations))
    return (
        f'<aside class="cm-margin" aria-label="{escape(fold)}">{_evidence(view, words)}'
        f'<button class="cm-fold" data-fold aria-expanded="false">{icon("fold")}{escape(fold)}</button>'
        f'<ol class="cm-notes">{notes}</ol></aside>'
    )


def _evidence(view: TurnView, words: Words) -> str:
    """How much of the course speaks of the question, as three bars and in words."""
    if not view.evidence or not view.found:
        return ""
    bars = '<span class="cm-bars" aria-hidden="true"><i></i><i></i><i></i></span>'
    return f'<p class="cm-evidence is-{view.evidence}">{bars}{escape(words(f"evidence.{view.evidence}"))}</p>'


def _why(why: Why | None, words: Words) -> str:
    """Why the place was found: the question's words that it has, and its rank in each search."""
    if why is None:
        return ""
    told = [words("why.has", words=" · ".join(why.words))] if why.words else []
    told += [words(f"why.{name}", n=rank) for name, rank in why.ranks.items()]
    lines = "".join(f"<li>{escape(line)}</li>" for line in told)
    return f'<details class="cm-why"><summary>{escape(words("why.open"))}</summary><ul>{lines}</ul></details>' if told else ""


def _note(citation: Citation, course: str, words: Words) -> str:
    kind, place = places.kind(citation.document, citation.locator), places.label(citation.locator, words)
    picture = ""
    if kind != "text":
        source = escape(places.address("thumbnail", course, citation.document, citation.locator))
        picture = f'<img src="{source}" alt="" loading="lazy">'
    quote = readable_rows(citation.quote)
    quote = quote if len(quote) <= _LONGEST_QUOTE else quote[:_LONGEST_QUOTE].rstrip() + "…"
    inside = (
        f'<span class="cm-thumb is-{kind}">{icon(_KIND_ICONS[kind])}{picture}</span>'
        f'<span class="cm-note-head"><span class="cm-n">{citation.n}</span><span class="cm-title">{escape(citation.title)}</span> '
        f'<span class="cm-place">{escape(place)}</span></span>'
        + (f'<q class="cm-quote">{inline_text(quote)}</q>' if quote else "")  # a hint points at a place and quotes nothing
    )
    return _opener("cm-note", citation, course, words, inside)


def _opener(name: str, citation: Citation, course: str, words: Words, inside: str, label: str = "") -> str:
    """A button that opens the citation's place beside the conversation."""
    source = places.address(
        "source", course, citation.document, citation.locator, quote=citation.quote, language=words.language
    )
    labelled = f' aria-label="{escape(label)}"' if label else ""
    return f'<button class="{name}" data-n="{citation.n}" data-source="{escape(source)}"{labelled}>{inside}</button>'


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.strip().split("\n"))


@lru_cache(maxsize=32)
def _small(picture: Picture) -> str:
    """The picture as a data URI small enough to travel with every update of the conversation."""
    image = picture.to_image()
    image.thumbnail((_SMALL, _SMALL), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"
