"""What can be asked about is found in a text by rules, word for word; worked examples are worked out again."""

import pytest

from chatbot.learning.material import (
    Definition,
    Entry,
    Group,
    Measure,
    Reason,
    Statement,
    Steps,
    askable,
    definition,
    matter_of,
    quantity,
)  # fmt: skip
from chatbot.learning.quantities import compare, is_unit
from chatbot.learning.sections import sections
from chatbot.learning.tables import Cell, Row
from chatbot.learning.worked import worked_examples
from knowledge.documents import Locator, Passage

SENSORS = """Some common sensors include:

- Buttons - these sense when they have been pressed.
- Light sensors - these detect light levels of many colours.
- Accelerometers - these sense movement in multiple directions.
- Microphones - these sense sound in the room around them."""
STEPS = """The process of watering a plant is:

1. First, measure the moisture of the soil.
2. Then turn on the pump for a while.
3. Wait until the water has spread out.
4. Finally, measure the soil again."""
INDICES = """Refractive indices of materials at room temperature

| Material | Index | Critical angle |
| --- | --- | --- |
| Ice | 1.31 | 49.8° |
| Water | 1.33 | 48.6° |
| Glycerol | 1.47 | 42.9° |
| Diamond | 2.42 | 24.4° |"""


def one(text: str, sort: type):
    return next(matter for matter in matter_of(text) if isinstance(matter, sort))


def test_a_listed_term_is_asked_for_by_what_the_list_says_of_it():
    entries = [matter for matter in matter_of(SENSORS) if isinstance(matter, Entry)]
    assert [entry.term for entry in entries] == [
        "Light sensors",
        "Accelerometers",
        "Microphones",
    ]  # of buttons too little is said
    assert entries[1].said == "sense movement in multiple directions"
    assert entries[1].others == ("Buttons", "Light sensors", "Microphones")
    assert all(entry.quote in SENSORS for entry in entries)


def test_a_list_and_what_it_is_a_list_of():
    group = one(SENSORS, Group)
    assert group.lead == "Some common sensors include" and group.items[0] == "Buttons" and len(group.items) == 4


def test_things_that_a_sentence_enumerates_are_a_list_too():
    found = one("Communication protocols of devices on the internet include MQTT, AMQP, and HTTP.", Group)
    assert found.items == ("MQTT", "AMQP", "HTTP")


@pytest.mark.parametrize(
    "lead", ["In this lesson we'll cover:", "Follow the relevant guide below to add a sensor:", "For example:"]
)
def test_lists_that_are_no_knowledge_are_left_alone(lead):
    text = SENSORS.replace("Some common sensors include:", lead)
    assert not [matter for matter in matter_of(text) if isinstance(matter, Group)]


def test_steps_lose_the_words_that_give_their_order_away():
    steps = one(STEPS, Steps)
    assert steps.items == (
        "Measure the moisture of the soil", "Turn on the pump for a while", "Wait until the water has spread out",
        "Measure the soil again",
    )  # fmt: skip


def test_numbered_questions_or_statements_are_no_steps():
    text = "Problems with lenses and mirrors:\n\n1. What is a lens made of?\n2. How far is the focus from it?\n3. Why is it round?"
    assert not [matter for matter in matter_of(text) if isinstance(matter, Steps)]


def test_a_table_says_which_value_belongs_to_a_row():
    found = [matter for matter in matter_of(INDICES) if isinstance(matter, Cell)]
    assert found and all(cell.value in cell.quote and cell.value not in cell.others for cell in found)
    assert found[0].head == "Material" and found[0].others == ("1.33", "1.47", "2.42")


def test_a_row_is_asked_for_by_a_cell_that_is_not_asked_for_itself():
    matter = matter_of(INDICES)
    asked = {(cell.row, cell.column) for cell in matter if isinstance(cell, Cell)}
    rows = [row for row in matter if isinstance(row, Row)]
    assert rows and all(row.value in row.quote and row.row not in row.others for row in rows)
    assert not asked & {(row.row, row.column) for row in rows}
    unnamed = INDICES.replace("| Material |", "| |")
    assert not [row for row in matter_of(unnamed) if isinstance(row, Row)]


