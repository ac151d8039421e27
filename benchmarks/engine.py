"""The chat engine on this machine: what is not read twice, what is read while a question is typed, and several students.

The baseline is the usual way, in the same run: the same weights and prompts through llama-cpp-python's
`Llama.create_chat_completion`, which keeps the beginning that a prompt shares with the one before, one question after the
other, passages looked for when the question is sent.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np

from benchmarks.bench_home import forget_what_was_read, read_beforehand, sample_course
from benchmarks.report import Figure, main
from benchmarks.students import many_turns
from benchmarks.turn import QUESTIONS
from benchmarks.typist import Typist
from chatbot.chat_model import Message, Sampling
from chatbot.chat_model.llama import LlamaChatModel
from chatbot.chat_model.native import NativeModel, Row, llama_cpp
from chatbot.conversation import Done, Found, Said, Turn
from chatbot.loading import Engines
from chatbot.prompting import build_messages, task_answer
from chatbot.reading_ahead import NOTHING_AHEAD, Ahead
from chatbot.settings import Settings
from chatbot.stopping import Stop, Stopped, stoppable
from chatbot.tutor import Tutor
from knowledge.retrieval import Query, Retriever
from knowledge.weights import WeightStore, load_catalogue
from ui.commands.output import tell

CONTEXT = 2048
STUDENTS = 8
ANSWER = 64  # tokens
OTHER = (Message("system", "You tell the weather."), Message("user", "Will it rain in Lisbon tomorrow? " * 4))


class SixPassages(Tutor):
    """Shows the model six passages, whole: prompts of about a thousand tokens, as products without a budget send."""

    shown = 6

    def __init__(self, engines: Engines, settings: Settings) -> None:
        super().__init__(engines, settings.model_copy(update={"passage_tokens": CONTEXT // 2}))


def measure(quick: bool) -> list[Figure]:
    settings, engines, course = sample_course()
    store = WeightStore(settings.weights, load_catalogue(), offline=True)
    folder = store.path(load_catalogue().profile(settings.profile)["chat"].name)
    file = next(folder.glob("*.gguf"))
    chat = LlamaChatModel(file, context_tokens=CONTEXT, students=STUDENTS)
    plain = llama_cpp.Llama(
        str(file), n_ctx=CONTEXT, n_batch=512, n_threads=chat._loaded.native.threads,
        n_threads_batch=chat._loaded.native.threads, flash_attn=False, verbose=False,
    )  # fmt: skip
    embedder = engines.load("embedder")
    tutor = SixPassages(Engines({"chat": lambda: chat, "embedder": lambda: embedder}), settings)
    retriever = Retriever(embedder)
    questions = QUESTIONS[:2] if quick else QUESTIONS
    read_beforehand(course, chat)
    rows = _typed(tutor, plain, retriever, course, questions)
    rows += _second_turn(chat, plain, retriever, course, questions)
    rows += _writing(chat, file)
    rows += _class_with_course(Tutor(tutor._engines, settings), plain, retriever, course)
    rows += _class(chat, plain, retriever, course)
    rows += _stopping(chat, 3 if quick else 10)
    rows += many_turns(chat, STUDENTS, 30 if quick else 500)
    chat.close()
    return rows


# -- one student


def _typed(tutor, plain, retriever, course, questions: Sequence[str]) -> list[Figure]:
    """First token after the question is sent: typed with reading ahead, sent at once, and the usual way."""
    ahead, unread, usual, sizes, shown = [], [], [], [], []
    chat = tutor._engines.get("chat")
    for question in questions:
        messages = _six(retriever, course, question)
        usual.append(_plain_first(plain, lambda q=question: _six(retriever, course, q)))
        sizes.append(len(chat._loaded.prompts.units(messages)))
        list(chat.stream(OTHER, Sampling(1)))
        unread.append(_first_said(tutor, course, question))
        forget_what_was_read(chat)
        list(tutor.prepare(course, Turn("")))
        read = Typist(tutor, course).type(question)
        ahead.append(_first_said(tutor, course, question, read))
        shown.append(chat.usage.prompt_tokens)
        forget_what_was_read(chat)
        tell(f"  {question[:40]:40} {ahead[-1]:.2f} s read ahead, {unread[-1]:.2f} s not, {usual[-1]:.2f} s usual; {shown[-1]} tokens")
    name = f"prompt of {median(sizes):.0f} tokens, typed: first token"
    return [
        Figure(f"{name}, with reading ahead", median(ahead), "s", median(usual)),
        Figure("the same, ratio", median(a / u for a, u in zip(ahead, usual, strict=True)), "", None, 0.15),
        Figure("the same, prompt with what was read ahead", median(shown), "tokens", median(sizes)),
        Figure(f"{name}, without, and judged first", median(unread), "s", median(usual)),
    ]


def _first_said(tutor: Tutor, course, question: str, ahead: Ahead = NOTHING_AHEAD) -> float:
    """Seconds to the first word of the answer, or to the end when the course is held to say nothing."""
    began = time.perf_counter()
    events = tutor.ask(course, Turn(question), (), ahead)
    for event in events:
        if isinstance(event, Said):
            break
        assert not isinstance(event, Found) or event.passages
    took = time.perf_counter() - began
    events.close()
    return took


def _second_turn(chat, plain, retriever, course, questions: Sequence[str]) -> list[Figure]:
    """A conversation that goes on after somebody else has asked: only the new words are read."""
    ours, usual, again = [], [], []
    for question in questions:
        first = _six(retriever, course, question)
        said = "".join(chat.stream(first, Sampling(ANSWER)))
        known = chat.usage.prompt_tokens + chat.usage.answer_tokens
        second = [*first, Message("assistant", said), Message("user", "And why is that so? Say it in other words.")]
        list(chat.stream(OTHER, Sampling(4)))
        began = time.perf_counter()
        next(chat.stream(second, Sampling(2)))
        ours.append(time.perf_counter() - began)
        again.append(max(0, known - chat.usage.reused_tokens) / known)
        for messages in (first, OTHER):
            _drain(plain, messages, 4)
        usual.append(_plain_first(plain, lambda messages=second: messages))
        forget_what_was_read(chat)
    return [
        Figure("second turn, another student between: first token", median(ours), "s", median(usual)),
        Figure("the same, ratio", median(a / b for a, b in zip(ours, usual, strict=True)), "", None, 0.25),
        Figure("tokens of the first turn that are read again", median(again), "share", None, 0.1),
    ]


def _writing(chat: LlamaChatModel, file) -> list[Figure]:
    """Tokens a second of one student, beside nothing but llama.cpp's decoding in a loop."""
    native = NativeModel(file, context_tokens=CONTEXT)
    prompt = chat._loaded.prompts.units((Message("user", "Write a long story about a lighthouse."),))
    ours, raw = [], []
    for _ in range(5):
        times = [time.perf_counter() for _ in chat.stream((Message("user", "Write a long story about a lighthouse."),), Sampling(48))]
        ours.append((len(times) - 1) / (times[-1] - times[0]))
        native.forget_from(0, 0)
        native.step([Row(token, at, 0, at == len(prompt) - 1) for at, token in enumerate(prompt)])
        token, began = int(np.argmax(native.logits(-1))), time.perf_counter()
        for at in range(47):
            native.step([Row(token, len(prompt) + at, 0, True)])
            token = int(np.argmax(native.logits(-1)))
        raw.append(47 / (time.perf_counter() - began))
    native.close()
    ratio = median(a / b for a, b in zip(ours, raw, strict=True))
    return [
        Figure("writing, one student", median(ours), "tokens/s", median(raw), smaller=False),
        Figure("the same, ratio to the raw loop", ratio, "", None, 0.97, smaller=False),
    ]


