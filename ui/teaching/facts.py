"""What readers had to say of a file, put together: nine pages that are pictures are one warning, in the reader's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ui.words import Words

_PLACE = re.compile(r"(Page|Slide) (\d+):? (.+)", re.DOTALL)
# What readers say of pages and slides most often; the rest stays in their own English words.
KNOWN = {
    "is a picture; read by OCR.": "ocr",
    "is a picture, and was not read: no text recognition is at hand.": "no_ocr",
    "is damaged and was left out.": "damaged",
    "is hidden in the presentation; it was read all the same.": "hidden",
}

SENTENCES = {  # of whole files
    "The words in the picture were read, not what is drawn in it.": "words_only",
    "The words in the picture were not read: no text recognition is at hand.": "words_not_read",
    "A picture that is only linked to, not inside the file, was left out.": "linked_picture",
    "It holds tracked changes: it was read with all of them accepted.": "tracked",
    "Hidden text in it was left out.": "hidden_text",
    "No text was found in it.": "no_text",
    "The slides hold no text.": "no_slide_text",
    "The pictures in it were not read. Save it as .docx to have them read.": "rtf_pictures",
}


def warnings_in_words(warnings: Sequence[str], words: Words) -> list[str]:
    """The warnings, those that say the same of several pages or slides as one, in the order of their first."""
    places: dict[tuple[str, str], list[int]] = {}
    for warning in warnings:
        found = _PLACE.fullmatch(warning)
        places.setdefault((found[1], found[3]) if found else ("", warning), []).append(int(found[2]) if found else 0)
    return [
        _told(kind.lower(), what, sorted(set(numbers)), words) if kind else _sentence(what, words)
        for (kind, what), numbers in places.items()
    ]


def _sentence(what: str, words: Words) -> str:
    return words(f"teach.warning_{SENTENCES[what]}") if what in SENTENCES else what


def _told(kind: str, what: str, numbers: Sequence[int], words: Words) -> str:
    many = "s" if len(numbers) > 1 else ""
    where = words(f"teach.{kind}{many}", n=", ".join(_runs(numbers)))
    if what in KNOWN:
        return words(f"teach.warning_{KNOWN[what]}{many}", where=where)
    return words("teach.warning_other", where=where, what=what)


def _runs(numbers: Sequence[int]) -> Iterable[str]:
    """ "4–9" for six numbers in a row."""
    start = numbers[0]
    for before, number in pairwise([*numbers, -1]):
        if number != before + 1:
            yield f"{start}–{before}" if start != before else str(start)
            start = number