@pytest.mark.parametrize(
    ("sentence", "term"),
    [
        ("Telemetry is the act of gathering data from sensors and sending it on.", "Telemetry"),
        ("A relay is an electromechanical switch that turns another circuit on.", "relay"),
        ("A light sensor is a sensor that detects light levels in a room.", None),  # says itself
        ("It is a small device that can be carried around everywhere.", None),
        ("A lens is a thing.", None),
    ],
)
def test_definitions(sentence, term):
    found = definition(sentence) if askable(sentence) else None
    assert (found.term if found else None) == term


@pytest.mark.parametrize(
    ("sentence", "value", "unit"),
    [
        ("The processor of the terminal runs at 120MHz when it is awake.", 120, "MHz"),
        ("The bare eye cannot focus on things closer than about 25 cm.", 25, "cm"),
        ("Water leaves the boiler of the machine at 93.5 °C on average.", 93.5, "°C"),
    ],
)
def test_a_stated_quantity_is_read_with_its_unit(sentence, value, unit):
    found = quantity(sentence)
    assert (found.key.value, found.key.unit) == (value, unit) and found.written in sentence
    assert compare(found.written, found.key).score == 1.0 and 0.01 <= found.key.tolerance <= 0.05


@pytest.mark.parametrize(
    "sentence",
    [
        "A full-frame sensor of a camera measures 36 by 24 millimetres.",  # which of the two?
        "About 30 billion devices were connected to the internet.",  # no unit
        "The sensor was invented by two engineers in 1969 at a laboratory.",
    ],
)
def test_numbers_that_are_no_single_quantity_are_left_alone(sentence):
    assert quantity(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "written", "unit"),
    [
        ("Cornea and lens together have a power of 60 D, of which the cornea alone has 43 D.", "43 D", "D"),
        ("With an objective of 900 mm and an eyepiece of 25 mm the telescope magnifies 36 times.", "36", ""),
        ("Red light is strongest at 42 degrees from the shadow, violet light at about 40 degrees.", "40", "°"),
    ],
)
def test_of_several_quantities_the_last_is_left_out_of_its_sentence(sentence, written, unit):
    found = one(sentence, Measure)
    assert (found.written, found.key.unit) == (written, unit)


@pytest.mark.parametrize(
    "sentence",
    [
        "A full-frame sensor of a camera measures 36 by 24 millimetres.",
        "For a box 10 cm deep the best hole is from 0.3 to 0.5 mm wide.",
        "A lens of 5 cm and another lens of 5 cm stand beside each other.",  # says it again
        "The formula gives the image a negative distance of −15 cm here.",
    ],
)
def test_ranges_and_numbers_that_stand_twice_are_not_asked_for(sentence):
    assert [matter.written for matter in matter_of(sentence) if isinstance(matter, Measure)] in ([], ["10 cm"])


def test_words_of_a_text_are_no_units():
    assert [word for word in "V Hz cm days °C % D at in a no bar devices items the".split() if is_unit(word)] == [
        "V", "Hz", "cm", "days", "°C", "%", "D",
    ]  # fmt: skip


def test_a_reason_has_parts_and_the_words_that_say_them():
    found = one(
        "The mirror shows a ghost image because light is reflected at the front, and the silver lies behind it.", Reason
    )
    assert [part for part, _ in found.parts] == ["light is reflected at the front", "the silver lies behind it"]
    assert all(phrase in part for part, phrases in found.parts for phrase in phrases)
    assert found.stated == "The mirror shows a ghost image"


def test_what_follows_from_something_is_not_its_reason():
    text = "The mirror carries its silver on the back of the glass and therefore shows a faint ghost image from the front."
    assert not [matter for matter in matter_of(text) if isinstance(matter, Reason)]


def test_answers_are_runs_of_words_that_stand_once_in_their_sentence():
    found = one("The ADC converts an analog voltage to a digital signal of 1,023 steps.", Statement)
    assert {"analog voltage", "digital signal"} <= set(found.spans)
    assert all(found.sentence.count(span) == 1 for span in found.spans)


