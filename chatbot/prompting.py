"""A turn and its passages to the messages for a chat model: short, and with the parts that stay the same first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chatbot.chat_model import Message
from chatbot.conversation import Exchange
from knowledge.documents import Passage
from knowledge.lexical import content_words, words
from knowledge.picture import Picture
from knowledge.sentences import sentences
from knowledge.standing import heading_of
from prompts import render

LANGUAGES = {"en": "English", "zh": "Simplified Chinese"}
_LEAST = 40  # tokens: a smaller rest of the budget holds no useful piece of a passage
_AROUND = 12  # tokens: a passage's number, place and line ends
_FIRST = 150  # tokens of passages that are tried alone
_WORTH = 100  # tokens: asking a second time costs some 40
_REMEMBERED = 2  # earlier turns that the model is reminded of
_REMINDER = 200  # characters kept of each earlier answer


def build_messages(
    question: str,
    passages: Sequence[Passage],
    history: Sequence[Exchange],
    *,
    task: str = "",
    rules: str = "",
    seen: str = "",
    picture: Picture | None = None,
    sees: bool = False,
) -> list[Message]:
    """System prompt, passages, rules, the last turns, question, and only then a task: what stays the same comes first.

    Rules hold for any question, so that they are read with the passages, before one is asked; a task is about this one. A
    second task on the same question costs no more than its own words, and a follow-up finds its passage read like any
    other question. Only a model that `sees` is given pictures, also those of earlier turns: a follow-up may ask about them.
    Turns with pictures stand where they were said, before the passages.
    """
    messages, earlier = [Message("system", render("tutor"))], ""
    history = history[-_REMEMBERED:]
    if stands_before(history, sees=sees):
        for exchange in history:
            messages.append(Message("user", exchange.question or "-", (exchange.picture,) if exchange.picture else ()))
            messages.append(Message("assistant", _shortened(exchange.answer)))
    else:
        told = [(_as_data(exchange.question) or "-", _as_data(_shortened(exchange.answer))) for exchange in history]
        earlier = "".join(render("earlier", question=asked, answer=answer) + "\n" for asked, answer in told)
    shown = ""
    pictures = (picture,) if sees and picture else ()
    if picture is not None or seen:
        shown = render("picture_seen" if pictures else "picture_words", words=_as_data(seen) or "-") + "\n"
    text = render(
        "question",
        passages="\n".join(f"[{n}] {_place(p)}\n{_as_data(p.text)}" for n, p in enumerate(passages, start=1)),
        rules=f"{rules}\n" if rules else "",
        earlier=earlier,
        picture=shown,
        question=_as_data(question) or "Explain this.",
        task=task,
    )
    messages.append(Message("user", text.rstrip(), pictures))
    return messages


def stands_before(history: Sequence[Exchange], *, sees: bool) -> bool:
    """Whether earlier turns stand before the passages, so that nothing that was read without them can be used."""
    return sees and any(exchange.picture for exchange in history[-_REMEMBERED:])


def opening(passages: Sequence[Passage]) -> list[Message]:
    """The beginning that all prompts share in which these passages stand first, whatever is asked."""
    return _until("\n</passages>", passages)


def ready_for(passages: Sequence[Passage], rules: str) -> list[Message]:
    """The beginning of all prompts that show these passages, and no others, under these rules."""
    return _until("Question:", passages, rules)


def _until(mark: str, passages: Sequence[Passage], rules: str = "") -> list[Message]:
    *before, last = build_messages("", passages, (), rules=rules)
    return [*before, replace(last, text=last.text[: last.text.rindex(mark)])]


def judging_rules() -> str:
    """What stands under the passages when the model judges whether they answer the question below."""
    return render("rules_judge")


def answering_rules(language: str) -> str:
    """What stands under the passages when the model answers the question below from them."""
    return render("rules_answer", language=LANGUAGES.get(language, "English"))


def task_answer(language: str, *, may_decline: bool, across: bool = False) -> str:
    """What to do with the question above, where rules below the passages would not do: with a picture or earlier turns, for a model that was
    not asked whether it can be answered and may decline here, and `across`, with passages in another language than the answer.
    """
    name = "task_answer_or_decline" if may_decline else "task_answer_across" if across else "task_answer"
    return render(name, language=LANGUAGES.get(language, "English"))


def words_within(seen: str, most_tokens: int, count_tokens: Callable[[str], int]) -> str:
    """The first lines of what was read in a picture, as many as fit: a page of text must not fill the prompt."""
    lines: list[str] = []
    for line in seen.splitlines():
        most_tokens -= count_tokens(line) + 1
        if most_tokens < 0:
            break
        lines.append(line)
    return "\n".join(lines)


def within_budget(
    passages: Sequence[Passage], about: str, *, most_tokens: int, count_tokens: Callable[[str], int], most: int = 4
) -> tuple[Passage, ...]:
    """The best passages that fit, the last one cut to the sentences that bear on the question.

    Reading the prompt is what a student waits for on a plain computer, so the budget is small and spent from the top.
    """
    kept: list[Passage] = []
    left = most_tokens
    for passage in passages[:most]:
        length = room_for(passage, count_tokens)
        if length <= left:
            kept.append(passage)
            left -= length
        elif left >= _LEAST and (text := _bearing(passage.text, about, left - _AROUND, count_tokens)):
            kept.append(replace(passage, text=text))
            left -= count_tokens(text) + _AROUND
        if left < _LEAST:
            break
    return tuple(kept)


def first_step(
    passages: Sequence[Passage], ranked: Sequence[Passage], count_tokens: Callable[[str], int], read: int = 0
) -> int:
    """How many of the passages, from the first, are tried alone before the others are read: the best one is among them, and
    what is left to the others is worth asking twice. What was `read` already is tried as it is.
    """
    sizes = [room_for(passage, count_tokens) for passage in passages]
    best = next((n for n, passage in enumerate(passages, start=1) if passage.chunk_id == ranked[0].chunk_id), len(passages))
    if best <= read:
        return read
    told = 0
    for n, size in enumerate(sizes, start=1):
        told += size
        if n >= max(best, read) and told >= _FIRST:
            return n if sum(sizes[n:]) >= _WORTH else len(passages)
    return len(passages)


def room_for(passage: Passage, count_tokens: Callable[[str], int]) -> int:
    """The tokens that a passage takes in a prompt."""
    return count_tokens(passage.text) + _AROUND


def _bearing(text: str, about: str, most_tokens: int, count_tokens: Callable[[str], int]) -> str:
    """The sentences with most words of the question, in the text's order, as many as fit."""
    wanted = set(content_words(about))
    parts = sentences(text)
    ranked = sorted(range(len(parts)), key=lambda i: -len(wanted & set(words(parts[i]))))
    chosen: list[int] = []
    for i in ranked:
        cost = count_tokens(parts[i])
        if cost <= most_tokens:
            chosen.append(i)
            most_tokens -= cost
    return " ".join(parts[i] for i in sorted(chosen))


def _place(passage: Passage) -> str:
    """What names the passage to the model: its title and the heading that tells most, no ids and no paths."""
    heading = heading_of(passage)
    return passage.title if not heading or heading == passage.title else f"{passage.title}: {heading}"


def _as_data(text: str) -> str:
    """Text from outside cannot close the frame that it stands in."""
    return text.replace("</passages>", "< /passages>").replace("</picture>", "< /picture>").strip()


def _shortened(answer: str) -> str:
    return answer if len(answer) <= _REMINDER else answer[:_REMINDER].rsplit(" ", 1)[0] + " …"