# -- several students


def _class_with_course(tutor: Tutor, plain, retriever, course) -> list[Figure]:
    """A class asks the tutor as it is shipped, each something else, all at once; and the usual way one after the other, with six
    passages. Answers end by themselves.
    """
    questions, most = QUESTIONS[:STUDENTS], tutor._settings.answer_tokens
    forget_what_was_read(tutor._engines.get("chat"))
    began = time.perf_counter()

    def ask(question: str) -> tuple[float, int]:
        first = None
        for event in tutor.ask(course, Turn(question)):
            if isinstance(event, Said | Done) and first is None:
                first = time.perf_counter() - began
        return first, event.answer.timings.answer_tokens or 0

    with ThreadPoolExecutor(STUDENTS) as pool:
        told = list(pool.map(ask, questions))
    ours_s, ours = time.perf_counter() - began, sum(tokens for _, tokens in told)
    usual, usual_s, last = _one_by_one(plain, (_six(retriever, course, question) for question in questions), most)
    slowest = max(first for first, _ in told)
    tell(f"  a class with the course: {ours} tokens in {ours_s:.0f} s, the usual way {usual} in {usual_s:.0f} s")
    return [
        Figure(f"{STUDENTS} students ask at once: written together", ours / ours_s, "tokens/s", usual / usual_s, smaller=False),
        Figure("the same, ratio", ours / ours_s / (usual / usual_s), "", None, 1.5, smaller=False),
        Figure(f"{STUDENTS} students ask at once: all answers complete", ours_s, "s", usual_s),
        Figure(f"{STUDENTS} students ask at once: slowest first word", slowest, "s", last),
        Figure("the same, ratio", slowest / last, "", None, 0.5),
    ]


