"""Words that try to act, in a real browser: in questions, answers, titles, file names, headings, quotes, captions of figures
the name of the course, and questions, options and concepts of practice, on the student's pages, in the widget and on the teacher's pages.
None may run or be fetched.

docs/embed.md tells what is tried. EVAL_MATERIAL may name a folder with more of it (injection.json: a list with "user_input").
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from chatbot.conversation import Cited, Done, Found, Said
from chatbot.learning.bank import QuestionBank
from chatbot.learning.course_map import Concept, CourseMap, Place
from chatbot.learning.map_file import write_map
from chatbot.learning.questions import Question
from chatbot.learning.record import LearningRecord
from chatbot.learning.tracing import Tracing
from chatbot.store import Store
from knowledge.documents import Chunk, Document, Figure, Locator
from knowledge.library import Library
from tests.browser.conftest import open_page, serve
from tests.browser.host_site import host_site
from tests.fakes import FakeEngines, FakeTutor, serving_settings
from tests.teaching_app import signed_in
from ui.gate.quotas import Quotas
from ui.gate.visitors import Gate
from ui.server import create_app

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

HOSTILE = {
    "a script": "<script>self.hacked=1</script>",
    "a handler": "<img src=x onerror=self.hacked=1>",
    "a drawing": "<svg/onload=self.hacked=1><animate onbegin=self.hacked=1 attributeName=x dur=1s>",
    "a frame": '"><iframe srcdoc="<script>self.hacked=1</script>"></iframe>',
    "a form": "<form action=https://evil.example><button formaction=javascript:self.hacked=1>x</button></form>",
    "a style": "<style>@import 'https://evil.example/x.css'; * { background: url(https://evil.example/b) }</style>",
    "a link element": "<link rel=stylesheet href=https://evil.example/x.css><base href=https://evil.example/>",
    "a redirect": "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "a picture": "![x](https://evil.example/leak.png) ![y](//evil.example/y.png) ![z][z]\n\n[z]: https://evil.example/z.png",
    "a script link": "[press](javascript:self.hacked=1) [press](JaVaScRiPt:self.hacked=1) <javascript:self.hacked=1>",
    "a data link": "[press](data:text/html,<script>self.hacked=1</script>) [press](vbscript:x) [press](file:///etc/passwd)",
    "an entity": "&lt;script&gt;self.hacked=1&lt;/script&gt; &#60;img src=x onerror=self.hacked=1&#62;",
    "code": "`<img src=x onerror=self.hacked=1>`\n\n```html\n</code></pre><script>self.hacked=1</script>\n```",
    "a formula": "$\\href{javascript:self.hacked=1}{x}$ $\\includegraphics{https://evil.example/f.png}$ $<img src=x onerror=self.hacked=1>$",
    "a formula with HTML": "\\(\\htmlData{x=1}{a} \\htmlStyle{background:url(https://evil.example)}{b}\\) $$\\url{javascript:self.hacked=1}$$",
    "the end of a script": "</script><script>self.hacked=1</script> </textarea></title></style><img src=x onerror=self.hacked=1>",
    "the end of an attribute": "' onmouseover='self.hacked=1' \" autofocus onfocus=\"self.hacked=1\" x=\"",
    "a template": "{{constructor.constructor('self.hacked=1')()}} ${self.hacked=1} <%= 1 %> {user} {0} %s",
    "citations": "[1](javascript:self.hacked=1) [1][2] [<img src=x onerror=self.hacked=1>] [1]\n\n[1]: javascript:self.hacked=1",
    "bent letters": "<scr\u0000ipt>self.hacked=1</script> \u202e<img src=x onerror=self.hacked=1>\u202c ＜script＞self.hacked=1＜/script＞",
}
SHORT = "<img src=x onerror=self.hacked=1>"  # for places that hold a line, and a path, which has no slash


class EchoTutor(FakeTutor):
    """Says back what it is asked, with every passage as a source."""

    def _tell(self, turn):
        yield Found(turn.question, tuple(self.passages))
        yield Said(turn.question)
        yield from (Cited(citation) for citation in self._cited())
        yield Done(self._answer(turn, "answered", turn.question, None, None, self._cited()))


@pytest.fixture(scope="module")
def live_server(tmp_path_factory):
    home = tmp_path_factory.mktemp("hostile")
    (home / "courses").mkdir()
    library = Library(home / "courses")
    course = library.create("optics", title=f"Optics {SHORT}", embedder="fake", dimensions=4)
    for n, words in enumerate(HOSTILE.values()):
        file = home / "given.md"
        file.write_text(f"# {words}\n\n{words}\n", encoding="utf-8")
        chunks = [Chunk(f"{words}. And so on.", Locator(heading=words), (words, SHORT)), Chunk(words, Locator(heading=SHORT), kind="picture")]
        figures = (Figure(Locator(heading=words, figure=1), dot(), caption=words, text=words),)
        document = Document(f"{n:02} {SHORT}.md", f"{n} {words}", "markdown", "en", (), figures)
        course.store(document, file, chunks, np.eye(4, dtype=np.float32)[[0, 1]])
    ask_about(course)
    passages = tuple(chunk for document in course.documents() for chunk in course.chunks(document.path))
    parts = SimpleNamespace(
        tutor=EchoTutor(passages), library=library, store=Store(home / "c.sqlite"), engines=FakeEngines(),
        gate=Gate(library, quotas=Quotas(0, 0, 0)), settings=serving_settings(home=home, most_file_mb=2),
        record=LearningRecord(home / "learning.sqlite", Tracing()),
    )  # fmt: skip
    app = create_app(**vars(parts))
    with serve(app) as url, host_site(url) as host:
        parts.gate.origins.change("optics", add=[host])
        yield SimpleNamespace(url=url, host=host, app=app, course=course, **vars(parts))
    app.state.bench.close()
    app.state.writing.close()
    parts.record.close()


def ask_about(course) -> None:
    """A concept and a question of each of the words: in the text, the options and the quote."""
    concepts = []
    for n, (words, document) in enumerate(zip(HOSTILE.values(), course.documents(), strict=True)):
        place = Place(document.path, Locator(heading=words))
        concepts.append(Concept(f"c{n}", words[:200], (), (place,)))
        options = (words, f"{words} or not", f"{SHORT} {n}")
        QuestionBank(course.folder).put(Question(f"q{n:02}", f"c{n}", "choice", words, options, (0,), place=place, quote=words))
    write_map(course.folder, CourseMap(tuple(concepts)), after=0)


def dot() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(picture, "PNG")
    return picture.getvalue()


def told_by_others() -> list[str]:
    """Injections of the evaluation material, several to a question."""
    folder = os.environ.get("EVAL_MATERIAL")
    if not folder or not (file := Path(folder) / "injection.json").is_file():
        return []
    lines = [one["user_input"] for one in json.loads(file.read_text(encoding="utf-8"))]
    return ["\n\n".join(lines[at : at + 8])[:4000] for at in range(0, len(lines), 8)]


def questions() -> list[str]:
    return [*HOSTILE.values(), *told_by_others()]


def harmless(page) -> None:
    """Nothing ran, in the page or in a frame, and nothing on it leads where it could."""
    page.wait_for_timeout(100)
    assert page.evaluate("window.hacked") is None
    for frame in page.frames:
        assert frame.evaluate("window.hacked") is None
        bad = frame.evaluate(
            """() => { const found = [];
            const look = (root) => { for (const one of root.querySelectorAll("*")) {
              if (one.shadowRoot) look(one.shadowRoot);
              for (const { name, value } of one.attributes)
                if (/^on/.test(name) || /^\\s*(javascript|vbscript|data:text|file):/i.test(value) || (/^(src|srcset|action|formaction|background)$/.test(name) && /evil/.test(value)))
                  found.push(one.outerHTML.slice(0, 200));
            } };
            look(document); return found; }"""
        )
        assert bad == []


def test_on_the_students_page(new_page, live_server):
    page = new_page()
    open_page(page, live_server.url)
    harmless(page)
    for n, question in enumerate(questions(), start=1):
        page.locator("#cm-box .submit-button").wait_for()  # which stops the answer until it is over
        page.fill("#cm-box textarea", question)
        page.press("#cm-box textarea", "Enter")
        expect(page.locator(".cm-question-text")).to_have_count(n)
        page.wait_for_selector("#cm-turn .is-done")
        harmless(page)
    for note in page.locator("#cm-turn .cm-note").all()[:4]:
        note.click()
        page.wait_for_selector("#cm-source-body *")
        harmless(page)


def test_in_the_widget(chromium, live_server):
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    ours = (live_server.url, live_server.host, "blob:", "data:")
    page.on("request", lambda asked: asked.url.startswith(ours) or trouble.append(asked.url))
    page.goto(live_server.host)
    page.locator(".launcher").click()
    for n, question in enumerate(questions(), start=1):
        page.locator("textarea").fill(question)
        page.keyboard.press("Enter")
        expect(page.locator(".turn")).to_have_count(n)
        expect(page.locator(".turn").last).to_have_attribute("data-stage", "done")
        harmless(page)
    for note in page.locator(".turn").last.locator(".note").all()[:4]:
        note.click()
        expect(page.frame_locator("iframe").locator("#cm-source-body > *").first).to_be_visible()
        harmless(page)
    page.reload()
    page.locator(".launcher").click()
    expect(page.locator(".turn")).to_have_count(len(questions()))
    harmless(page)
    context.close()
    assert trouble == []


def test_in_practice_in_the_widget_and_on_its_own_page(chromium, live_server):
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    ours = (live_server.url, live_server.host, "blob:", "data:")
    page.on("request", lambda asked: asked.url.startswith(ours) or trouble.append(asked.url))
    page.goto(live_server.host)
    page.locator(".launcher").click()
    page.locator("[data-do=practise]").click()
    for n in range(len(HOSTILE)):
        expect(page.locator(".practice > form > .soft").first).to_contain_text(f"Question {n + 1}", timeout=15_000)
        if page.locator("[data-do=hint]").is_enabled():
            page.locator("[data-do=hint]").click()
            expect(page.locator(".hint")).to_have_count(1)
        page.locator(".option").nth(n % 3).click()
        page.locator(".practice .primary").click()
        expect(page.locator(".outcome")).to_be_visible()
        harmless(page)
        if n == 0:
            page.locator(".outcome .place-button").click()
            expect(page.frame_locator("iframe").locator("#cm-source-body > *").first).to_be_visible()
            harmless(page)
        page.locator("[data-do=next]").click()
    expect(page.locator(".over")).to_be_visible()
    for view in ("today", "practice", "progress"):
        page.goto(f"{live_server.url}/learn?course=optics&view={view}")
        expect(page.locator("#cl-view")).not_to_contain_text("One moment")
        harmless(page)
    context.close()
    assert trouble == []


def test_on_the_teachers_pages(new_page, live_server):
    page = new_page()
    page.context.add_cookies([{"name": name, "value": token, "url": live_server.url} for name, token in signed_in(live_server.app).items()])
    page.goto(f"{live_server.url}/teach")
    harmless(page)
    page.locator(".ct-course").click()
    expect(page.locator(".ct-file")).to_have_count(len(HOSTILE))
    harmless(page)
    page.goto(f"{live_server.url}/teach?course=optics&part=questions")
    expect(page.locator("body")).to_contain_text("self.hacked=1")
    harmless(page)
    page.goto(f"{live_server.url}/teach?course=optics")
    expect(page.locator(".ct-file")).to_have_count(len(HOSTILE))
    for link in [one.get_attribute("href") for one in page.locator(".ct-file a").all()]:
        page.goto(f"{live_server.url}/{link}")
        harmless(page)
