"""Files of a course: what each reader finds in them, and what is said about a file that cannot be read."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from pptx.util import Inches

from knowledge.chunking import split
from knowledge.errors import UnreadableDocument
from knowledge.page_images import render_page, slide_view, thumbnail
from knowledge.picture import decode_picture
from knowledge.readers import read, readable_suffixes
from knowledge.seeing import Sight, TextBox
from knowledge.transcription import Segment, Transcript
from tests import material
from tests.material import LIPSUM, drawing, image, paragraph, pdf, rule, write, write_chinese


class FakeSeer:
    """Reads the same two lines in every picture."""

    def look(self, picture):
        boxes = (TextBox("Light bends", 0.99, 0.1, 0.1, 0.5, 0.15), TextBox("in glass", 0.98, 0.1, 0.17, 0.4, 0.22))
        return Sight(boxes, True, picture.width, picture.height)


class FakeTranscriber:
    languages = ()

    def __init__(self, *segments: Segment, language: str = "en") -> None:
        self.transcript = Transcript(segments, language)

    def transcribe(self, sound, *, language=None, hints="", on_progress=None):
        return self.transcript


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def texts(document, kind: str = "text") -> list[str]:
    return [block.text for block in document.blocks if block.kind == kind]


class TestTypes:
    @pytest.mark.parametrize(
        ("name", "data", "kind"),
        [
            ("notes.md", "# Light\n\nIt bends.", "markdown"),
            ("notes.txt", "It bends.", "text"),
            ("reader.pdf", pdf(write(72, 72, "Light")), "pdf"),
            ("reader.png", pdf(write(72, 72, "Light")), "pdf"),
            ("reader", pdf(write(72, 72, "Light")), "pdf"),
            ("eye.png", material.picture(["Light"]), "picture"),
            ("eye.pdf", material.picture(["Light"], format="JPEG"), "picture"),
            ("eye.txt", material.picture(["Light"], format="WEBP"), "picture"),
        ],
    )
    def test_a_file_is_read_as_what_it_is_not_as_it_is_named(self, tmp_path, name, data, kind):
        assert read(put(tmp_path, name, data)).kind == kind

    @pytest.mark.parametrize(
        ("name", "data", "kind"),
        [
            ("LICENSE", "It may be used by all.", "text"),
            ("lab.do", "summarize income, detail", "text"),
            ("lab.asm", "mov ax, bx", "code"),
            ("作业", "光是什么？".encode("gb18030"), "text"),
        ],
    )
    def test_text_of_an_unknown_name_is_not_lost(self, tmp_path, name, data, kind):
        assert read(put(tmp_path, name, data)).kind == kind

    def test_a_program_is_parted_where_a_definition_begins(self, tmp_path):
        found = read(put(tmp_path, "lens.py", "import math\n\n\ndef f(r):\n    half = r / 2\n\n    return half\n\n\nprint(f(2))\n"))
        assert texts(found, "code") == [
            "```python\nimport math\n```", "```python\ndef f(r):\n    half = r / 2\n\n    return half\n```",
            "```python\nprint(f(2))\n```",
        ]  # fmt: skip
        assert (found.title, found.kind) == ("lens.py", "code")

    @pytest.mark.parametrize(
        ("name", "data", "says"),
        [
            ("notes.png", "I am a text.", "named like a picture"),
            ("slides.pptx", "I am a text.", "named like a PowerPoint"),
            ("slides.pptx", b"PK\x03\x04 but no archive", "named like a PowerPoint"),
            ("reader.pdf", "I am a text.", "named like a PDF"),
            ("notes.md", b"\x00\x01\x02\x03" * 50, "named like a Markdown"),
            ("program.exe", b"MZ\x90\x00\x03\x00\x00\x00", "PDF, PowerPoint"),
            ("table.xyz", "a,b\n1,2", "Markdown"),
            ("old.ppt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"Save it as .*\.pptx"),
            ("empty.pdf", b"", "is empty"),
            ("page.mhtml", "MIME-Version: 1.0", "HTML or PDF"),
            ("talk.key", b"PK\x03\x04 of another program", "Export it as PDF"),
            ("week1.rar", b"Rar!\x1a\x07\x01\x00", "Unpack it"),
            ("eye.svg", "<svg", "PNG"),
            ("eye.svg", "<html/>", "PNG"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_its_name_and_a_remedy(self, tmp_path, name, data, says):
        with pytest.raises(UnreadableDocument, match=says) as refusal:
            read(put(tmp_path, name, data))
        assert name in str(refusal.value)

    def test_a_file_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(UnreadableDocument, match=r"gone\.pdf"):
            read(tmp_path / "gone.pdf")

    def test_the_name_inside_the_course_is_kept(self, tmp_path):
        path = put(tmp_path, "week1/notes.md", "# Light\n\nIt bends.")
        assert read(path, name="week1/notes.md").path == "week1/notes.md"

    def test_the_endings_that_can_be_read_are_listed(self):
        assert {".pdf", ".pptx", ".md", ".txt", ".png", ".mp3"} <= set(readable_suffixes())


class TestMarkdown:
    def read(self, folder: Path, text: str, **more):
        return read(put(folder, "lesson.md", text), **more)

    def test_headings_keep_their_level_and_name_what_stands_under_them(self, tmp_path):
        found = self.read(tmp_path, "# Light\n\nIt runs.\n\n## Lenses\n\nThey *bend* it.\n")
        assert [(b.text, b.kind, b.level, b.locator.heading) for b in found.blocks] == [
            ("Light", "heading", 1, "Light"),
            ("It runs.", "text", 0, "Light"),
            ("Lenses", "heading", 2, "Lenses"),
            ("They bend it.", "text", 0, "Lenses"),
        ]
        assert found.title == "Light"

    @pytest.mark.parametrize(
        ("source", "text", "kind"),
        [
            ("The index $n = c / v$ counts.", "The index $n = c / v$ counts.", "text"),
            ("$$n_1 \\sin a$$", "$$n_1 \\sin a$$", "formula"),
            ("$$\nf = R / 2\n$$", "$$f = R / 2$$", "formula"),
            ("It costs $5 and $6.", "It costs $5 and $6.", "text"),
            ("| a | b |\n|:--|--:|\n| 1 | $x$ |", "| a | b |\n| --- | --- |\n| 1 | $x$ |", "table"),
            ("```python\nx = 1\n  y\n```", "```python\nx = 1\n  y\n```", "code"),
            ("- one\n- two\n  1. deep", "- one\n- two\n  1. deep", "text"),
            ("3. third\n4. fourth", "3. third\n4. fourth", "text"),
            ("CO<sub>2</sub> is a <b>gas</b>.<script>evil()</script>", "CO₂ is a gas.evil()", "text"),
            ("<div><p>In a box</p><script>evil()</script></div>", "In a box", "text"),
            ("> Quoted words.", "Quoted words.", "text"),
            ("[A link](https://example.org) here", "A link here", "text"),
            ("one\ntwo", "one two", "text"),
        ],
    )
    def test_what_is_kept_of_a_block(self, tmp_path, source, text, kind):
        (block,) = self.read(tmp_path, source).blocks
        assert (block.text, block.kind) == (text, kind)

    def test_the_front_matter_gives_the_title_and_is_no_text(self, tmp_path):
        found = self.read(tmp_path, '---\ntitle: "Optics, first week"\ndate: 2024-01-01\n---\n\nIt bends.\n')
        assert found.title == "Optics, first week"
        assert texts(found) == ["It bends."]

    def test_a_picture_beside_the_file_becomes_a_figure(self, tmp_path):
        put(tmp_path, "img/the eye.png", material.picture(["Light"]))
        found = self.read(tmp_path, "# Eye\n\n![Parts of the eye](img/the%20eye.png)\n", seer=FakeSeer())
        (figure,) = found.figures
        assert (figure.caption, figure.locator.figure, figure.locator.heading) == ("Parts of the eye", 1, "Eye")
        assert figure.text == "Light bends\nin glass"
        assert decode_picture(figure.image).width == 640
        assert texts(found, "caption") == ["Parts of the eye\nLight bends\nin glass"]

    @pytest.mark.parametrize(
        "address",
        ["https://example.org/eye.png", "//example.org/eye.png", "/etc/hostname", "../secret.png", "a/../../secret.png",
         "data:image/png;base64,AAAA", "link.png", "gone.png", "bad\\0.png"],
    )  # fmt: skip
    def test_no_picture_is_fetched_or_taken_from_outside_the_course(self, tmp_path, address):
        put(tmp_path, "secret.png", material.picture(["Light"]))
        course = tmp_path / "course"
        course.mkdir()
        (course / "link.png").symlink_to(tmp_path / "secret.png")
        found = self.read(course, f"Look: ![The eye]({address})\n")
        assert not found.figures
        assert len(found.warnings) == 1
        assert "The eye" in " ".join(texts(found, "caption"))

    def test_a_picture_elsewhere_in_the_course_is_found_when_the_name_says_where_the_course_begins(self, tmp_path):
        put(tmp_path, "images/eye.png", material.picture(["Light"]))
        path = put(tmp_path, "week1/day2/lesson.md", "![Eye](../../images/eye.png)")
        assert len(read(path, name="week1/day2/lesson.md").figures) == 1
        assert not read(path).figures

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
    def test_chinese_is_read_in_every_usual_encoding(self, tmp_path, encoding):
        text = "# 光的反射\n\n反射角等于入射角，这就是反射定律。平面镜成的像是虚像，与物体等大，左右相反。"
        found = read(put(tmp_path, "反射.md", text.encode(encoding)))
        assert found.title == "光的反射"
        assert found.language == "zh"

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("H<sub>2</sub>O and 10<sup>-3</sup>", "H₂O and 10⁻³"),
            ("the 1<sup>st</sup> of x<SUP>2</SUP>", "the 1st of x²"),
            ("2<sup>C is never closed", "2C is never closed"),
            ("<p>I<sup>2</sup>C</p>", "I²C"),
            ("`a<sup>2</sup>`", "`a<sup>2</sup>`"),
        ],
    )
    def test_raised_digits_stay_raised(self, tmp_path, written, read):
        assert texts(self.read(tmp_path, written)) == [read]

    def test_money_is_no_formula(self, tmp_path):
        found = self.read(tmp_path, "It costs US$0.50, and [a kit](http://x.y) US$4 to US$30; but $x^2$ is.")
        assert texts(found) == ["It costs US$0.50, and a kit US$4 to US$30; but $x^2$ is."]

    def test_a_fence_that_is_closed_too_far_in_does_not_swallow_the_rest(self, tmp_path):
        found = self.read(tmp_path, "```py\nx = 1\n    ```\n\n## Next\n\n> ```\n> a\n> ```\n\nIt goes on.\n")
        assert [(b.kind, b.text) for b in found.blocks] == [
            ("code", "```py\nx = 1\n```"), ("heading", "Next"), ("code", "```\na\n```"), ("text", "It goes on."),
        ]  # fmt: skip

    def test_what_stands_in_a_list_is_not_lost(self, tmp_path):
        item = "- Mass and energy:\n\n  $$\n  E = mc^2\n  $$\n\n  <div>in a box</div>\n\n  ```python\n  print(1)\n  ```\n"
        assert texts(self.read(tmp_path, item)) == [
            "- Mass and energy:\n  $$E = mc^2$$\n  in a box\n```python\nprint(1)\n```"
        ]

    def test_a_table_in_html_is_a_table(self, tmp_path):
        page = "<table><tr><th>A</th><th>B</th></tr>\n<tr><td>1</td><td>2</td></tr></table>\n\n<!-- <table> -->\n"
        assert [(b.kind, b.text) for b in self.read(tmp_path, page).blocks] == [
            ("table", "| A | B |\n| --- | --- |\n| 1 | 2 |")
        ]

    def test_marks_of_site_makers_are_no_words(self, tmp_path):
        found = self.read(tmp_path, "## Lenses {#lenses}\n\n:::note\nMind the sign.\n:::\n\n> [!TIP]\n> Draw it.\n")
        assert [b.text for b in found.blocks] == ["Lenses", "Mind the sign.", "Draw it."]

    def test_a_drawing_beside_it_is_shown_with_its_words(self, tmp_path):
        put(
            tmp_path, "ray.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60">'
            '<text y="20">mirror</text><text y="50">0</text><text y="50">5</text><text y="50">10</text></svg>'
        )  # fmt: skip
        found = self.read(tmp_path, "![A ray](ray.svg)", seer=FakeSeer())
        assert (found.figures[0].caption, found.figures[0].text, found.warnings) == ("A ray", "mirror\n0 5 10", ())

    def test_a_file_without_text_says_so(self, tmp_path):
        assert self.read(tmp_path, "<!-- nothing -->\n").warnings == ("The file holds no text.",)

    def test_plain_text_is_parted_by_empty_lines(self, tmp_path):
        found = read(put(tmp_path, "notes.txt", "One\nline.\r\n\r\n# Not a heading\n"))
        assert texts(found) == ["One\nline.", "# Not a heading"]


class TestPdf:
    def read(self, folder: Path, *pages: str, **more):
        options = {key: more.pop(key) for key in ("jpeg", "title", "rotate") if key in more}
        return read(put(folder, "reader.pdf", pdf(*pages, **options)), **more)

    def test_lines_become_paragraphs_and_large_type_headings(self, tmp_path):
        found = self.read(
            tmp_path,
            write(72, 80, "Light and lenses", 22, bold=True)
            + write(72, 120, "1 Thin lenses", 14, bold=True)
            + paragraph(72, 140, LIPSUM)
            + paragraph(72, 210, LIPSUM[:2])
            + write(72, 250, "1.1 Mirrors", 10, bold=True)
            + paragraph(72, 264, LIPSUM[2:]),
        )
        assert [(b.text[:16], b.kind, b.level) for b in found.blocks] == [
            ("Light and lenses", "heading", 1),
            ("1 Thin lenses", "heading", 2),
            ("A lens bends the", "text", 0),
            ("A lens bends the", "text", 0),
            ("1.1 Mirrors", "heading", 3),
            ("one point behind", "text", 0),
        ]
        assert found.blocks[2].text == " ".join(LIPSUM)
        assert {block.locator.page for block in found.blocks} == {1}
        assert (found.title, found.pages, found.language) == ("Light and lenses", 1, "en")

    def test_two_columns_are_read_one_after_the_other(self, tmp_path):
        left, right = (
            [f"left column line {i} of the text" for i in range(9)],
            [f"right side line {i} of the text" for i in range(9)],
        )
        page = write(72, 72, "A title that goes across both of the columns of this page", 16, bold=True)
        found = self.read(tmp_path, page + paragraph(72, 110, left) + paragraph(310, 110, right))
        assert texts(found) == [" ".join(left), " ".join(right)]

    @pytest.mark.parametrize(
        ("lines", "text"),
        [
            (("The refrac-", "tion of light"), "The refraction of light"),
            (("A light-sensitive cell is light-", "sensitive"), "A light-sensitive cell is light-sensitive"),
            (("From Newton-", "Raphson on"), "From Newton- Raphson on"),
            (("wide open", "spaces"), "wide open spaces"),
        ],
    )
    def test_words_divided_at_a_lines_end_are_made_whole(self, tmp_path, lines, text):
        assert texts(self.read(tmp_path, paragraph(72, 100, lines))) == [text]

    def test_chinese_lines_join_without_spaces(self, tmp_path):
        lines = ["光射到两种物质的分界面上有一部分会", "返回原来的物质这就是光的反射现象也", "是我们看见物体的原因"]
        page = "".join(write_chinese(72, 100 + 14 * i, line) for i, line in enumerate(lines))
        found = self.read(tmp_path, page)
        assert texts(found) == ["".join(lines)]
        assert found.language == "zh"

    def test_running_heads_and_page_numbers_are_no_text(self, tmp_path):
        pages = [
            write(72, 40, "Optics I") + paragraph(72, 100, [f"Page {i} tells about lenses."]) + write(290, 810, str(i))
            for i in range(1, 5)
        ]
        assert texts(self.read(tmp_path, *pages)) == [f"Page {i} tells about lenses." for i in range(1, 5)]

    def test_a_ruled_table_becomes_markdown(self, tmp_path):
        rows = [("Material", "Index", "Angle"), ("Water", "1.33", "48.6"), ("Crown glass", "1.52", "41.1")]
        page = rule(72, 90, 400) + rule(72, 106, 400) + rule(72, 138, 400)
        for number, row in enumerate(rows):
            page += "".join(write(x, 102 + 16 * number, cell) for x, cell in zip((76, 200, 320), row, strict=True))
        assert texts(self.read(tmp_path, page + paragraph(72, 180, LIPSUM)), "table") == [
            "| Material | Index | Angle |\n| --- | --- | --- |\n| Water | 1.33 | 48.6 |\n| Crown glass | 1.52 | 41.1 |"
        ]

    def test_aligned_cells_become_a_table_without_rules(self, tmp_path):
        page = paragraph(72, 60, LIPSUM)
        for number, row in enumerate([("red", "656", "1.514"), ("blue", "486", "1.522"), ("violet", "405", "1.530")]):
            page += "".join(write(x, 140 + 14 * number, cell) for x, cell in zip((76, 200, 320), row, strict=True))
        (table,) = texts(self.read(tmp_path, page), "table")
        assert table.splitlines()[2:] == ["| blue | 486 | 1.522 |", "| violet | 405 | 1.530 |"]

    def test_what_is_not_clearly_a_table_stays_text(self, tmp_path):
        found = self.read(tmp_path, rule(72, 50, 500) + paragraph(72, 100, LIPSUM) + rule(72, 300, 500))
        assert not texts(found, "table")
        assert texts(found) == [" ".join(LIPSUM)]

    def test_a_drawing_is_cut_out_with_its_caption_and_labels(self, tmp_path):
        page = (
            paragraph(72, 60, LIPSUM)
            + drawing(150, 140, 200, 120)
            + write(230, 180, "mirror", 8)
            + paragraph(100, 280, ["Figure 3. A box with its diagonals,", "seen from above."], 9)
            + paragraph(72, 330, LIPSUM)
        )
        found = self.read(tmp_path, page)
        (figure,) = found.figures
        assert (figure.locator.page, figure.locator.figure) == (1, 3)
        assert figure.caption == "Figure 3. A box with its diagonals, seen from above."
        assert figure.text == "mirror"
        assert texts(found, "caption") == [figure.caption]
        assert "mirror" not in " ".join(texts(found))
        cut = decode_picture(figure.image)
        assert cut.width / cut.height == pytest.approx(206 / 126, rel=0.1)

    @pytest.mark.parametrize(
        ("line", "kind"),
        [
            ("Figure 3. A lens", "caption"),
            ("Fig. 12: A lens", "caption"),
            ("Figure 3 A lens", "caption"),
            ("Table 1. Indices", "caption"),
            ("Figure 3 shows that light bends.", "text"),
            ("Figures are drawn to scale.", "text"),
        ],
    )
    def test_a_caption_is_told_from_a_sentence_about_a_figure(self, tmp_path, line, kind):
        found = self.read(tmp_path, paragraph(72, 60, LIPSUM) + write(72, 200, line))
        assert found.blocks[-1].kind == kind

    @pytest.mark.parametrize(
        ("line", "referred", "number"),
        [
            ("图3：人眼的结构", "图3", 3),
            ("图 3 人眼的结构", "图3", 3),
            ("图３．人眼的结构", "图 3 ", 3),
            ("图3-1: 人眼的结构", "图 3－1", 1),
            ("圖 3－1 人眼的結構", "圖3-1", 1),
            ("图3 显微镜的光路", "图3", 3),
            ("图3 中国的望远镜", "图3", 3),
            ("图3（a）人眼", "图3", 3),
        ],
    )
    def test_a_chinese_caption_is_joined_to_its_drawing_and_to_what_refers_to_it(self, tmp_path, line, referred, number):
        prose = ["光线从左边进入眼睛，经过角膜和晶状体以后在视网膜上成一个倒立而且缩小的像", f"，如{referred}所示。"]
        other = ["反射光线、入射光线和法线在同一平面内，反射光线和入射光线分居在法线的两侧。"]
        page = "".join(write_chinese(72, 60 + 14 * i, text) for i, text in enumerate(prose))
        page += "".join(write_chinese(72, 110 + 14 * i, text) for i, text in enumerate(other))
        page += drawing(150, 140, 200, 120) + write_chinese(230, 180, "晶状体", 8) + write_chinese(180, 276, line, 9)
        page += "".join(write_chinese(72, 330 + 14 * i, text) for i, text in enumerate(other * 2))
        found = self.read(tmp_path, page)
        (figure,) = found.figures
        assert (figure.caption, figure.text, figure.locator.figure) == (line, "晶状体", number)
        chunks = split(found, count_tokens=lambda text: 3 * len(text))
        assert [line in c.text for c in chunks if "所示" in c.text] == [True]

    @pytest.mark.parametrize(
        "line", ["图3所示的装置", "图3中的光线", "图3显示了光路。", "图3是人眼", "图3和图4", "图表与公式", "图3（a）中的光线"]
    )
    def test_a_chinese_sentence_about_a_figure_is_no_caption(self, tmp_path, line):
        found = self.read(tmp_path, paragraph(72, 60, LIPSUM) + write_chinese(72, 200, line))
        assert found.blocks[-1].kind == "text"

    def test_a_chinese_table_keeps_its_caption(self, tmp_path):
        page = rule(72, 90, 400) + rule(72, 106, 400) + rule(72, 138, 400) + write_chinese(150, 82, "表 2　折射率", 9)
        for number, row in enumerate([("物质", "折射率"), ("水", "1.33"), ("玻璃", "1.52")]):
            page += "".join(write_chinese(x, 102 + 16 * number, cell) for x, cell in zip((76, 250), row, strict=True))
        found = self.read(tmp_path, page)
        assert [(b.text[:6], b.kind) for b in found.blocks] == [("表 2 折射", "caption"), ("| 物质 |", "table")]
        (chunk,) = split(found, count_tokens=len)
        assert chunk.kind == "table" and chunk.text.startswith("表 2")

    def test_figures_numbered_by_chapter_stay_with_their_own_references(self, tmp_path):
        said = ["The eye is drawn in Figure 2.3 below.", "", "The ear, for comparison, in Figure 2.1 instead."]
        page = "".join(paragraph(72, 60 + 30 * i, [line]) for i, line in enumerate(said) if line)
        for place, caption in ((150, "Figure 2.1. The ear"), (300, "Figure 2.3. The eye")):
            page += drawing(150, place, 200, 90) + write(180, place + 105, caption, 9)
        chunks = split(self.read(tmp_path, page), count_tokens=lambda text: 12 * len(text.split()))
        assert [sorted(word for word in ("The ear", "The eye") if f". {word}" in c.text) for c in chunks] == [
            ["The eye"], ["The ear"],
        ]  # fmt: skip

    def test_a_small_raised_two_is_a_square(self, tmp_path):
        page = paragraph(72, 60, LIPSUM) + write(72, 150, "energy m c") + write(120.5, 146, "2", 6)
        assert texts(self.read(tmp_path, page))[-1].replace(" ", "").endswith("c²")

    def test_a_page_that_is_a_picture_is_read_by_eye(self, tmp_path):
        page = image(0, 0, 595, 842)
        found = self.read(
            tmp_path, page, write(72, 80, "A page of text."), jpeg=material.picture(format="JPEG"), seer=FakeSeer()
        )
        first = found.blocks[0]
        assert (first.text, first.kind, first.locator.page) == ("Light bends\nin glass", "picture", 1)
        assert texts(found) == ["A page of text."]
        assert found.warnings == ("Page 1 is a picture; read by OCR.",)

    def test_without_a_seer_a_page_that_is_a_picture_is_left_out_and_named(self, tmp_path):
        found = self.read(tmp_path, image(0, 0, 595, 842), jpeg=material.picture(format="JPEG"))
        assert not found.blocks
        assert "Page 1 is a picture" in found.warnings[0]

    def test_a_turned_page_is_read_as_it_is_shown(self, tmp_path):
        # The page is turned by 90 degrees; its text runs upwards in the file, so that it stands upright when shown.
        page = "\n".join(f"BT /F1 10 Tf 0 1 -1 0 {100 + 12 * i} 100 Tm ({line}) Tj ET" for i, line in enumerate(LIPSUM))
        assert texts(self.read(tmp_path, page, rotate=90)) == [" ".join(LIPSUM)]

    def test_a_title_written_by_a_program_is_no_title(self, tmp_path):
        page = write(72, 80, "Light and lenses", 22) + paragraph(72, 120, LIPSUM)
        assert self.read(tmp_path, page, title="Microsoft Word - draft7.doc").title == "Light and lenses"
        assert self.read(tmp_path, page, title="A first course").title == "A first course"

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            pytest.param(pdf(write(72, 72, "Light"), locked=True), "document_encrypted", id="password"),
            pytest.param(b"%PDF-1.7\n" + b"nonsense " * 50, "document_damaged", id="nonsense"),
            pytest.param(pdf(write(72, 72, "Light"))[:200], "document_damaged", id="cut off"),
            pytest.param(pdf(), "document_damaged", id="no pages"),
        ],
    )
    def test_a_locked_or_damaged_file_is_refused(self, tmp_path, data, code):
        with pytest.raises(UnreadableDocument, match=r"reader\.pdf") as refusal:
            read(put(tmp_path, "reader.pdf", data))
        assert refusal.value.code == code

    def test_progress_grows_to_the_end(self, tmp_path):
        shares: list[float] = []
        self.read(tmp_path, *[paragraph(72, 80, LIPSUM)] * 3, on_progress=shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


class TestSlides:
    def read(self, folder: Path, build, **more):
        material.slides(folder / "lecture.pptx", build)
        return read(folder / "lecture.pptx", **more)

    def test_a_slide_gives_title_text_table_and_notes_in_the_order_seen(self, tmp_path):
        def build(deck):
            slide = deck.slides.add_slide(deck.slide_layouts[5])
            slide.shapes.title.text = "Snell's\vlaw"
            for words, left, top in (("below", 1, 5), ("right", 5, 2), ("left", 1, 2)):
                slide.shapes.add_textbox(Inches(left), Inches(top), Inches(3), Inches(1)).text_frame.text = words
            table = slide.shapes.add_table(2, 2, Inches(1), Inches(6.2), Inches(4), Inches(1)).table
            for cell, words in zip((c for row in table.rows for c in row.cells), ("a", "b", "1", "2"), strict=True):
                cell.text = words
            slide.notes_slide.notes_text_frame.text = "Say it slowly."
            deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "The end"

        found = self.read(tmp_path, build)
        assert [(b.text, b.kind, b.locator.slide) for b in found.blocks] == [
            ("Snell's law", "heading", 1),
            ("left", "text", 1),
            ("right", "text", 1),
            ("below", "text", 1),
            ("| a | b |\n| --- | --- |\n| 1 | 2 |", "table", 1),
            ("Say it slowly.", "notes", 1),
            ("The end", "heading", 2),
        ]
        assert (found.pages, found.kind) == (2, "slides")

    def test_a_picture_becomes_a_figure_with_its_words(self, tmp_path):
        def build(deck):
            slide = deck.slides.add_slide(deck.slide_layouts[5])
            slide.shapes.title.text = "The eye"
            slide.shapes.add_picture(io.BytesIO(material.picture(["Light"])), Inches(1), Inches(2))

        found = self.read(tmp_path, build, seer=FakeSeer())
        (figure,) = found.figures
        assert (figure.caption, figure.text) == ("The eye", "Light bends\nin glass")
        assert (figure.locator.slide, figure.locator.figure) == (1, 1)
        assert texts(found, "picture") == ["Light bends\nin glass"]

    def test_code_keeps_its_indentation_and_lists_their_levels(self, tmp_path):
        def build(deck):
            frame = deck.slides.add_slide(deck.slide_layouts[1]).placeholders[1].text_frame
            frame.text = "while n > 0:\n    n = n - 1"
            frame.add_paragraph().text = "point"
            frame.paragraphs[-1].level = 1

        assert texts(self.read(tmp_path, build)) == ["while n > 0:\n    n = n - 1\n- point"]

    def test_a_hidden_slide_is_read_and_noted(self, tmp_path):
        def build(deck):
            slide = deck.slides.add_slide(deck.slide_layouts[5])
            slide.shapes.title.text = "Secret"
            slide._element.set("show", "0")

        found = self.read(tmp_path, build)
        assert found.blocks[0].text == "Secret"
        assert "Slide 1 is hidden" in found.warnings[0]

    def test_numbers_and_repeated_feet_are_no_text(self, tmp_path):
        def build(deck):
            for number in range(1, 5):
                slide = deck.slides.add_slide(deck.slide_layouts[5])
                slide.shapes.title.text = f"Slide on {number}"
                for words, top in ((f"It says {number}.", 3), ("Optics I", 7), (str(number), 7.2)):
                    box = slide.shapes.add_textbox(Inches(1), Inches(top), Inches(3), Inches(0.2))
                    box.text_frame.text = words

        assert texts(self.read(tmp_path, build)) == [f"It says {number}." for number in range(1, 5)]

    @pytest.mark.parametrize("name", ["Shape 214", "Google Shape;214;p1", "Picture 3", "图片 1", "image1.png"])
    def test_what_a_program_calls_a_picture_is_no_description(self, tmp_path, name):
        def build(deck):
            slide = deck.slides.add_slide(deck.slide_layouts[5])
            slide.shapes.title.text = "The eye"
            picture = slide.shapes.add_picture(io.BytesIO(material.picture(["Light"])), Inches(1), Inches(2))
            picture._element.nvPicPr.cNvPr.set("descr", name)

        found = self.read(tmp_path, build)
        assert found.figures[0].caption == "The eye" and not texts(found, "picture")

    def test_a_typed_bullet_is_not_marked_again(self, tmp_path):
        def build(deck):
            frame = deck.slides.add_slide(deck.slide_layouts[1]).placeholders[1].text_frame
            frame.text = "To get a job done"
            frame.add_paragraph().text = " -  Finish our homework"
            frame.paragraphs[-1].level = 1

        assert texts(self.read(tmp_path, build)) == ["To get a job done\n- Finish our homework"]

    def test_a_number_in_the_middle_is_no_slide_number(self, tmp_path):
        def build(deck):
            for _ in range(3):
                slide = deck.slides.add_slide(deck.slide_layouts[5])
                slide.shapes.title.text = "The largest so far"
            slide.shapes.add_textbox(Inches(4), Inches(3), Inches(1), Inches(1)).text_frame.text = "3"

        assert texts(self.read(tmp_path, build)) == ["3"]

    @pytest.mark.parametrize(
        ("words", "beside", "title"),
        [
            ("Repeated steps", "n = 5", "Repeated steps"),
            ("  Software", "", "Software"),
            ("Nested decisions", "Generic\nComputer", "Nested decisions"),
            ("Software", "Generic\nComputer", None),
            ("No", "", None),
            ("n = 5", "", None),
        ],
    )
    def test_a_box_at_the_top_is_a_title_only_if_it_is_set_like_one(self, tmp_path, words, beside, title):
        def build(deck):
            slide = deck.slides.add_slide(deck.slide_layouts[6])
            slide.shapes.add_textbox(Inches(1), Inches(0.5), Inches(4), Inches(1)).text_frame.text = words
            top = 0.6 if "Generic" in beside else 3
            slide.shapes.add_textbox(Inches(6), Inches(top), Inches(3), Inches(1)).text_frame.text = beside
            slide.shapes.add_textbox(Inches(1), Inches(5), Inches(4), Inches(1)).text_frame.text = "What follows."

        assert [b.text for b in self.read(tmp_path, build).blocks if b.kind == "heading"] == ([title] if title else [])

    def test_a_box_with_a_formula_is_read_and_its_picture_is_not(self, tmp_path):
        math = (
            '<a14:m xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" xmlns:m="http://schemas.openxmlformats.'
            'org/officeDocument/2006/math"><m:oMath><m:f><m:num><m:r><m:t>c</m:t></m:r></m:num><m:den><m:r><m:t>v</m:t></m:r>'
            "</m:den></m:f></m:oMath></a14:m>"
        )

        def build(deck):
            from lxml import etree

            slide = deck.slides.add_slide(deck.slide_layouts[5])
            box = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(3), Inches(1))
            box.text_frame.text = "The index is "
            box.text_frame.paragraphs[0]._p.append(etree.fromstring(math))
            choice = etree.fromstring(
                '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
                '<mc:Choice Requires="a14"/><mc:Fallback/></mc:AlternateContent>'
            )
            box._element.addprevious(choice)
            choice[0].append(box._element)
            other = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(3), Inches(1))
            other.text_frame.text = "what older programs show"
            choice[1].append(other._element)

        assert texts(self.read(tmp_path, build)) == [r"The index is $\frac{c}{v}$"]

    def test_a_chart_gives_its_values_and_a_diagram_its_words(self, tmp_path):
        def build(deck):
            from lxml import etree
            from pptx.chart.data import CategoryChartData
            from pptx.enum.chart import XL_CHART_TYPE
            from pptx.opc.package import Part
            from pptx.opc.packuri import PackURI

            slide = deck.slides.add_slide(deck.slide_layouts[5])
            slide.shapes.title.text = "Refraction"
            values = CategoryChartData()
            values.categories = ["water", "glass"]
            values.add_series("index", (1.33, 1.52))
            place = (Inches(1), Inches(2), Inches(3), Inches(2))
            chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, values).chart
            chart.has_title = True
            chart.chart_title.text_frame.text = "Indices"
            data = (
                '<d:dataModel xmlns:d="d" xmlns:a="a"><d:pt><d:t><a:t>enter</a:t></d:t></d:pt><d:pt><d:t><a:t>leave</a:t>'
                "</d:t></d:pt></d:dataModel>"
            )
            part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", deck.part.package, data.encode())
            frame = slide.shapes.add_table(1, 1, Inches(1), Inches(5), Inches(3), Inches(1))._element
            shown = frame.graphic.graphicData
            shown.set("uri", "http://schemas.openxmlformats.org/drawingml/2006/diagram")
            shown.remove(shown[0])
            relation = slide.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData")
            shown.append(etree.fromstring(f'<d:relIds xmlns:d="d" xmlns:r="r" r:dm="{relation}"/>'))

        found = self.read(tmp_path, build)
        assert [(b.kind, b.text) for b in found.blocks] == [
            ("heading", "Refraction"),
            ("text", "Indices"),
            ("table", "|  | index |\n| --- | --- |\n| water | 1.33 |\n| glass | 1.52 |"),
            ("text", "- enter\n- leave"),
        ]

    def test_shapes_in_a_group_are_read_where_they_stand(self, tmp_path):
        def build(deck):
            slide = deck.slides.add_slide(deck.slide_layouts[6])
            slide.shapes.add_textbox(Inches(1), Inches(5), Inches(2), Inches(1)).text_frame.text = "last\nof all"
            group = slide.shapes.add_group_shape()
            group.shapes.add_textbox(Inches(1), Inches(2), Inches(2), Inches(1)).text_frame.text = "first\nof all"

        assert texts(self.read(tmp_path, build)) == ["first\nof all", "last\nof all"]

    def test_a_damaged_file_is_refused(self, tmp_path):
        material.slides(tmp_path / "lecture.pptx", lambda deck: deck.slides.add_slide(deck.slide_layouts[5]))
        import zipfile

        with zipfile.ZipFile(tmp_path / "lecture.pptx") as good, zipfile.ZipFile(tmp_path / "bad.pptx", "w") as bad:
            for name in good.namelist():
                bad.writestr(name, b"<broken" if name == "ppt/presentation.xml" else good.read(name))
        with pytest.raises(UnreadableDocument, match=r"bad\.pptx"):
            read(tmp_path / "bad.pptx")


class TestPictures:
    def test_a_picture_is_one_figure_and_its_words(self, tmp_path):
        found = read(put(tmp_path, "eye-diagram.png", material.picture(["Light"])), seer=FakeSeer())
        assert found.title == "eye diagram"
        assert texts(found, "picture") == ["Light bends\nin glass"]
        assert found.figures[0].locator.figure == 1

    def test_each_page_of_a_tiff_is_a_page(self, tmp_path):
        found = read(put(tmp_path, "scan.tiff", material.pages("One", "Two")), seer=FakeSeer())
        assert found.pages == 2
        assert [(block.locator.page, block.kind) for block in found.blocks] == [(1, "picture"), (2, "picture")]
        assert [figure.locator.figure for figure in found.figures] == [1, 2]
        first, second = (render_page(tmp_path / "scan.tiff", page) for page in (1, 2))
        assert first.png != second.png

    def test_a_phones_photo_is_a_picture(self, tmp_path):
        assert read(put(tmp_path, "board.heic", material.heic()), seer=FakeSeer()).kind == "picture"

    def test_a_picture_without_words_is_found_by_its_name(self, tmp_path):
        class Blind:
            def look(self, picture):
                return Sight((), False, picture.width, picture.height)

        data = material.picture([])
        found = read(put(tmp_path, "light-switch.png", data), seer=Blind())
        [chunk] = split(found, count_tokens=len)
        assert (chunk.text, chunk.locator.figure, chunk.kind) == ("light switch", 1, "caption")
        assert "by its name" in found.warnings[0]

    def test_a_damaged_picture_is_refused(self, tmp_path):
        with pytest.raises(UnreadableDocument, match=r"eye\.jpg"):
            read(put(tmp_path, "eye.jpg", material.picture(format="JPEG")[:300]))


class TestRecordings:
    sound = material.wav(material.tone(1.0))

    def test_segments_merge_into_sentences_and_keep_their_seconds(self, tmp_path):
        spoken = (
            Segment(0.32, 3.1, " Light bends"),
            Segment(3.1, 6.48, " when it enters glass."),
            Segment(6.5, 9.0, " That is"),
            Segment(9.0, 12.25, " refraction."),
            Segment(40.0, 41.5, " The end."),
        )
        found = read(put(tmp_path, "lecture.wav", self.sound), transcriber=FakeTranscriber(*spoken))
        assert [(b.text, b.locator.start_s, b.locator.end_s) for b in found.blocks] == [
            ("Light bends when it enters glass.", 0.32, 6.48),
            ("That is refraction.", 6.5, 12.25),
            ("The end.", 40.0, 41.5),
        ]
        assert found.duration_s == pytest.approx(1.0)

    def test_speech_without_full_stops_is_parted_all_the_same(self, tmp_path):
        spoken = [Segment(4.0 * i, 4.0 * i + 4, f"word{i}") for i in range(20)]
        found = read(put(tmp_path, "lecture.wav", self.sound), transcriber=FakeTranscriber(*spoken))
        assert all(b.locator.end_s - b.locator.start_s <= 25 for b in found.blocks)

    def test_a_silent_recording_is_a_document_with_a_warning(self, tmp_path):
        silence = material.wav(np.zeros((16_000, 1), "<i2"))
        found = read(put(tmp_path, "lecture.wav", silence), transcriber=FakeTranscriber(), language="zh")
        assert (found.blocks, found.language) == ((), "zh")
        assert found.warnings == ("Nobody was heard speaking in it.",)

    @pytest.mark.parametrize("transcriber", [None, FakeTranscriber()])
    def test_what_cannot_be_heard_is_refused(self, tmp_path, transcriber):
        data = b"OggS" + bytes(200) if transcriber else self.sound
        with pytest.raises(UnreadableDocument, match=r"lecture\.ogg"):
            read(put(tmp_path, "lecture.ogg", data), transcriber=transcriber)


class TestPagesForCitations:
    @pytest.fixture
    def reader(self, tmp_path):
        lines = ("The effi-", "cient lens bends light, and the rays", "meet at one point.")
        return put(tmp_path, "reader.pdf", pdf(paragraph(72, 100, LIPSUM), paragraph(72, 400, lines)))

    @pytest.mark.parametrize(
        ("quote", "lines"),
        [
            ("The efficient lens bends light", 2),
            ("the  rays\nmeet at one point", 2),
            ("THE E\ufb03CIENT LENS", 2),
            ("he said the rays meet at one point, and left", 2),
            ("a point of a lens", 0),
            ("nothing of the kind", 0),
            ("", 0),
        ],
    )
    def test_a_quote_is_marked_where_it_stands(self, reader, quote, lines):
        found = render_page(reader, 2, quote=quote)
        assert len(found.marks) == lines
        for x0, y0, x1, y1 in found.marks:
            assert 0.1 < x0 < x1 < 0.6
            assert 0.44 < y0 < y1 < 0.52

    def test_the_page_has_the_width_asked_for(self, reader):
        found = render_page(reader, 1, width=600)
        assert abs(found.width - 600) <= 1
        assert found.png.startswith(b"\x89PNG")
        assert thumbnail(reader).width <= 161

    @pytest.mark.parametrize("page", [0, 3])
    def test_a_page_that_is_not_there_is_refused(self, reader, page):
        with pytest.raises(UnreadableDocument, match="2 pages"):
            render_page(reader, page)

    def test_a_picture_is_its_own_page(self, tmp_path):
        found = render_page(put(tmp_path, "eye.png", material.picture(["Light"])), 1)
        assert (found.width, found.height, found.marks) == (640, 360, ())

    def test_a_slide_is_shown_as_its_parts(self, tmp_path):
        def build(deck):
            slide = deck.slides.add_slide(deck.slide_layouts[5])
            slide.shapes.title.text = "The eye"
            slide.shapes.add_textbox(Inches(1), Inches(2), Inches(3), Inches(1)).text_frame.text = "Cornea"
            slide.shapes.add_picture(io.BytesIO(material.picture(["Light"])), Inches(1), Inches(4))

        material.slides(tmp_path / "lecture.pptx", build)
        view = slide_view(tmp_path / "lecture.pptx", 1)
        assert (view.title, view.paragraphs, len(view.pictures)) == ("The eye", ("Cornea",), 1)
        with pytest.raises(UnreadableDocument, match="no slide 2"):
            slide_view(tmp_path / "lecture.pptx", 2)