def _class(chat, plain, retriever, course) -> list[Figure]:
    """The engine alone: a class asks about one lesson that nobody has read before, for answers of one length; nothing of the
    tutor's, such as fewer passages or a course that was read beforehand, helps either way.
    """
    lesson = _six(retriever, course, QUESTIONS[0])[0].text + "\n" + _six(retriever, course, QUESTIONS[0])[1].text
    prompts = [
        (Message("system", lesson), Message("user", f"{question} Explain it at length."))
        for question in QUESTIONS[:STUDENTS]
    ]
    forget_what_was_read(chat)
    began = time.perf_counter()

    def ask(messages) -> tuple[float, int]:
        pieces = chat.stream(messages, Sampling(ANSWER))
        next(pieces)
        first = time.perf_counter() - began
        list(pieces)
        return first, chat.usage.answer_tokens

    with ThreadPoolExecutor(STUDENTS) as pool:
        told = list(pool.map(ask, prompts))
    ours_s = time.perf_counter() - began
    tokens, usual_s, last = _one_by_one(plain, prompts, ANSWER)
    ours, usual = sum(tokens for _, tokens in told) / ours_s, tokens / usual_s
    slowest = max(first for first, _ in told)
    return [
        Figure(f"{STUDENTS} students at once, the engine alone: written together", ours, "tokens/s", usual, smaller=False),
        Figure("the same, ratio", ours / usual, "", smaller=False),
        Figure(f"{STUDENTS} students at once, the engine alone: slowest first token", slowest, "s", last),
        Figure("the same, ratio", slowest / last, "", None, 0.5),
    ]


def _stopping(chat: LlamaChatModel, times: int) -> list[Figure]:
    """From stopping a turn to its place being free, while its prompt is read and while its answer is written."""
    took = {"read": [], "written": []}
    scheduler = chat._loaded.scheduler
    for n in range(times):
        for what, after_s in (("read", 0.5), ("written", 0.5)):
            text = f"{n} " + ("Why does light bend in glass? " * 120 if what == "read" else "Count to a thousand.")
            stop, written = Stop(), threading.Event()

            def turn(text=text, stop=stop, written=written) -> None:
                try:
                    with stoppable(stop):
                        for _ in chat.stream((Message("user", text),), Sampling(400)):
                            written.set()
                except Stopped:
                    pass

            thread = threading.Thread(target=turn)
            thread.start()
            if what == "written":
                written.wait(60)
            time.sleep(after_s)
            began = time.perf_counter()
            stop.set()
            while scheduler.busy:
                time.sleep(0.001)
            took[what].append((time.perf_counter() - began) * 1000)
            thread.join()
    return [
        Figure(f"from stop to a free place while a prompt is {what}, longest", max(times), "ms", None, 150)
        if what == "read"
        else Figure(f"from stop to a free place while an answer is {what}, longest", max(times), "ms", None, 150)
        for what, times in took.items()
    ]


# -- the usual way


def _six(retriever: Retriever, course, question: str) -> list[Message]:
    return build_messages(
        question, retriever.retrieve(course, Query(question)), (), task=task_answer("en", may_decline=False)
    )


def _plain_pieces(plain: llama_cpp.Llama, messages: Sequence[Message], most: int) -> Iterator[str]:
    asked = [{"role": message.role, "content": message.text} for message in messages]
    for chunk in plain.create_chat_completion(asked, max_tokens=most, temperature=0.0, stream=True):
        if text := chunk["choices"][0]["delta"].get("content"):
            yield text


def _one_by_one(plain: llama_cpp.Llama, prompts: Iterable[Sequence[Message]], most: int) -> tuple[int, float, float]:
    """Tokens of all answers, the seconds of all, the making of the prompts included, and those to the last one's first piece."""
    began, first, tokens = time.perf_counter(), 0.0, 0
    for messages in prompts:
        for count, _ in enumerate(_plain_pieces(plain, messages, most)):
            first = first if count else time.perf_counter() - began
            tokens += 1
    return tokens, time.perf_counter() - began, first


def _plain_first(plain: llama_cpp.Llama, make: Callable[[], Sequence[Message]]) -> float:
    """Seconds to the first piece, the making of the prompt included; another student asked before."""
    _drain(plain, OTHER, 1)
    began = time.perf_counter()
    pieces = _plain_pieces(plain, make(), 2)
    next(pieces)
    took = time.perf_counter() - began
    pieces.close()
    return took


def _drain(plain: llama_cpp.Llama, messages: Sequence[Message], most: int) -> None:
    for _ in _plain_pieces(plain, messages, most):
        pass


if __name__ == "__main__":
    sys.exit(main(measure, __doc__))
