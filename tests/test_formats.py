"""Word, OpenDocument, RTF, web pages, EPUB, notebooks, LaTeX, tables and subtitles: what is read, and what is refused."""

from __future__ import annotations

import base64
import io
import json
from itertools import pairwise

import pytest
from lxml import etree

from knowledge.chunking import split
from knowledge.errors import UnreadableDocument
from knowledge.readers import FORMATS, read
from knowledge.readers.equations import mathml_to_latex, omml_to_latex
from knowledge.readers.subtitles import segments_of
from knowledge.transcription import Segment
from tests import material, office_material
from tests.office_material import M, book, opendocument, put_xml, word
from tests.test_readers import FakeSeer, put, texts

EYE = material.picture(["Light"])


def said(document) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in document.blocks]


class TestFormulas:
    @pytest.mark.parametrize(
        ("xml", "latex"),
        [
            ("<m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>2π</m:t></m:r></m:den></m:f>", r"\frac{a}{2\pi}"),
            ("<m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>", "c^2"),
            ("<m:sSub><m:e><m:r><m:t>n</m:t></m:r></m:e><m:sub><m:r><m:t>12</m:t></m:r></m:sub></m:sSub>", "n_{12}"),
            ('<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/><m:e><m:r><m:t>x</m:t></m:r></m:e></m:rad>', r"\sqrt{x}"),
            ("<m:rad><m:deg><m:r><m:t>3</m:t></m:r></m:deg><m:e><m:r><m:t>x</m:t></m:r></m:e></m:rad>", r"\sqrt[3]{x}"),
            (
                '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub><m:r><m:t>i=1</m:t></m:r></m:sub><m:sup><m:r><m:t>n</m:t>'
                "</m:r></m:sup><m:e><m:r><m:t>i</m:t></m:r></m:e></m:nary>",
                r"\sum_{i=1}^n i",
            ),
            (
                "<m:nary><m:sub/><m:sup/><m:e><m:r><m:t>x</m:t></m:r></m:e></m:nary>",
                r"\int x",
            ),
            (
                "<m:func><m:fName><m:r><m:t>sin</m:t></m:r></m:fName><m:e><m:r><m:t>θ</m:t></m:r></m:e></m:func>",
                r"\sin \theta",
            ),
            (
                "<m:d><m:dPr><m:begChr m:val='['/><m:endChr m:val=']'/></m:dPr><m:e><m:r><m:t>x</m:t></m:r></m:e></m:d>",
                "[x]",
            ),
            (
                '<m:acc><m:accPr><m:chr m:val="⃗"/></m:accPr><m:e><m:r><m:t>v</m:t></m:r></m:e></m:acc>',
                r"\vec{v}",
            ),
            (
                "<m:m><m:mr><m:e><m:r><m:t>a</m:t></m:r></m:e><m:e><m:r><m:t>b</m:t></m:r></m:e></m:mr></m:m>",
                r"\begin{matrix} a & b \end{matrix}",
            ),
            ("<m:strange><m:r><m:t>kept</m:t></m:r></m:strange>", "kept"),
        ],
    )
    def test_words_formulas_become_latex(self, xml, latex):
        assert omml_to_latex(etree.fromstring(f"<m:oMath {M}>{xml}</m:oMath>")) == latex

    @pytest.mark.parametrize(
        ("xml", "latex"),
        [
            ("<mfrac><mi>a</mi><mrow><mn>2</mn><mi>π</mi></mrow></mfrac>", r"\frac{a}{2\pi}"),
            ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x_i^2"),
            ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
            ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><mi>i</mi>", r"\sum_i^ni"),
            ("<mover><mi>v</mi><mo>→</mo></mover>", r"\vec{v}"),
            ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a, b)"),
            ("<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr></mtable>", r"\begin{matrix} a & b \end{matrix}"),
            ('<semantics><mi>x</mi><annotation encoding="application/x-tex">\\tilde x</annotation></semantics>', r"\tilde x"),
        ],
    )
    def test_the_webs_formulas_become_latex(self, xml, latex):
        assert mathml_to_latex(etree.fromstring(f"<math>{xml}</math>")) == latex

    def test_formulas_nested_without_end_stay_words(self):
        deep = "<mrow>" * 200 + "<mi>x</mi>" + "</mrow>" * 200
        assert mathml_to_latex(etree.fromstring(f"<math>{deep}</math>")) == "x"


