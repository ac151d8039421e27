"""One turn on this machine: how long until the first word, the first sound, and the page; and how much memory.

A typed question's baseline is the same question asked the usual way, in the same run: the six best passages whole, nothing
kept from the prompt before. A first sound's baseline is the sound of the whole answer, made when it is complete.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from statistics import median

from benchmarks.bench_home import GOLDEN, forget_what_was_read, sample_course
from benchmarks.report import ROOT, Figure, main
from chatbot.chat_model import Sampling
from chatbot.chat_model.llama import LlamaChatModel
from chatbot.conversation import Done, Said, Spoke, Turn
from chatbot.prompting import build_messages, task_answer
from chatbot.settings import Settings
from chatbot.speech.voices import choose_voice
from chatbot.speech.wording import SentenceFeed, say
from chatbot.tutor import Tutor
from knowledge.retrieval import Query, Retriever
from knowledge.sound import Sound, decode_sound
from ui.commands.output import tell

QUESTIONS = (
    "What is the law of reflection?",
    "critical angle diamond",
    "what is accommodation",
    "Why does a diamond sparkle?",
    "How does an optical fibre keep the light inside?",
    "blind spot",
    "Who built the first reflecting telescope?",
    "lens formula",
    "what does the f number mean",
)
SPOKEN_S = 8.0


def measure(quick: bool) -> list[Figure]:
    settings, engines, course = sample_course()
    tutor = Tutor(engines, settings)
    for role in engines.roles:
        engines.load(role)
    chat, retriever = engines.load("chat"), Retriever(engines.load("embedder"))
    questions = QUESTIONS[:3] if quick else QUESTIONS
    next(iter(tutor.ask(course, Turn("warm up: what is a lens?"))), None)

    typed = [_ask(tutor, course, Turn(question), forget=chat) for question in questions]
    usual = [_usual_way(chat, retriever, course, question) for question in questions]
    spoken_question = _spoken_question(settings)
    spoken = [_ask(tutor, course, Turn(sound=spoken_question), forget=chat) for _ in range(3 if quick else 7)]
    aloud = [_ask(tutor, course, Turn(question, speak=True), forget=chat) for question in questions]
    voices = engines.load("voice")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)

    answered = [turn for turn in typed if turn["first_token_ms"]]
    sounded = [turn for turn in aloud if turn["sound_after_s"] is not None]
    rows = [
        Figure(
            "typed question: first token",
            median(turn["first_token_ms"] for turn in answered) / 1000,
            "s",
            median(usual),
            5.0,
        ),
        Figure("typed question: prompt, longest", max(turn["prompt_tokens"] for turn in answered), "tokens", None, 700),
        Figure(
            f"spoken question of {spoken_question.duration_s:.1f} s: first token",
            median(turn["first_token_ms"] for turn in spoken if turn["first_token_ms"]) / 1000,
            "s",
            None,
            7.0,
        ),
        Figure("of it, transcribing", median(turn["transcribe_ms"] for turn in spoken) / 1000, "s"),
        Figure(
            "first sound after the end of the first sentence",
            median(turn["sound_after_s"] for turn in sounded),
            "s",
            median(_whole_answer_s(turn, voices) for turn in sounded),
            0.5,
        ),
        Figure("writing", median(t["tokens_per_s"] for t in answered if t["tokens_per_s"]), "tokens/s", smaller=False),
        Figure("peak memory, everything loaded and used", memory, "GB", None, 4.0),
    ]
    if not quick:
        served = [_page_served_s() for _ in range(3)]
        rows.append(Figure("page served after a second `make run`", median(served), "s", None, 5.0))
    engines.close()
    return rows


def _ask(tutor: Tutor, course, turn: Turn, *, forget: LlamaChatModel) -> dict:
    """The timings of one turn, with the seconds from the end of the first sentence to the first sound.

    Another question is put to the model before, so that no more is known of this one than the system prompt.
    """
    forget_what_was_read(forget)
    list(forget.stream(build_messages("-", (), (), task="Say: ok"), Sampling(most_tokens=1)))
    feed, ended, sounded, began = SentenceFeed(), None, None, time.perf_counter()
    for event in tutor.ask(course, turn):
        now = time.perf_counter()
        if isinstance(event, Said) and ended is None and feed.feed(event.text):
            ended = now
        elif isinstance(event, Spoke) and sounded is None:
            sounded = now
        elif isinstance(event, Done):
            answer = event.answer
    tell(f"  {answer.status:9}  {answer.timings.first_token_ms or 0:6.0f} ms  {answer.question[:60]}")
    ended = ended or now  # an answer of one sentence without a full stop ends with itself
    after = max(0.0, sounded - ended) if sounded else None
    return {**answer.timings.to_json(), "sound_after_s": after, "ended_s": ended - began, "answer": answer}


def _usual_way(chat, retriever: Retriever, course, question: str) -> float:
    """Seconds to the first token when nothing is reused and all six passages are in the prompt, whole."""
    forget_what_was_read(chat)
    began = time.perf_counter()
    passages = retriever.retrieve(course, Query(question))
    messages = build_messages(question, passages, (), task=task_answer("en", may_decline=False))
    next(chat.stream(messages, Sampling(most_tokens=1)))
    return time.perf_counter() - began


def _whole_answer_s(turn: dict, voices) -> float:
    """From the end of the first sentence until the whole answer is written and then made into sound."""
    answer = turn["answer"]
    began = time.perf_counter()
    choose_voice(voices, answer.language).synthesize(say(answer.text, answer.language))
    return turn["total_ms"] / 1000 - turn["ended_s"] + time.perf_counter() - began


def _spoken_question(settings: Settings) -> Sound:
    """The recording of the golden set whose length is nearest to eight seconds."""
    files = sorted((GOLDEN.parent / "sample-course.golden").glob("*.wav"))
    files += sorted((GOLDEN.parent / "sample-course.golden").glob("*.mp3"))
    sounds = [decode_sound(file.read_bytes(), longest_s=settings.longest_question_s) for file in files]
    return min(sounds, key=lambda sound: abs(sound.duration_s - SPOKEN_S))


def _page_served_s() -> float:
    """From `make run` to the first page, with everything installed and a home of its own."""
    with socket.socket() as probe, tempfile.TemporaryDirectory() as home:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "COURSEMATE_HOME": home}
        began = time.perf_counter()
        process = subprocess.Popen(
            ["make", "run", f"ARGS=--port {port}"],
            cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            while time.perf_counter() - began < 60:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
                        assert page.status == 200
                        return time.perf_counter() - began
                except (urllib.error.URLError, ConnectionError):
                    time.sleep(0.05)
            raise TimeoutError("the page was not served within a minute")
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


if __name__ == "__main__":
    sys.exit(main(measure, __doc__))