@pytest.mark.parametrize(
    "sentence",
    [
        "In this lesson you will learn how sensors measure light and sound.",
        "They convert an electrical signal into an interaction with the world.",
        "Is a lens of glass always round and thick at its own rim?",
        "Read more about voltages and currents on the Wikipedia page.",
        "Click the images above to watch the videos of the whole lecture.",
        "Always begin with the weakest objective, since its view of the object is wide.",
        "The point straight opposite the sun is the shadow of your own head.",
        "With the image at the near point it gains one more, six times in all.",
        "Newton built the first one in the spring of 1668 at Cambridge.",
        "Troy Hunt - Data of connected teddy bears and the voices of children.",
        "(A) The two equal angles of a ray are measured from the normal.",
        "Run `pip install paho-mqtt` in a terminal on the device at home.",
    ],
)
def test_talk_and_sentences_that_hang_in_the_air_are_not_asked_about(sentence):
    assert askable(sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "A larger hole lets in more light but blurs the picture.",  # no "let's"
        "Lenses below 35 mm count as wide-angle, lenses above 85 mm as telephoto.",
        "A camera moves its lens; the eye changes the shape of its lens.",
        "The angle of incidence equals the angle of reflection, i = r, in one plane.",
        "In short sight the eyeball is too long for its power and for the retina.",
    ],
)
def test_plain_statements_are_asked_about(sentence):
    assert askable(sentence) == [sentence]


def test_chinese_is_asked_about_too():
    text = "实像是指由实际光线会聚而成的像，可以呈现在光屏上。光从空气射入水中时传播方向会向法线偏折。"
    assert isinstance(matter_of(text)[0], Definition) and any(
        isinstance(matter, Statement) for matter in matter_of(text)
    )


# -- worked examples


def test_a_worked_example_is_worked_out_again_with_units():
    text = r"""$$L = n / P$$

Worked example. A model eye has the index $n = 1.336$ and a power of 60 D: $L = 1.336 / (60\ \text{D}) = 22.3\ \text{mm}$, about an eye's length."""
    [found] = worked_examples(text, "The reduced eye")
    assert (found.key.value, found.key.unit) == (22.3, "mm")
    assert found.text.startswith("The reduced eye: A model eye has the index $n = 1.336$") and found.text.endswith(
        "What is $L$?"
    )
    assert "22.3" not in found.text and found.quote in text


@pytest.mark.parametrize(
    ("example", "value"),
    [
        (r"A lens with $f = 20\ \text{cm}$ stands 60 cm off: $1/v = 1/20 - 1/60 = 1/30$, so $v = 30\ \text{cm}$.", 30.0),
        (r"Light falls on glass of $n = 1.52$ at 45 degrees. Then $\sin\theta = \sin 45^\circ / 1.52 = 0.465$, so $\theta = 27.7^\circ$.", 27.7),
        (r"Two lenses of 5 D that are 10 cm apart: $P = 5 + 5 - 0.10 \cdot 25 = 7.5\ \text{D}$.", 7.5),
    ],
)  # fmt: skip
def test_arithmetic_that_comes_to_what_is_stated_makes_a_key(example, value):
    assert [found.key.value for found in worked_examples(f"Worked example. {example}", "")] == [value]


@pytest.mark.parametrize(
    "example",
    [
        r"A lens with $f = 20\ \text{cm}$ stands 60 cm off: $1/v = 1/20 - 1/60 = 1/30$, so $v = 35\ \text{cm}$.",  # a slip in the course
        r"A lens of 20 cm stands at 60 cm: $v = 30\ \text{cm}$.",  # stated, not worked out
        r"Take $a = 9**9**9$ and go on with 3: $a = __import__('os') + 1 = 4$.",
        r"Something with 10 in it: $t = 9^{999999} \cdot 2 = 18$.",
    ],
)
def test_what_does_not_come_out_is_no_key(example):
    assert worked_examples(f"Worked example. {example}", "") == []


# -- sections


def passage(text: str, n: int, heading: str = "Sensors", kind: str = "text") -> Passage:
    return Passage(n, 0.0, "a.md", "A", Locator(heading=heading), text, trail=("A", heading), kind=kind, chunk_id=n)


def test_neighbours_under_one_heading_are_read_together():
    lead, listed = SENSORS.split("\n\n")
    found = sections(
        [
            passage(lead, 1),
            passage(listed, 2),
            passage("Other things.", 3, "Actuators"),
            passage("x = 1", 4, kind="code"),
        ]
    )
    assert [section.text for section in found] == [f"{lead}\n\n{listed}", "Other things."]


@pytest.mark.parametrize(
    "heading", ["Pre-lecture quiz", "Assignment", "Review & Self Study", "References", "🚀 Challenge", "课后练习"]
)
def test_parts_that_teach_nothing_are_left_out(heading):
    assert sections([passage("Sensors measure the world.", 1, heading)]) == []