class TestWord:
    def read(self, folder, build, **more):
        return read(word(folder / "lesson.docx", build), **more)

    def test_headings_lists_and_paragraphs_in_order(self, tmp_path):
        def build(document):
            document.add_heading("Optics", 0)
            document.add_heading("Lenses", 1)
            document.add_paragraph("They bend light.")
            for text in ("one", "two"):
                document.add_paragraph(text, style="List Number")
            document.add_paragraph("a point", style="List Bullet")
            document.add_heading("Thin ones", 2)
            document.add_paragraph("Thin.")

        found = self.read(tmp_path, build)
        assert [(b.kind, b.level, b.text, b.locator.heading) for b in found.blocks] == [
            ("heading", 1, "Optics", "Optics"),
            ("heading", 2, "Lenses", "Lenses"),
            ("text", 0, "They bend light.", "Lenses"),
            ("text", 0, "1. one\n2. two\n- a point", "Lenses"),
            ("heading", 3, "Thin ones", "Thin ones"),
            ("text", 0, "Thin.", "Thin ones"),
        ]
        assert (found.title, found.kind) == ("Optics", "word")
        chunks = split(found, count_tokens=lambda text: len(text.split()))
        assert chunks[-1].trail == ("Optics", "Lenses", "Thin ones")

    def test_merged_cells_stand_in_every_row_and_column_that_they_cover(self, tmp_path):
        def build(document):
            table = document.add_table(3, 3)
            for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
                cell.text = str(number)
            table.cell(0, 1).merge(table.cell(0, 2)).text = "wide"
            table.cell(1, 0).merge(table.cell(2, 0)).text = "tall | x"

        assert texts(self.read(tmp_path, build), "table") == [
            "| 0 | wide | wide |\n| --- | --- | --- |\n| tall \\| x | 4 | 5 |\n| tall \\| x | 7 | 8 |"
        ]

    def test_formulas_tracked_changes_and_hidden_text(self, tmp_path):
        xml = (
            '<w:r><w:t xml:space="preserve">Energy </w:t></w:r><m:oMath><m:r><m:t>E=m</m:t></m:r></m:oMath>'
            "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>, new</w:t></w:r></w:ins>"
            "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"
            '<w:r><w:t> m</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>2</w:t></w:r>'
        )
        found = self.read(tmp_path, lambda document: put_xml(document.add_paragraph(), xml))
        assert texts(found) == ["Energy $E=m$, new m²"]
        assert len(found.warnings) == 2

    def test_a_formula_on_its_own_is_a_formula(self, tmp_path):
        xml = "<m:oMathPara><m:oMath><m:r><m:t>E=m</m:t></m:r></m:oMath></m:oMathPara>"
        found = self.read(tmp_path, lambda document: put_xml(document.add_paragraph(), xml))
        assert said(found) == [("formula", "$$E=m$$")]

    def test_text_boxes_are_read_once(self, tmp_path):
        box = "<w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p></w:txbxContent>"
        xml = (
            '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
            f'<mc:Choice Requires="wps"><w:drawing>{box}</w:drawing></mc:Choice>'
            f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        )
        assert texts(self.read(tmp_path, lambda document: put_xml(document.add_paragraph("Around."), xml))) == [
            "Around.",
            "In a box",
        ]

    def test_a_picture_takes_its_caption_and_the_number_in_it(self, tmp_path):
        def build(document):
            document.add_heading("The eye", 1)
            document.add_picture(io.BytesIO(material.picture(["Other"], size=(300, 200))))
            document.add_paragraph("Words between.")
            document.add_picture(io.BytesIO(EYE))
            document.add_paragraph("Figure 1: Parts of the eye", style="Caption")

        found = self.read(tmp_path, build, seer=FakeSeer())
        assert [(f.locator.figure, f.caption) for f in found.figures] == [(2, ""), (1, "Figure 1: Parts of the eye")]
        assert texts(found, "caption")[-1] == "Figure 1: Parts of the eye\nLight bends\nin glass"
        assert found.figures[1].locator.heading == "The eye"

    def test_lines_of_a_program_are_code_with_their_indentation(self, tmp_path):
        def build(document):
            for line in ("What does it print?", "if x > 1:", "    print(x)", "else:", "    print(2)", "Think first."):
                document.add_paragraph(line)

        assert said(self.read(tmp_path, build)) == [
            ("text", "What does it print?"),
            ("code", "```\nif x > 1:\n    print(x)\nelse:\n    print(2)\n```"),
            ("text", "Think first."),
        ]

    def test_a_footnote_stands_behind_its_paragraph(self, tmp_path):
        path = word(tmp_path / "lesson.docx", lambda document: put_xml(document.add_paragraph("Light"), '<w:r><w:footnoteReference w:id="2"/></w:r>'))
        links = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="f" Type="http://x/footnotes" Target="footnotes.xml"/></Relationships>'
        notes = f'<w:footnotes {office_material.W}><w:footnote w:id="2"><w:p><w:r><w:t>A wave.</w:t></w:r></w:p></w:footnote></w:footnotes>'
        data = office_material.changed(path, add={"word/footnotes.xml": notes, "word/_rels/document.xml.rels": links})
        assert texts(read(put(tmp_path, "noted.docx", data))) == ["Light¹", "¹ A wave."]


