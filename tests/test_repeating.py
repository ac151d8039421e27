import pytest

from chatbot.repeating import repeats, without_question

ZH, EN = "光为什么会弯曲？", "Why does light bend in glass?"


@pytest.mark.parametrize(
    ("told", "question"),
    [
        ("Why does a diamond sparkle?", "why does a diamond sparkle?"),
        ("What makes a diamond sparkle?", "why does a diamond sparkle?"),
        ("What is the reason that diamonds sparkle?", "why does a diamond sparkle?"),
        ("钻石会闪闪发光的原因是什么？", "钻石为什么会闪闪发光？"),
    ],
)
def test_a_question_said_back_in_its_own_words_repeats_it(told, question):
    assert repeats(told, question)


@pytest.mark.parametrize(
    ("told", "question"),
    [
        ("What happens to light at the faces of a diamond?", "why does a diamond sparkle?"),
        ("What changes in the eye?", "What is it called when the ciliary muscle changes the curvature of the eye's lens?"),
        ("光进入钻石时速度怎样变化？", "钻石为什么会闪闪发光？"),
        ("", "why?"),
    ],
)
def test_a_question_that_leads_on_does_not(told, question):
    assert not repeats(told, question)


def _shown(text: str, *questions: str, size: int = 1) -> list[str]:
    return list(without_question(iter([text[n : n + size] for n in range(0, len(text), size)]), questions))


@pytest.mark.parametrize("size", [1, 3, 200])
@pytest.mark.parametrize(
    ("text", "question", "left"),
    [
        ("光为什么会弯曲？光会弯曲是因为速度变了 [1]。", ZH, "光会弯曲是因为速度变了 [1]。"),
        ("光为什么会弯曲？[1]\n\n光在玻璃里更慢 [2]。", ZH, "光在玻璃里更慢 [2]。"),
        ("“光为什么会弯曲？”因为它变慢了。", ZH, "因为它变慢了。"),
        ("**光为什么会弯曲**\n\n光在玻璃里更慢。", ZH, "光在玻璃里更慢。"),
        ("光为什么会弯曲。光在玻璃里更慢。", ZH, "光在玻璃里更慢。"),
        ("问题：光为什么会弯曲？答案：变慢。", ZH, "答案：变慢。"),
        ("Why does light bend in glass? Because it is slower there [1].", EN, "Because it is slower there [1]."),
        ("Question: Why does light bend in glass? [1, 2] It is slower.", EN, "It is slower."),
    ],
)
def test_a_first_sentence_that_only_asks_again_is_left_out(text, question, left, size):
    assert "".join(_shown(text, question, size=size)) == left


@pytest.mark.parametrize("size", [1, 3, 200])
@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("光会弯曲是因为速度变了。", ZH),
        ("光会弯曲。", "光会弯曲吗？"),
        ("Light bends in glass.", "Does light bend in glass?"),
        ("The focal length of a concave lens is negative.", "Is the focal length of a concave lens negative?"),
        ("What is light made of? Nobody asked that.", EN),
        ("Is it slower, e.g. in glass? Yes.", "What is a lens?"),
        ("  Light is slower in glass.", EN),
        ("", EN),
        ("What matters is the speed of light.", EN),
    ],
)
def test_everything_else_comes_as_it_is(text, question, size):
    assert "".join(_shown(text, question, size=size)) == text


def test_a_question_that_was_translated_is_left_out_in_either_language():
    assert "".join(_shown("Why does light bend? 光变慢了。", ZH, "Why does light bend?")) == "光变慢了。"


def test_an_answer_that_begins_with_words_of_its_own_is_hardly_held():
    shown = list(without_question(iter(["Light", " bends", " because", " it", " is", " slower", "."]), [EN]))
    assert shown[0] == "Light bends" and len(shown) == 6
    shown = list(without_question(iter("光在玻璃里变慢，所以弯曲。"), [ZH]))
    assert shown[0] == "光在玻"


def test_an_answer_that_is_nothing_but_the_question_is_nothing():
    assert _shown("光为什么会弯曲？", ZH) == [] and _shown("光为什么会弯曲", ZH) == []


def test_the_stream_behind_is_closed_with_it():
    closed = []

    def pieces():
        try:
            yield from ["Why does light bend in glass?", " Because", " it is slower."]
        finally:
            closed.append(True)

    source = pieces()
    stream = without_question(source, [EN])
    assert next(stream) == "Because"
    stream.close()
    source.close()
    assert closed == [True]
