"""A filmed lecture beside the conversation: the player with its slide, the transcript, and the pictures of places."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from knowledge.documents import Chunk, Document, Figure, Locator
from knowledge.library import Library
from knowledge.picture import decode_picture
from tests import material
from tests.film_material import LENSES, MIRRORS, film, slide, still
from ui.api.courses import routes
from ui.api.visiting import Visiting
from ui.gate.visitors import Gate
from ui.sources import source_html
from ui.words import Words

SLIDE = "Converging lenses\nParallel <rays> meet"
SAID = "A lens makes parallel rays meet. They do so at the focus."


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("film")
    library = Library(folder / "courses")
    course = library.create("optics", title="Optics", language="en", embedder="fake", dimensions=4)
    path = film(folder / "lecture.mp4", (6.0, still(slide(LENSES))), (6.0, still(slide(MIRRORS))))
    figures = (
        Figure(Locator(start_s=0.0, end_s=6.0, figure=1), png(slide(LENSES)), "Converging lenses", SLIDE),
        Figure(Locator(start_s=6.0, end_s=9.0, figure=2), png(slide(MIRRORS)), 'Mirrors "flat"', "Mirrors"),
    )
    chunks = [
        Chunk(f"{SLIDE}\n\n{SAID}", Locator(start_s=0.0, end_s=5.5, figure=1), ("Converging lenses",), "transcript"),
        Chunk("Mirrors", Locator(start_s=6.0, end_s=9.0, figure=2), ("Mirrors",), "picture"),
        Chunk("It leaves as it came.", Locator(start_s=7.0, end_s=9.0, figure=2), ("Mirrors",), "transcript"),
        Chunk("Back to the lens.", Locator(start_s=9.5, end_s=11.0, figure=1), ("Converging lenses",), "transcript"),
    ]
    lecture = Document("lecture.mp4", "Lecture", "recording", "en", (), figures, duration_s=12.0)
    course.store(lecture, path, chunks, np.eye(4, dtype=np.float32))

    (folder / "scan.tiff").write_bytes(material.pages("One", "Two"))
    scan = Document("scan.tiff", "Scan", "picture", "en", (), pages=2)
    course.store(scan, folder / "scan.tiff", [Chunk("Two", Locator(page=2, figure=2))], np.eye(4, dtype=np.float32)[:1])

    (folder / "eye.svg").write_text("<svg/>")
    eye = Document("eye.svg", "Eye", "picture", "en", (), (Figure(Locator(figure=1), png(slide(LENSES)), "Eye", ""),))
    course.store(eye, folder / "eye.svg", [Chunk("Eye", Locator(figure=1))], np.eye(4, dtype=np.float32)[:1])
    return library


@pytest.fixture(scope="module")
def client(library):
    app = FastAPI()
    app.include_router(routes(library, Visiting(Gate(library))))
    return TestClient(app)


def html(library, at: Locator, quote: str = "", document: str = "lecture.mp4") -> str:
    return source_html(library.open("optics"), document, at, quote, Words("en"))


def lines(fragment: str) -> list[str]:
    return re.findall(r"<li.*?</li>", fragment, re.DOTALL)


def test_a_film_waits_at_its_second_with_the_slide_that_is_shown_then(library, client):
    shown = html(library, Locator(start_s=7.0, end_s=9.0, figure=2))
    player = re.search(r"<video [^>]*>", shown)[0]
    assert 'data-start="7.00"' in player and "#t=7.00" in player
    poster = re.search(r'poster="([^"]+)"', player)[1].replace("&amp;", "&")
    picture = client.get(f"/{poster}")
    assert Image.open(io.BytesIO(picture.content)).size == (640, 360)
    assert decode_picture(picture.content).data == decode_picture(png(slide(MIRRORS))).data


def test_a_place_that_names_no_slide_finds_it_by_its_second(library):
    assert "n=0" in re.search(r'poster="([^"]+)"', html(library, Locator(start_s=3.0, end_s=4.0)))[1]
    assert "poster" not in html(library, Locator(start_s=10.0, end_s=11.0))


def test_each_slide_stands_before_what_is_said_to_it(library):
    found = lines(html(library, Locator(start_s=0.0, end_s=5.5, figure=1), "They do so at the focus."))
    assert ["<img" in line for line in found] == [True, True, False, True]
    assert 'width="640" height="360"' in found[0]
    assert 'alt="Slide: Mirrors &quot;flat&quot;"' in found[1]
    assert '<p class="cm-slide-words">Converging lenses<br>Parallel &lt;rays&gt; meet</p>' in found[0]
    assert "<p>A lens makes parallel rays meet. <mark>They do so at the focus.</mark></p>" in found[0]
    assert [line.startswith('<li class="is-here">') for line in found] == [True, False, False, False]
    assert found[2].endswith("<p>It leaves as it came.</p></li>")


def test_a_quote_from_the_slide_itself_is_marked_in_its_words(library):
    found = lines(html(library, Locator(start_s=0.0, end_s=5.5, figure=1), "Converging lenses"))
    assert '<p class="cm-slide-words"><mark>Converging lenses</mark>' in found[0]


def test_a_film_is_sent_by_ranges(client):
    part = client.get("/api/courses/optics/file?document=lecture.mp4", headers={"range": "bytes=100-199"})
    assert (part.status_code, len(part.content)) == (206, 100)
    assert part.headers["content-type"] == "video/mp4"
    assert part.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("query", ["start_s=9.5&end_s=11&figure=1", "start_s=1&end_s=2"])
def test_a_place_in_a_film_has_its_slide_as_thumbnail(client, query):
    first, other = (
        client.get(f"/api/courses/optics/thumbnail?document=lecture.mp4&{at}").content
        for at in (query, "start_s=6&end_s=9&figure=2")
    )
    assert first and other and first != other


def test_a_page_of_a_tiff_is_shown_as_a_page(library, client):
    assert 'class="cm-page"' in html(library, Locator(page=2, figure=2), document="scan.tiff")
    one, two = (client.get(f"/api/courses/optics/page?document=scan.tiff&page={n}").content for n in (1, 2))
    assert one.startswith(b"\x89PNG") and one != two


def test_a_drawing_is_shown_as_it_was_drawn_when_it_was_added(library, client):
    assert "picture?document=eye.svg" in html(library, Locator(figure=1), document="eye.svg")
    assert client.get("/api/courses/optics/picture?document=eye.svg").content.startswith(b"\x89PNG")
    assert client.get("/api/courses/optics/thumbnail?document=eye.svg&figure=1").status_code == 200
