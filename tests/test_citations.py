import pytest

from chatbot.citations import cite, nearest_places
from knowledge.documents import Locator, Passage

LIGHT = Passage(
    1, 1.0, "light.pdf", "Light", Locator(page=3),
    "Light bends towards the normal when it enters glass. Its speed falls to 200,000 km/s. Crown glass has index 1.52.",
)  # fmt: skip
EYE = Passage(2, 0.9, "眼睛.md", "眼睛", Locator(heading="调节"), "角膜提供了大部分屈光力。睫状肌改变晶状体的曲率，这叫调节。")
SHOWN = (LIGHT, EYE)


def documents(text: str) -> list[str]:
    return [citation.document for citation in cite(text, SHOWN).citations]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Light bends towards the normal in glass [1].", "Light bends towards the normal in glass [1]."),
        ("Light bends towards the normal in glass. [1]", "Light bends towards the normal in glass [1]."),
        ("Light bends towards the normal in glass [1][1].", "Light bends towards the normal in glass [1]."),
        ("睫状肌改变晶状体的曲率[2]。", "睫状肌改变晶状体的曲率[1]。"),
        ("Light bends towards the normal in glass. Crown glass has index 1.52 [1].", "Light bends towards the normal in glass [1]. Crown glass has index 1.52 [2]."),
        ("- Crown glass has index 1.52 [1]\n- The rest is silence [7]", "- Crown glass has index 1.52 [1]\n- The rest is silence"),
    ],
)
def test_markers_stand_before_the_full_stop_and_only_where_they_hold(written, told):
    assert cite(written, SHOWN).text == told


def test_a_quote_is_copied_from_its_passage_word_for_word():
    for citation in cite("In glass light bends towards the normal and its speed falls [1].", SHOWN).citations:
        assert citation.quote in LIGHT.text


def test_a_number_that_is_not_shown_is_dropped():
    assert documents("Crown glass has index 1.52 [9].") == [LIGHT.document]  # found again at its place
    assert documents("Bananas are yellow [9].") == []


def test_a_marker_does_not_hold_when_the_passage_says_something_else():
    assert documents("Bananas grow in warm countries [1].") == []


def test_a_marker_does_not_hold_when_the_claim_has_another_figure_than_the_passage():
    assert documents("In glass the speed of light falls to 300,000 km/s [1].") == []


def test_a_forgotten_marker_is_added_where_the_words_are_the_passage_s():
    assert documents("Light bends towards the normal when entering glass.") == [LIGHT.document]


def test_a_marker_across_languages_holds_and_one_is_added_only_for_much_more():
    assert documents("The cornea provides most of the refraction [2].") == [EYE.document]
    assert documents("The cornea provides most of the refraction.") == []
    assert documents("光进入玻璃时向法线弯曲，速度下降。") == [LIGHT.document]


def test_a_marker_across_languages_does_not_hold_when_no_word_of_the_claim_is_there():
    assert documents("Bananas grow in warm countries [2].") == []
    assert documents("香蕉生长在温暖的国家[1]。") == []


def test_the_place_across_languages_is_the_one_that_says_it():
    assert [c.quote for c in cite("The cornea provides most of the refraction [2].", SHOWN).citations] == [
        "角膜提供了大部分屈光力。"
    ]


def test_a_wrong_number_gives_way_to_the_passage_that_says_it():
    assert documents("Crown glass has index 1.52 [2].") == [LIGHT.document]
    other = Passage(3, 0.8, "glass.md", "Glass", Locator(heading="h"), "Glass is made from sand. Light passes it.")
    [citation] = cite("Light bends towards the normal when it enters glass [2].", (LIGHT, other)).citations
    assert citation.document == LIGHT.document


def test_numbers_after_the_last_sentence_are_no_sentence_of_their_own():
    cited = cite("Light bends towards the normal in glass. Crown glass has index 1.52. [1], [2]", SHOWN)
    assert cited.text == "Light bends towards the normal in glass [1]. Crown glass has index 1.52 [2]."


def test_a_number_in_the_place_of_a_name_becomes_the_name():
    passage = Passage(1, 1.0, "i.pptx", "Instruments", Locator(slide=10), "Prisms turn the view upright.", trail=("Binoculars",))
    assert cite("[1] turn the view upright with prisms.", [passage]).text == "Binoculars turn the view upright with prisms [1]."
    assert cite("[1] Prisms turn the view upright.", [passage]).text == "Prisms turn the view upright [1]."


def test_what_is_said_twice_is_kept_once():
    text = "Light bends towards the normal in glass [1]. Light bends towards the normal in glass [2]."
    assert cite(text, SHOWN).text == "Light bends towards the normal in glass [1]."


def test_a_marker_of_the_same_language_wins_over_one_across():
    assert documents("Crown glass has index 1.52 [1][2].") == [LIGHT.document]


def test_a_question_that_is_said_before_its_answer_claims_nothing():
    cited = cite("Does light bend when it enters glass? Light bends towards the normal when it enters glass [1].", SHOWN)
    assert cited.text.startswith("Does light bend when it enters glass? Light")
    assert len(cited.citations) == 1 and cited.uncited == 0
    assert cite("Does light bend towards the normal when it enters glass [1]?", SHOWN).citations == ()


def test_claims_without_a_place_are_counted():
    assert cite("Crown glass has index 1.52 [1]. Bananas grow in warm countries.", SHOWN).uncited == 1
    assert cite("Yes. Crown glass has index 1.52 [1].", SHOWN).uncited == 0


def test_the_nearest_places_quote_their_first_sentence():
    assert [place.quote for place in nearest_places(SHOWN)] == [
        "Light bends towards the normal when it enters glass.",
        "角膜提供了大部分屈光力。",
    ]


def test_a_claim_that_is_a_formula_is_compared_by_its_symbols():
    formula = Passage(1, 1.0, "f.md", "F", Locator(heading="h"), "With blur $b$:\n\n$$H \\approx \\frac{f^2}{N\\,b}.$$\n\nWorked example.")
    [citation] = cite("$$H \\approx \\frac{f^2}{N b}$$ [1]", [formula]).citations
    assert "H \\approx" in citation.quote and citation.quote in formula.text
    assert cite("$$E = m c^2$$ [1]", [formula]).citations == ()


def test_citations_are_numbered_in_order_of_use_one_a_quote():
    text = "The cornea refracts most [2]. Crown glass has index 1.52 [1]. Light bends towards the normal in glass [1]."
    cited = cite(text, SHOWN)
    assert [(c.n, c.document) for c in cited.citations] == [(1, EYE.document), (2, LIGHT.document), (3, LIGHT.document)]
    assert cited.text.count("[1]") == cited.text.count("[2]") == cited.text.count("[3]") == 1


def test_a_claim_in_other_words_holds_by_its_meaning():
    claim = "A ray changes direction as it goes from air to a denser medium"
    close = lambda text, others: [0.8 if "bends" in other else 0.1 for other in others]  # noqa: E731
    assert documents(f"{claim} [1].") == []
    [citation] = cite(f"{claim} [1].", SHOWN, close).citations
    assert citation.quote == "Light bends towards the normal when it enters glass."
    assert cite(f"{claim}.", SHOWN, close).citations == ()  # nothing named, and not one word of the place
