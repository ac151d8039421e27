"""What a student sends, made safe and checked before anything is computed."""

from __future__ import annotations

import unicodedata

import numpy as np

from chatbot.conversation import Turn
from knowledge.errors import InvalidQuestion, InvalidSound
from knowledge.sound import Sound

_QUIET = 0.0015  # root mean square below which nobody speaks: about -56 dB of full scale


def clean_question(text: str, *, most_characters: int) -> str:
    """Control characters removed, Unicode composed, space trimmed. Raises InvalidQuestion when it is too long."""
    kept = "".join(
        character if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs", "Co", "Cn") else " "
        for character in text
    )
    question = unicodedata.normalize("NFC", kept).strip()
    if len(question) > most_characters:
        raise InvalidQuestion(
            f"The question has {len(question)} characters; at most {most_characters} can be read. Ask about one thing at "
            "a time, or shorten what you pasted.",
            code="question_too_long",
            characters=len(question),
            most=most_characters,
        )
    return question


def check_turn(turn: Turn, question: str) -> None:
    """Raises InvalidQuestion when there is nothing to answer, InvalidSound when the recording is silent."""
    if turn.sound is not None:
        check_sound(turn.sound)
    elif not question and turn.picture is None and not (turn.page and turn.page.selected.strip()):
        raise InvalidQuestion(
            "There is no question yet. Type one, speak, or show a picture.", code="question_empty"
        )


def check_sound(sound: Sound) -> None:
    """Raises InvalidSound for a recording in which nothing is loud enough to be a voice."""
    if len(sound.samples) == 0 or float(np.sqrt(np.mean(np.square(sound.samples)))) < _QUIET:
        raise nothing_heard()


def nothing_heard() -> InvalidSound:
    return InvalidSound(
        "Nobody could be heard in the recording. Check the microphone and speak a little closer, or type the question.",
        code="sound_silent",
    )