class TestOpenDocument:
    def test_what_is_read_of_a_text(self, tmp_path):
        body = (
            '<text:h text:outline-level="1">Lenses</text:h><text:p>Two<text:s text:c="2"/>words<text:note><text:note-body>'
            "<text:p>A note.</text:p></text:note-body></text:note></text:p>"
            "<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>deep</text:p></text:list-item>"
            "</text:list></text:list-item></text:list>"
            '<table:table><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>wide</text:p>'
            "</table:table-cell><table:covered-table-cell/><table:table-cell><text:p>c</text:p></table:table-cell></table:table-row>"
            "<table:table-row><table:table-cell><text:p>1</text:p></table:table-cell><table:table-cell><text:p>2</text:p>"
            "</table:table-cell><table:table-cell><text:p>3</text:p></table:table-cell></table:table-row></table:table>"
            '<text:p><draw:frame><draw:image xlink:href="Pictures/eye.png"/><svg:desc>The eye</svg:desc></draw:frame></text:p>'
        )
        found = read(put(tmp_path, "a.odt", opendocument(body, more={"Pictures/eye.png": EYE})))
        assert said(found) == [
            ("heading", "Lenses"),
            ("text", "Two  words¹"),
            ("text", "¹ A note."),
            ("text", "- one\n  - deep"),
            ("table", "| wide | wide | c |\n| --- | --- | --- |\n| 1 | 2 | 3 |"),
            ("caption", "The eye"),
        ]
        assert found.figures[0].caption == "The eye"

    def test_a_password_is_named(self, tmp_path):
        manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
        data = opendocument("<text:p>x</text:p>", more={"META-INF/manifest.xml": manifest})
        with pytest.raises(UnreadableDocument, match="password"):
            read(put(tmp_path, "a.odt", data))


