"""A small course of every kind of source, made on the spot with vectors that mean nothing: for tests of the screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from knowledge.course import Course
from knowledge.documents import Chunk, Document, Locator, Passage, Why
from knowledge.library import Library
from tests.fakes import tone

SPEED = "Light travels more slowly in glass than in air. That is why it bends where it enters."
LAW = "For two materials $n_1 \\sin\\theta_1 = n_2 \\sin\\theta_2$ holds. The larger index goes with the smaller angle."
SAID = ("Today we look at lenses.", "A converging lens bends parallel rays to one point.", "That point is the focus.")


def make_small_course(folder: Path, name: str = "optics") -> Course:
    """One document of each kind that the screen shows in its own way."""
    course = Library(folder).create(name, title="Light and lenses", language="en", embedder="fake", dimensions=4)
    files = folder.parent / "files"
    files.mkdir(exist_ok=True)
    for make in (_pdf, _slides, _markdown, _recording, _picture):
        document, file, chunks = make(files)
        course.store(document, file, chunks, np.eye(4, dtype=np.float32)[[i % 4 for i in range(len(chunks))]])
    return course


def cited_passages(course: Course) -> tuple[Passage, ...]:
    """One passage of each document, in the order page, slide, recording, text, picture, as a search would give them."""
    order = ("refraction.pdf", "lenses.pptx", "lecture.wav", "snell.md", "eye.png")
    return tuple(
        replace(
            course.chunks(document)[-1],
            similarity=0.6,
            overlap=0.5,
            why=Why({"meaning": rank, "words": 1}, ("light", "bend")),
        )
        for rank, document in enumerate(order, start=1)
    )


def _pdf(folder: Path) -> tuple[Document, Path, list[Chunk]]:
    file = folder / "refraction.pdf"
    file.write_bytes(_pdf_bytes(["Refraction", *(f"{part}." for part in SPEED.rstrip(".").split(". "))]))
    chunks = [Chunk(SPEED, Locator(page=1), ("Refraction",))]
    return Document("refraction.pdf", "Refraction", "pdf", "en", (), pages=1), file, chunks


def _slides(folder: Path) -> tuple[Document, Path, list[Chunk]]:
    from pptx import Presentation

    deck = Presentation()
    for title, line in (("Lenses", "What a lens does"), ("Focus", "The focus is where parallel rays meet.")):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, line
        slide.notes_slide.notes_text_frame.text = f"Say more about: {title}"
    file = folder / "lenses.pptx"
    deck.save(file)
    chunks = [
        Chunk("What a lens does", Locator(slide=1)),
        Chunk("The focus is where parallel rays meet.", Locator(slide=2)),
    ]
    return Document("lenses.pptx", "Lenses in slides", "slides", "en", (), pages=2), file, chunks


def _markdown(folder: Path) -> tuple[Document, Path, list[Chunk]]:
    file = folder / "snell.md"
    file.write_text(f"# Snell\n\n## The law\n\n{LAW}\n", encoding="utf-8")
    chunks = [
        Chunk("Light <b>bends</b> at a border.", Locator(heading="Snell"), ("Snell",)),
        Chunk(LAW, Locator(heading="The law"), ("Snell", "The law")),
    ]
    return Document("snell.md", "Snell's law", "markdown", "en", ()), file, chunks


def _recording(folder: Path) -> tuple[Document, Path, list[Chunk]]:
    file = folder / "lecture.wav"
    file.write_bytes(tone(12.0).to_wav())
    chunks = [
        Chunk(line, Locator(start_s=4.0 * n, end_s=4.0 * (n + 1)), kind="transcript") for n, line in enumerate(SAID)
    ]
    return Document("lecture.wav", "Lecture on lenses", "recording", "en", (), duration_s=12.0), file, chunks


def _picture(folder: Path) -> tuple[Document, Path, list[Chunk]]:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (480, 320), "white")
    ImageDraw.Draw(image).ellipse((120, 60, 360, 260), outline="black", width=4)
    file = folder / "eye.png"
    image.save(file)
    chunks = [Chunk("The eye: cornea, lens and retina.", Locator(figure=1), kind="picture")]
    return Document("eye.png", "The eye", "picture", "en", ()), file, chunks


def _pdf_bytes(lines: list[str]) -> bytes:
    """A page with these lines in Helvetica, written by hand, so that no PDF writer is needed."""
    shown = " ".join(f"({line}) Tj 0 -28 Td" for line in lines)
    stream = f"BT /F1 16 Tf 72 700 Td {shown} ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + end
