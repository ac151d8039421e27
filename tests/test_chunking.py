"""Chunks that make sense alone, sentences in two languages, and which language a text is in."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from knowledge.chunking import split
from knowledge.documents import Block, Document, Locator
from knowledge.language import detect_language
from knowledge.sentences import sentences


def count(text: str) -> int:
    """Words, Han characters and marks: near enough to what an embedder counts."""
    return len(re.findall(r"[一-鿿]|\w+|[^\w\s]", text))


def words(number: int, stem: str = "Word") -> str:
    return " ".join(f"{stem}{i}" for i in range(number - 1)) + "."


def text(content: str, page: int | None = None, **more) -> Block:
    return Block(content, Locator(page=page), **more)


def head(content: str, level: int = 1, page: int | None = None) -> Block:
    return Block(content, Locator(page=page), "heading", level)


def caption(content: str, figure: int | None, page: int = 1) -> Block:
    return Block(content, Locator(page=page, figure=figure), "caption")


def slide(content: str, number: int = 1, kind: str = "text") -> Block:
    return Block(content, Locator(slide=number), kind, 1 if kind == "heading" else 0)


def said(start: float, end: float, content: str = "And so on.") -> Block:
    return Block(content, Locator(start_s=start, end_s=end), "transcript")


def chunks(*blocks: Block, kind: str = "pdf", **limits):
    return split(Document("a", "A", kind, "en", blocks), count_tokens=count, **limits)


class TestHeadings:
    def test_a_chunk_carries_the_headings_above_it_and_crosses_none(self):
        found = chunks(
            head("Light"), text("It runs."), head("Lenses", 2), text("They bend."), head("Thin", 3), text("So thin."),
            head("Mirrors", 2), text("They reflect."), head("Sound"), text("It rings."),
        )  # fmt: skip
        assert [(c.trail, c.text) for c in found] == [
            (("Light",), "It runs."),
            (("Light", "Lenses"), "They bend."),
            (("Light", "Lenses", "Thin"), "So thin."),
            (("Light", "Mirrors"), "They reflect."),
            (("Sound",), "It rings."),
        ]

    def test_small_neighbours_under_one_heading_are_merged(self):
        found = chunks(head("Light"), *[text(words(50, f"P{i}n")) for i in range(6)])
        assert [count(c.text) for c in found] == [150, 150]

    def test_a_small_rest_joins_the_chunk_before(self):
        found = chunks(text(words(140)), text(words(30, "Rest")))
        assert len(found) == 1

    def test_no_chunk_crosses_a_page(self):
        found = chunks(head("Light", page=1), text("One.", 1), text("Two.", 2))
        assert [(c.text, c.locator.page, c.trail) for c in found] == [("One.", 1, ("Light",)), ("Two.", 2, ("Light",))]

    def test_nothing_in_gives_nothing_out(self):
        assert chunks() == []
        assert chunks(head("Alone")) == []


class TestLongBlocks:
    @pytest.mark.parametrize(
        "sentence",
        ["The light bends when it enters the glass of a lens. ", "光从空气射入玻璃时会发生折射现象。"],
        ids=["English", "Chinese"],
    )
    def test_a_long_paragraph_is_cut_at_sentence_ends(self, sentence):
        found = chunks(text((sentence * 40).strip()))
        assert all(c.text.endswith(sentence.strip()) for c in found)
        assert all(80 <= count(c.text) <= 220 for c in found)
        assert sum(c.text.count(sentence.strip()) for c in found) == 40

    @pytest.mark.parametrize("block", ["word " * 1000, "光" * 1000, "x" * 1], ids=["words", "han", "one letter"])
    def test_what_has_no_sentence_end_is_cut_all_the_same(self, block):
        found = chunks(text(block.strip()))
        assert all(count(c.text) <= 220 for c in found)
        assert "".join(c.text for c in found).replace(" ", "").replace("\n", "") == block.replace(" ", "")

    def test_a_long_table_repeats_its_header_over_every_piece(self):
        rows = [f"| row {i} | value {i} |" for i in range(60)]
        found = chunks(text("\n".join(["| Name | Value |", "| --- | --- |", *rows]), kind="table"))
        assert len(found) > 2
        assert all(c.text.startswith("| Name | Value |\n| --- | --- |\n| row") for c in found)
        assert all(c.kind == "table" and count(c.text) <= 220 for c in found)
        assert [line for c in found for line in c.text.split("\n")[2:]] == rows

    def test_code_is_whole_when_it_fits_and_fenced_when_it_is_cut(self):
        short = "```python\n" + "x = 1\n" * 10 + "```"
        long = "```python\n" + "x = x + 1\n" * 90 + "```"
        assert [c.text for c in chunks(text(short, kind="code"))] == [short]
        found = chunks(text(long, kind="code"))
        assert len(found) > 1
        assert all(c.text.startswith("```python\n") and c.text.endswith("\n```") for c in found)
        assert sum(c.text.count("x = x + 1") for c in found) == 90


class TestNeighbours:
    def test_a_formula_stays_between_what_leads_to_it_and_what_explains_it(self):
        found = chunks(
            text(words(100)), text(words(50, "Lead")), text("$$f = R / 2$$", kind="formula"), text("where R is the radius."),
            text(words(60, "Next")),
        )  # fmt: skip
        together = next(c for c in found if "$$" in c.text)
        assert "Lead0" in together.text
        assert "where R" in together.text
        assert "Word0" not in together.text

    def test_a_caption_goes_to_the_paragraph_that_refers_to_its_figure(self):
        found = chunks(
            text("See Fig. 2 here. " + words(120), 1), text(words(120, "Other"), 1), caption("Figure 2. A lens.", 2),
            text(words(120, "Last"), 1),
        )  # fmt: skip
        assert [("Figure 2." in c.text, c.locator.figure) for c in found] == [(True, 2), (False, None), (False, None)]

    def test_a_caption_that_nothing_refers_to_stays_where_it_stood(self):
        found = chunks(text(words(150), 1), caption("Figure 9. Alone.", 9), text(words(150, "Next"), 1))
        assert [c.text.find("Figure 9.") >= 0 for c in found].count(True) == 1
        assert "".join(c.text for c in found).index("Figure 9.") > 0

    def test_a_chunk_with_two_figures_names_neither(self):
        found = chunks(text("See Figure 1 and Figure 2.", 1), caption("Figure 1. A.", 1), caption("Figure 2. B.", 2))
        assert [c.locator.figure for c in found] == [None]

    def test_the_caption_of_a_table_stays_with_the_table(self):
        table = "| a | b |\n| --- | --- |\n" + "\n".join(f"| {i} | {i} |" for i in range(20))
        found = chunks(text(words(100), 1), caption("Table 1. Numbers.", None), Block(table, Locator(page=1), "table"))
        assert found[-1].text.startswith("Table 1.")
        assert found[-1].kind == "table"


class TestSlides:
    def test_a_slide_is_one_chunk_with_its_short_notes(self):
        found = chunks(
            slide("Lenses", kind="heading"), slide("They bend."), slide("Say it slowly.", kind="notes"), kind="slides"
        )
        assert [(c.text, c.trail, c.locator.slide) for c in found] == [("They bend.\n\nSay it slowly.", ("Lenses",), 1)]

    def test_long_notes_have_a_chunk_of_their_own(self):
        found = chunks(
            slide("Lenses", kind="heading"), slide(words(60)), slide(words(180, "Note"), kind="notes"), kind="slides"
        )
        assert [(c.kind, c.locator.slide) for c in found] == [("text", 1), ("notes", 1)]

    def test_slides_never_share_a_chunk_or_a_title(self):
        found = chunks(
            slide("Lenses", 1, "heading"), slide("They bend.", 1), slide("No title here.", 2), slide("Mirrors", 3, "heading"),
            kind="slides",
        )  # fmt: skip
        assert [(c.text, c.trail, c.locator.slide) for c in found] == [
            ("They bend.", ("Lenses",), 1),
            ("No title here.", (), 2),
            ("Mirrors", (), 3),
        ]


class TestRecordings:
    def test_a_chunk_spans_20_to_40_seconds_from_first_to_last(self):
        found = chunks(*[said(6.0 * i + 0.25, 6.0 * i + 6.25) for i in range(30)], kind="recording")
        spans = [(c.locator.start_s, c.locator.end_s) for c in found]
        assert spans[0][0] == 0.25
        assert spans[-1][1] == 180.25
        assert all(20 <= end - start <= 40 for start, end in spans)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))

    def test_fast_speech_is_cut_by_its_length(self):
        found = chunks(*[said(2.0 * i, 2.0 * i + 2, words(50)) for i in range(10)], kind="recording")
        assert all(count(c.text) <= 220 for c in found)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Light bends. It slows down.", ["Light bends.", "It slows down."]),
        ("It slows, e.g. in glass. See Fig. 3 for it.", ["It slows, e.g. in glass.", "See Fig. 3 for it."]),
        ("Here n = 1.5. The rest is air.", ["Here n = 1.5.", "The rest is air."]),
        ("Rays meet at F. The lens is thin.", ["Rays meet at F.", "The lens is thin."]),
        ("It was J. Smith. He said so.", ["It was J. Smith.", "He said so."]),
        ("Dr. Hall et al. found it. Yes.", ["Dr. Hall et al. found it.", "Yes."]),
        ("Really? Yes! No way?! Good", ["Really?", "Yes!", "No way?!", "Good"]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("Wait ... what. Ok.", ["Wait ... what.", "Ok."]),
        ("1. First thing. 2. Second", ["1. First thing.", "2. Second"]),
        ("In 2019. Later too.", ["In 2019.", "Later too."]),
        ("The law $n. A = b$ holds. It does.", ["The law $n. A = b$ holds.", "It does."]),
        ("光会折射。它的焦距是 10 cm！真的吗？", ["光会折射。", "它的焦距是 10 cm！", "真的吗？"]),
        ("他说：“光会折射。”然后走了。", ["他说：“光会折射。”", "然后走了。"]),
        ("光速是3.0。English follows. 好。", ["光速是3.0。", "English follows.", "好。"]),
        ("One\n\nTwo", ["One", "Two"]),
        ("Take:\n- one\n- two", ["Take:", "- one", "- two"]),
        ("line one\nline two.", ["line one\nline two."]),
        ("", []),
        ("   ", []),
    ],
)
def test_sentences_end_where_a_reader_pauses(given, expected):
    assert sentences(given) == expected


def test_sentences_lose_no_word():
    given = "A. B? “C.” d e.g. F. The 1.5 $x. y$ 光。！ \n\n- z"
    assert "".join(sentences(given)).replace(" ", "") == given.replace(" ", "").replace("\n", "")


@pytest.mark.parametrize(
    ("given", "default", "expected"),
    [
        (
            "Light bends when it enters a denser material, and that is called refraction; it is why a lens works.",
            "zh",
            "en",
        ),
        ("光从一种介质斜射入另一种介质时，传播方向发生偏折，这种现象叫做光的折射。", "en", "zh"),
        ("使用 Python 的 print() 函数可以在屏幕上输出文字，变量 variable 用来保存数据 data。", "en", "zh"),
        (
            "The Chinese word for light is 光 and the word for mirror is 镜, as every learner of the language knows well.",
            "zh",
            "en",
        ),
        ("", "zh", "zh"),
        ("12 + 30", "en", "en"),
    ],
)
def test_the_language_of_a_text(given, default, expected):
    assert detect_language(given, default) == expected