class TestRichText:
    def test_notes_raised_digits_hidden_words_and_the_title_are_read_as_meant(self, tmp_path):
        rtf = (
            r"{\rtf1\ansi{\info{\title Thin lenses}{\author A}}\pard H{\sub 2}O{\footnote \pard Water{\i , pure}.} is {\f1\fs20\v secret}"
            r"clear: 10{\b\super -3} m.\par}"
        )
        found = read(put(tmp_path, "a.rtf", rtf))
        assert (found.title, [block.text for block in found.blocks]) == (
            "Thin lenses", ["H₂O (Water, pure.) is clear: 10⁻³ m."],
        )  # fmt: skip

    def test_headings_words_and_tables(self, tmp_path):
        rtf = (
            r"{\rtf1\ansi\ansicpg1252{\stylesheet{\s1\outlinelevel0 heading 1;}}\pard\plain\outlinelevel0 Lenses\par"
            r"\pard\plain They bend caf\'e9 light. \u20809?\par\trowd\cellx1\cellx2 a\cell b\cell\row\trowd\cellx1\cellx2 1\cell 2\cell\row\pard End.\par}"
        )
        found = read(put(tmp_path, "a.rtf", rtf))
        assert said(found) == [
            ("heading", "Lenses"),
            ("text", "They bend café light. 光"),
            ("table", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
            ("text", "End."),
        ]

    def test_it_is_known_whatever_its_name(self, tmp_path):
        assert read(put(tmp_path, "old.doc", r"{\rtf1\ansi Light\par}")).kind == "rich text"


PAGE = """<!doctype html><html><head><title>Light - My school</title><style>p{}</style><script>bad()</script></head><body>
<nav>Home | About</nav><h1>Light</h1><p>It <b>bends</b> at 20&nbsp;°C, <code>n=1</code>,<br>see \\(a^2\\).</p>
%s<footer>Imprint</footer></body></html>"""


class TestWeb:
    def read(self, folder, body, **more):
        return read(put(folder, "page.html", PAGE % body), **more)

    def test_the_page_without_what_only_a_browser_needs(self, tmp_path):
        found = self.read(tmp_path, '<p hidden>secret</p><div class="sidebar">menu</div>')
        assert said(found) == [("heading", "Light"), ("text", "It bends at 20 °C, `n=1`,\nsee $a^2$.")]
        assert (found.title, found.kind) == ("Light", "web")

    @pytest.mark.parametrize(
        ("html", "kind", "text"),
        [
            ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "text", "- a\n  - b\n- c"),
            ('<ol start="3"><li>a<li>b</ol>', "text", "3. a\n4. b"),
            ("<dl><dt>lens</dt><dd>glass</dd></dl>", "text", "lens\n  glass"),
            (
                "<table><tr><th rowspan=2>a<th colspan=2>b<tr><th>x<th>y<tr><td>1<td>2<td>3</table>",
                "table",
                "| a | b | b |\n| --- | --- | --- |\n| a | x | y |\n| 1 | 2 | 3 |",
            ),
            (
                '<div class="highlight-python notranslate"><div class="highlight"><pre><span></span><span>def</span> f():\n    <b>return</b> 1\n</pre></div></div>',
                "code",
                "```python\ndef f():\n    return 1\n```",
            ),
            ('<pre><code class="language-js">a\n  b</code></pre>', "code", "```js\na\n  b\n```"),
            ('<math display="block"><msup><mi>x</mi><mn>2</mn></msup></math>', "formula", "$$x^2$$"),
            (
                '<p><span class="katex"><span class="katex-mathml"><math><semantics><mi>x</mi><annotation encoding="application/x-tex">'
                'x_1</annotation></semantics></math></span><span class="katex-html" aria-hidden="true">x1</span></span></p>',
                "text",
                "$x_1$",
            ),
            ('<script type="math/tex; mode=display">E=mc^2</script>', "formula", "$$E=mc^2$$"),
            ("<p>H<sub>2</sub>O, m<sup>2</sup>, 1<sup>st</sup></p>", "text", "H₂O, m², 1st"),
        ],
    )
    def test_what_is_kept_of_an_element(self, tmp_path, html, kind, text):
        assert said(self.read(tmp_path, html))[-1] == (kind, text)

    def test_a_picture_beside_the_page_is_a_figure_and_no_other_is_fetched(self, tmp_path):
        put(tmp_path, "page_files/eye.png", EYE)
        inside = base64.b64encode(material.picture(["Two"])).decode()
        found = self.read(
            tmp_path,
            '<figure><img src="page_files/eye.png" alt="An eye"><figcaption>Figure 4. The eye</figcaption></figure>'
            '<img src="https://example.org/x.png" alt="far"><img src="../x.png" alt="out"><img src="file:///etc/passwd" alt="own">'
            f'<p><img src="data:image/png;base64,{inside}" alt="inside"></p>',
        )
        assert [(f.locator.figure, f.caption) for f in found.figures] == [(4, "Figure 4. The eye\nAn eye"), (1, "inside")]
        assert len(found.warnings) == 3
        assert {"far", "out", "own"} <= set(texts(found, "caption"))

    @pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5", "utf-16"])
    def test_the_encoding_is_found(self, tmp_path, encoding):
        page = f"<html><head><meta charset={encoding}></head><body><p>光的反射定律</p></body></html>"
        assert texts(read(put(tmp_path, "page.htm", page.encode(encoding)))) == ["光的反射定律"]

    def test_a_page_nested_without_end_is_read(self, tmp_path):
        found = self.read(tmp_path, "<div>" * 5000 + "deep" + "</div>" * 5000)
        assert found.title == "Light"

    def test_entities_of_a_page_open_nothing(self, tmp_path):
        put(tmp_path, "secret.txt", "hush")
        page = '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY s SYSTEM "secret.txt">]><html xmlns="http://www.w3.org/1999/xhtml"><body><p>a&s;b &eacute;</p></body></html>'
        assert "hush" not in str(said(read(put(tmp_path, "page.xhtml", page))))


