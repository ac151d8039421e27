"""coursemate ask: one question, answered in the terminal."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import numpy as np

from chatbot.conversation import Answer, Done, Found, Heard, Looked, Said, Spoke, Turn
from chatbot.loading import build_engines
from chatbot.settings import Settings
from chatbot.tutor import Tutor
from knowledge.course import Course
from knowledge.errors import CourseNotFound, InvalidInput
from knowledge.library import Library
from knowledge.picture import decode_picture
from knowledge.sound import Sound, decode_sound
from ui.commands.output import place, result, result_json, tell


def ask(arguments: Namespace, settings: Settings) -> int:
    library = Library(settings.courses, index_on_gpu=settings.index_on_gpu)
    course, question = _course_and_question(arguments.words, library)
    turn = Turn(
        question=question,
        sound=decode_sound(
            _bytes(arguments.audio), longest_s=settings.longest_question_s, name=arguments.audio.name
        )
        if arguments.audio
        else None,
        picture=decode_picture(_bytes(arguments.image), name=arguments.image.name) if arguments.image else None,
        speak=arguments.speak is not None,
        way=arguments.way,
    )
    engines = build_engines(settings)
    try:
        answer, sounds = _tell(Tutor(engines, settings), course, turn, quiet=arguments.json)
    finally:
        engines.close()
    if arguments.speak is not None:
        _save(arguments.speak, sounds)
    if arguments.json:
        result_json(answer.to_json())
    else:
        _print_places(answer)
    return 0


def _course_and_question(words: list[str], library: Library) -> tuple[Course, str]:
    """`[COURSE] "question"`: the course may be left out when there is only one, or one named sample."""
    names = library.names()
    if len(words) == 2 or (len(words) == 1 and words[0] in names):
        return library.open(words[0]), (words[1] if len(words) == 2 else "")
    if not names:
        raise CourseNotFound(
            "There is no course yet. Create one with: coursemate course add NAME PATH", code="course_none"
        )
    if len(names) > 1 and "sample" not in names:
        raise CourseNotFound(
            f"Say which course is meant: coursemate ask COURSE QUESTION. Courses here: {', '.join(names)}.",
            code="course_which",
            courses=", ".join(names),
        )
    return library.open(names[0] if len(names) == 1 else "sample"), (words[0] if words else "")


def _tell(tutor: Tutor, course: Course, turn: Turn, *, quiet: bool) -> tuple[Answer, list[Sound]]:
    sounds: list[Sound] = []
    answer: Answer | None = None
    begun = False
    for event in tutor.ask(course, turn):
        match event:
            case Heard(text):
                tell(f"Heard: {text}")
            case Looked(text) if text:
                tell(f"Read in the picture: {' '.join(text.split())[:200]}")
            case Found() if begun:  # a second search begins the answer anew
                tell()
            case Said(text) if not quiet:
                begun = True
                tell(text, end="")
            case Spoke(sound=sound):
                sounds.append(sound)
            case Done(done):
                answer = done
    assert answer is not None, "a turn that raises nothing ends with Done"
    if not quiet:
        tell()
    return answer, sounds


def _print_places(answer: Answer) -> None:
    result(answer.text)
    if answer.status == "not_found" and answer.nearest:
        result("The nearest places:")
    if answer.topics:
        result(f"Topics of this course: {' · '.join(answer.topics)}")
    for citation in answer.citations or answer.nearest:
        quote = f": “{citation.quote}”" if citation.quote else ""
        result(f"  [{citation.n}] {citation.document}, {place(citation.locator)}{quote}")


def _save(file: Path, sounds: list[Sound]) -> None:
    if not sounds:
        tell("Nothing was spoken: no voice here knows the language of the answer, or there was no answer.")
        return
    samples = np.concatenate([sound.samples for sound in sounds])
    file.write_bytes(Sound(samples, sounds[0].rate).to_wav())


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"{file} cannot be read: {error.strerror}. Check the path.", code="file_unreadable", file=str(file)
        ) from error
