"""SVG drawings: what is read in them, what is drawn, and what a hostile one cannot do."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from PIL import Image

from knowledge.errors import UnreadableDocument
from knowledge.picture import decode_picture
from knowledge.readers import read
from knowledge.seeing import RapidSeer, Sight, TextBox
from tests import material

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="320" height="160">'


class FakeSeer:
    def look(self, picture):
        return Sight((TextBox("read by eye", 0.99, 0.1, 0.1, 0.5, 0.15),))


def draw(folder: Path, body: str, head: str = HEAD, **more):
    path = folder / "two-lenses.svg"
    path.write_text(f"{head}{body}</svg>", encoding="utf-8")
    return read(path, **more)


def colour(document, x: float = 0.5, y: float = 0.5) -> tuple[int, ...]:
    image = decode_picture(document.figures[0].image).to_image()
    return image.getpixel((int(x * (image.width - 1)), int(y * (image.height - 1))))


def test_texts_are_read_as_they_stand_in_the_file(tmp_path):
    body = (
        "<title>Two lenses</title><desc>Rays through both.</desc>"
        '<text x="9" y="20">Focal <tspan font-weight="bold">length</tspan></text>'
        '<text x="9" y="40"><tspan x="9" y="40">first line</tspan><tspan x="9" dy="1em">第二行</tspan></text>'
    )
    found = draw(tmp_path, body, seer=FakeSeer())
    assert (found.title, found.kind) == ("Two lenses", "picture")
    assert [block.text for block in found.blocks] == ["Rays through both.\nFocal length\nfirst line\n第二行"]
    assert found.figures[0].locator == found.blocks[0].locator


def test_words_that_are_outlines_are_read_by_eye(tmp_path):
    found = draw(tmp_path, '<path d="M9 9 L90 90" stroke="black"/>', seer=FakeSeer())
    assert [block.text for block in found.blocks] == ["read by eye"]
    assert draw(tmp_path, '<path d="M9 9 L90 90"/>').warnings


def test_a_real_eye_reads_a_drawing_that_holds_its_words_as_a_picture(tmp_path):
    inside = base64.b64encode(material.picture(["Converging lens"], font_size=48)).decode()
    found = draw(
        tmp_path, f'<image width="320" height="160" xlink:href="data:image/png;base64,{inside}"/>', seer=RapidSeer()
    )
    assert "Converging" in found.blocks[0].text


@pytest.mark.parametrize(
    ("head", "ratio"),
    [
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100">', 2),
        ('<svg xmlns="http://www.w3.org/2000/svg" width="10cm" height="40mm">', 2.5),
        ('<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%" viewBox="0 0 30 60">', 0.5),
        ('<svg xmlns="http://www.w3.org/2000/svg" width="900000" height="900000">', 1),
        ('<svg xmlns="http://www.w3.org/2000/svg">', 2),
    ],
)
def test_whatever_size_it_asks_for_it_is_drawn_in_ours(tmp_path, head, ratio):
    found = draw(tmp_path, '<rect width="100%" height="100%" fill="red"/>', head)
    picture = decode_picture(found.figures[0].image)
    assert max(picture.width, picture.height) == 1600
    assert picture.width / picture.height == pytest.approx(ratio, rel=0.01)
    assert colour(found)[:3] == pytest.approx((255, 0, 0), abs=3)


@pytest.mark.parametrize(
    "body",
    [
        '<image xlink:href="{file}" width="320" height="160"/>',
        '<image href="file://{file}" width="320" height="160"/>',
        '<image href="http://127.0.0.1:9/a.png" width="320" height="160"/>',
        '<image href="data:image/svg+xml;base64,PHN2Zy8+" width="320" height="160"/>',
        '<filter id="f"><feImage href="{file}"/></filter><rect width="320" height="160" fill="white" filter="url(#f)"/>',
        '<use href="{file}#a"/>',
        '<style>@import url("{file}"); rect {{ fill: url({file}) }}</style>',
        "<script>alert(1)</script><foreignObject><p>a</p></foreignObject>",
    ],
)
def test_nothing_is_loaded_from_elsewhere(tmp_path, body):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (64, 64), "red").save(secret)
    assert colour(draw(tmp_path, body.format(file=secret))) == (255, 255, 255)


def test_a_file_cannot_be_drawn_into_its_words(tmp_path):
    (tmp_path / "secret.txt").write_text("the secret")
    head = f'<!DOCTYPE svg [<!ENTITY s SYSTEM "{tmp_path}/secret.txt">]>{HEAD}'
    with pytest.raises(UnreadableDocument):
        draw(tmp_path, '<text y="20">It says &s; here</text>', head)


def test_the_heads_that_drawing_programs_write_are_read(tmp_path):
    head = (
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [<!ENTITY ns "http://www.w3.org/2000/svg">]>'
        '<!-- made by hand --><svg xmlns="&ns;" width="9" height="9">'
    )
    assert draw(tmp_path, "<text>Light</text>", head).blocks[0].text == "Light"


NESTED = '<g id="a0"><rect width="9" height="9"/></g>' + "".join(
    f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 12)
)
LAUGHS = '<!DOCTYPE svg [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param(HEAD, NESTED, id="parts of parts of parts"),
        pytest.param(HEAD, '<g id="a"><use href="#a"/></g>', id="a part of itself"),
        pytest.param(f"{LAUGHS}]>{HEAD}", "<text>&a11;</text>", id="entities"),
        pytest.param(HEAD, "<g>" * 3000 + "</g>" * 3000, id="deep"),
        pytest.param(HEAD, "<g>", id="not closed"),
    ],
)
def test_what_cannot_be_drawn_safely_is_refused(tmp_path, head, body):
    with pytest.raises(UnreadableDocument, match=r"two-lenses\.svg .*PNG") as refusal:
        draw(tmp_path, body, head)
    assert refusal.value.code == "drawing_unreadable"


def test_a_tile_without_end_is_left_out(tmp_path):
    body = (
        '<pattern id="p" width="1e6" height="1e6" patternUnits="userSpaceOnUse"><rect width="9" height="9"/></pattern>'
    )
    found = draw(tmp_path, body + '<rect width="320" height="160" fill="url(#p)"/><text>Light</text>')
    assert found.blocks[0].text == "Light"