class TestEbook:
    def test_chapters_in_the_order_of_the_spine_with_their_pictures(self, tmp_path):
        chapters = {
            "z.xhtml": '<h1>One</h1><p>First&nbsp;words<a id="x"/>.</p><img src="img/eye.png" alt="The eye"/>',
            "a.xhtml": "<h1>Two</h1><p>Last words.</p>",
        }
        found = read(put(tmp_path, "book.epub", book(chapters, more={"OEBPS/img/eye.png": EYE})))
        assert said(found) == [
            ("heading", "One"),
            ("text", "First words."),
            ("caption", "The eye"),
            ("heading", "Two"),
            ("text", "Last words."),
        ]
        assert (found.title, found.kind, len(found.figures)) == ("Optics", "ebook", 1)

    def test_a_protected_book_is_refused_and_veiled_fonts_are_no_protection(self, tmp_path):
        def veil(method):
            return f'<encryption><EncryptedData><EncryptionMethod Algorithm="{method}"/></EncryptedData></encryption>'

        def made(method):
            return book({"a.xhtml": "<p>Words.</p>"}, more={"META-INF/encryption.xml": veil(method)})

        assert texts(read(put(tmp_path, "a.epub", made("http://www.idpf.org/2008/embedding")))) == ["Words."]
        with pytest.raises(UnreadableDocument) as refusal:
            read(put(tmp_path, "b.epub", made("http://www.w3.org/2001/04/xmlenc#aes256-cbc")))
        assert refusal.value.code == "document_protected"


class TestNotebook:
    def read(self, folder, *cells, **more):
        notebook = {"nbformat": 4, "metadata": {"language_info": {"name": "python"}}, "cells": list(cells), **more}
        return read(put(folder, "lab.ipynb", json.dumps(notebook)))

    def test_cells_count_from_one_under_the_headings_that_are_written(self, tmp_path):
        png = base64.b64encode(EYE).decode()
        found = self.read(
            tmp_path,
            {"cell_type": "markdown", "source": ["# Loops\n", "They repeat $n$ times."]},
            {
                "cell_type": "code",
                "source": "for i in x:\n    plot(i)",
                "outputs": [
                    {"output_type": "stream", "text": ["\x1b[31mdone\x1b[0m\n"]},
                    {"output_type": "display_data", "data": {"image/png": png, "text/plain": "<Figure size 640x480 with 1 Axes>"}},
                    {"output_type": "execute_result", "data": {"text/html": ["<table><tr><th>a<th>b<tr><td>1<td>2</table>"], "text/plain": "x"}},
                    {"output_type": "error", "ename": "KeyError", "evalue": "'k'", "traceback": []},
                ],
            },
        )  # fmt: skip
        assert [(b.kind, b.text, b.locator.cell) for b in found.blocks] == [
            ("heading", "Loops", 1),
            ("text", "They repeat $n$ times.", 1),
            ("code", "```python\nfor i in x:\n    plot(i)\n```", 2),
            ("code", "```text\ndone\n```", 2),
            ("table", "| a | b |\n| --- | --- |\n| 1 | 2 |", 2),
            ("code", "```text\nKeyError: 'k'\n```", 2),
        ]
        assert (found.figures[0].locator.cell, found.figures[0].locator.heading) == (2, "Loops")

    def test_long_output_is_shortened(self, tmp_path):
        output = {"output_type": "stream", "text": "\n".join(map(str, range(9999)))}
        found = self.read(tmp_path, {"cell_type": "code", "source": "x", "outputs": [output]})
        assert len(found.blocks[-1].text) < 1700 and "9998" in found.blocks[-1].text

    @pytest.mark.parametrize(
        ("data", "code"),
        [('{"cells": [', "document_damaged"), ("[]", "document_not_its_type"), ("hello", "document_damaged"), ("[" * 100_000, "document_damaged")],
    )  # fmt: skip
    def test_what_is_no_notebook_is_refused(self, tmp_path, data, code):
        with pytest.raises(UnreadableDocument, match=r"lab\.ipynb") as refusal:
            read(put(tmp_path, "lab.ipynb", data))
        assert refusal.value.code == code

    def test_cells_of_any_shape_break_nothing(self, tmp_path):
        strange = ({}, {"cell_type": "code", "source": 3, "outputs": [None, {"data": []}]}, {"cell_type": "markdown", "source": None})
        assert self.read(tmp_path, *strange, {"cell_type": "raw", "source": "raw"}).blocks[0].locator.cell == 4


class TestLatex:
    def read(self, folder, body, **more):
        return read(put(folder, "notes.tex", "\\documentclass{article}\\title{Optics}\n\\begin{document}\n" + body + "\n\\end{document}"), **more)

    @pytest.mark.parametrize(
        ("tex", "kind", "text"),
        [
            (r"\section*{Thin \emph{lenses}}", "heading", "Thin lenses"),
            ("50\\% of caf\\'e, Na\\\"{\\i}ve~``x''--y % gone", "text", "50% of café, Naïve “x”–y"),
            (r"\begin{equation}\label{e} E=mc^2 \end{equation}", "formula", "$$E=mc^2$$"),
            (r"\begin{align*} a &= b \\ c &= d \end{align*}", "formula", r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$"),
            (r"\[ x^2 \]", "formula", "$$x^2$$"),
            (r"The index $n_1 \% 2$ and \(m\) \textbf{count}.", "text", r"The index $n_1 \% 2$ and $m$ count."),
            (r"\begin{itemize}\item a \begin{enumerate}\item b\end{enumerate}\item c\end{itemize}", "text", "- a\n  1. b\n- c"),
            (r"\begin{tabular}{l|c}\hline a & $b$ \\ \hline 1 \& & 2 \\\end{tabular}", "table", "| a | $b$ |\n| --- | --- |\n| 1 & | 2 |"),
            ("\\begin{verbatim}\nx % kept\n\\end{verbatim}", "code", "```\nx % kept\n```"),
            ("\\begin{lstlisting}[language=Python]\nx = 1\n\\end{lstlisting}", "code", "```python\nx = 1\n```"),
            (r"\begin{theorem}[Fermat] Light is \verb|fast|. \end{theorem}", "text", "Theorem (Fermat). Light is `fast`."),
            (r"\begin{frame}{A title} \end{frame}", "heading", "A title"),
            (r"\begin{equation} never closed", "formula", "$$never closed$$"),
        ],
    )  # fmt: skip
    def test_what_is_kept(self, tmp_path, tex, kind, text):
        assert said(self.read(tmp_path, tex))[-1] == (kind, text)

    def test_macros_without_arguments_are_written_out_and_bombs_are_not(self, tmp_path):
        assert texts(self.read(tmp_path, r"\newcommand{\vv}{\mathbf{v}}\def\speed{velocity} The \speed\ is $\vv$.")) == [
            r"The velocity is $\mathbf{v}$."
        ]
        letters = "abcdefghijkl"
        bomb = "".join("\\def\\z" + b + "{" + 10 * f"\\z{a}" + "}" for a, b in pairwise(letters))
        assert len(str(said(self.read(tmp_path, rf"\def\za{{lol}}{bomb}\zl Words.")))) < 1_000_000

    def test_figures_are_found_beside_the_source_and_numbered_as_printed(self, tmp_path):
        put(tmp_path, "img/eye.png", EYE)
        found = self.read(
            tmp_path,
            r"\graphicspath{{img/}} See Figure~\ref{f}.\begin{figure}\includegraphics[width=1cm]{eye}\caption{The eye}\label{f}\end{figure}"
            r"\begin{figure}\includegraphics{../../etc/eye}\caption{Other}\end{figure}",
        )
        assert texts(found)[0] == "See Figure 1."
        assert [(f.locator.figure, f.caption) for f in found.figures] == [(1, "Figure 1. The eye")]
        assert len(found.warnings) == 1

    def test_included_files_come_from_the_course_alone(self, tmp_path):
        put(tmp_path, "secret.tex", "hush")
        put(tmp_path / "course", "part.tex", r"Inside. \input{notes}")
        found = self.read(tmp_path / "course", r"\input{part} \input{../secret} \include{gone}")
        assert texts(found) == ["Inside."]
        assert len(found.warnings) == 2


class TestTables:
    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("a.csv", "name,n\n\"Water, pure\",1.33\n"),
            ("a.csv", "name;n\n\"Water, pure\";1.33\n"),
            ("a.csv", "sep=;\nname;n\nWater, pure;1.33\n"),
            ("a.tsv", "name\tn\nWater, pure\t1.33\n"),
            ("a.csv", "name,n\r\n\"Water, pure\",1.33".encode("utf-16")),
        ],
    )  # fmt: skip
    def test_the_delimiter_is_found(self, tmp_path, name, data):
        found = read(put(tmp_path, name, data))
        assert said(found) == [("table", "| name | n |\n| --- | --- |\n| Water, pure | 1.33 |")]

    def test_a_workbook_has_a_heading_for_each_sheet(self, tmp_path):
        import datetime

        import openpyxl

        workbook = openpyxl.Workbook()
        workbook.active.title = "Indices"
        for row in (("Material", "n"), ("Water", 1.33), (None, None), ("Day", "Room"), (datetime.datetime(2024, 5, 1), True)):
            workbook.active.append(row)
        workbook.create_sheet("Secret").append(("only", "here"))
        workbook["Secret"].sheet_state = "hidden"
        workbook.save(tmp_path / "a.xlsx")
        found = read(tmp_path / "a.xlsx")
        assert said(found) == [
            ("heading", "Indices"),
            ("table", "| Material | n |\n| --- | --- |\n| Water | 1.33 |"),
            ("table", "| Day | Room |\n| --- | --- |\n| 2024-05-01 | TRUE |"),
            ("heading", "Secret"),
            ("table", "| only | here |\n| --- | --- |"),
        ]
        assert "Secret is hidden" in found.warnings[0]


class TestSubtitles:
    def segments(self, folder, text, name="a.srt"):
        return segments_of(put(folder, name, text))

    def test_times_are_exact_and_tags_are_gone(self, tmp_path):
        srt = "1\r\n00:00:01,250 --> 00:00:03,999\r\n<i>Light</i> {\\an8}bends\r\nin glass.\r\n\r\n2\r\n01:02:03,004 --> 01:02:05,000\r\n[Music]\r\n\r\n3\r\n01:02:06,000 --> 01:02:07,500\r\n光会\r\n弯曲\r\n"
        assert self.segments(tmp_path, srt) == (
            Segment(1.25, 3.999, "Light bends in glass."),
            Segment(3726.0, 3727.5, "光会弯曲"),
        )

    def test_captions_that_roll_are_said_once(self, tmp_path):
        vtt = (
            "WEBVTT\n\nNOTE made by hand\nwith two lines\n\n00:01.000 --> 00:03.000 align:start\nlight<00:02.000><c> bends</c>\n\n"
            "00:03.000 --> 00:03.010\nlight bends\n\n00:03.010 --> 00:05.000\nlight bends\nwhen it enters\n\n"
            "00:05.000 --> 00:07.000\nwhen it enters\nthe glass\n"
        )
        assert self.segments(tmp_path, vtt, "a.vtt") == (
            Segment(1.0, 3.01, "light bends"),
            Segment(3.01, 5.0, "when it enters"),
            Segment(5.0, 7.0, "the glass"),
        )

    def test_a_file_of_subtitles_is_a_transcript(self, tmp_path):
        found = read(put(tmp_path, "lecture-1.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello.\n"))
        assert [(b.kind, b.text, b.locator.start_s, b.locator.end_s) for b in found.blocks] == [("transcript", "Hello.", 1.0, 2.0)]
        assert (found.kind, found.title, found.duration_s) == ("subtitles", "lecture 1", 2.0)

    def test_what_has_no_times_is_refused(self, tmp_path):
        with pytest.raises(UnreadableDocument, match="holds no times"):
            self.segments(tmp_path, "Hello.")


class TestEncodings:
    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            ("光的反射：反射角等于入射角。", "gb18030"),
            ("光的反射：反射角等於入射角，這就是反射定律。", "big5"),
            ("光的反射角等于入射角 the law", "utf-16-le"),
            ("The law of reflection", "utf-16-be"),
            ("Das Brechungsgesetz für Grenzflächen – größer als “null”, très élevé.", "cp1252"),
            ("反射", "utf-8-sig"),
        ],
    )
    def test_plain_text_is_read_in_any_usual_encoding(self, tmp_path, text, encoding):
        assert texts(read(put(tmp_path, "a.txt", text.encode(encoding)))) == [text]


class TestBadInput:
    @pytest.mark.parametrize("key", [key for key in FORMATS if key not in ("recording", "picture")])
    @pytest.mark.parametrize("data", [b"", b"\x00\x01\x02\xff" * 100, b"PK\x03\x04" + bytes(50)])
    def test_nonsense_is_refused_by_name_whatever_it_is_called(self, tmp_path, key, data):
        name = f"lesson{FORMATS[key].suffixes[0]}"
        with pytest.raises(UnreadableDocument, match=name):
            read(put(tmp_path, name, data))

    def whole(self, folder):
        yield word(folder / "a.docx", lambda document: document.add_paragraph("Words " * 500)).read_bytes(), "docx"
        yield opendocument("<text:p>x</text:p>" * 500), "odt"
        yield book({"a.xhtml": "<p>Words.</p>" * 500}), "epub"

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
    def test_a_file_cut_off_is_refused(self, tmp_path, share):
        for data, suffix in self.whole(tmp_path):
            with pytest.raises(UnreadableDocument, match="lesson"):
                read(put(tmp_path, f"lesson.{suffix}", data[: int(share * len(data))]))

    def test_entities_in_office_files_are_refused(self, tmp_path):
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
        path = word(tmp_path / "a.docx", lambda document: document.add_paragraph("Words"))
        with pytest.raises(UnreadableDocument) as refusal:
            read(put(tmp_path, "bomb.docx", office_material.changed(path, replace={"word/document.xml": bomb})))
        assert refusal.value.code == "document_damaged"

    def test_a_bomb_is_refused_before_it_is_unpacked(self, tmp_path):
        path = word(tmp_path / "a.docx", lambda document: document.add_paragraph("Words"))
        data = office_material.changed(path, replace={"word/document.xml": bytes(60_000_000)})
        with pytest.raises(UnreadableDocument) as refusal:
            read(put(tmp_path, "bomb.docx", data))
        assert refusal.value.code == "archive_unsafe"

    def test_an_office_file_with_a_password_is_told_from_an_old_one(self, tmp_path):
        data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
        with pytest.raises(UnreadableDocument, match="password"):
            read(put(tmp_path, "a.docx", data))
