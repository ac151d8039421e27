"""What a teacher does, in a real browser, over a real library and real reading; only the embedder costs nothing."""

from __future__ import annotations

import base64
from types import SimpleNamespace

import pytest

from tests.browser.conftest import serve
from tests.material import LIPSUM, paragraph, pdf
from tests.small_course import make_small_course
from tests.teaching_app import signed_in, teaching_app, teaching_parts

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

LENSES = b"# Lenses\n\nA lens bends light towards its axis.\n"
BROKEN = b"%PDF-1.4 and nothing"


@pytest.fixture
def live_server(tmp_path):
    """In place of the one with fakes: `url`, and what is behind it."""
    parts = teaching_parts(tmp_path)
    make_small_course(parts.settings.home / "courses")
    app = teaching_app(parts)
    with serve(app) as url:
        yield SimpleNamespace(url=url, app=app, bench=app.state.bench, **vars(parts))
    app.state.bench.close()
    parts.library.close()


@pytest.fixture
def new_page(new_page, live_server):
    """Pages of a teacher who is signed in."""

    def make(*size, **options):
        page = new_page(*size, **options)
        cookies = signed_in(live_server.app)
        page.context.add_cookies([{"name": name, "value": token, "url": live_server.url} for name, token in cookies.items()])
        return page

    make.trouble = new_page.trouble
    return make


@pytest.fixture
def embedder(live_server):
    return live_server.engines.load("embedder")


@pytest.fixture
def open_course(new_page, live_server):
    def opening(name: str = "optics", **options):
        page = new_page(**options)
        page.goto(f"{live_server.url}/teach?course={name}")
        return page

    return opening


def given(name: str, content: bytes) -> dict:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def panel(page, status: str):
    """The panel of a drop in this state."""
    return page.locator(f'.ct-panel[data-status="{status}"]')


def wait_until(page, script: str) -> None:
    """Playwright's own wait evaluates strings in the page, which its policy forbids."""
    for _ in range(300):
        if page.evaluate(script):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {script}")


def drop_folder(page, files: dict[str, bytes]) -> None:
    """Drops a folder as a file manager does. A script cannot make entries, so these are told by the test."""
    told = {path: base64.b64encode(content).decode() for path, content in files.items()}
    page.evaluate(
        """(files) => {
          const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          const entry = (path, inside) => {
            const name = path.split("/").pop();
            if (inside in files && inside === path)
              return { name, isFile: true, fullPath: `/${path}`, file: (take) => take(new File([bytes(files[path])], name)) };
            const below = [...new Set(Object.keys(files).filter((one) => one.startsWith(`${path}/`))
              .map((one) => one.slice(path.length + 1).split("/")[0]))];
            return { name, isDirectory: true, fullPath: `/${path}`, createReader: () => {
              let some = below.map((one) => entry(`${path}/${one}`, `${path}/${one}` in files ? `${path}/${one}` : path));
              return { readEntries: (take) => { const now = some.splice(0, 2); take(now); } };
            } };
          };
          const roots = [...new Set(Object.keys(files).map((path) => path.split("/")[0]))];
          const items = roots.map((root) => ({ kind: "file", webkitGetAsEntry: () => entry(root, root in files ? root : "") }));
          const event = new Event("drop", { bubbles: true, cancelable: true });
          Object.defineProperty(event, "dataTransfer", { value: { items } });
          document.getElementById("ct-drop").dispatchEvent(event);
        }""",
        told,
    )


def test_a_course_is_created_and_its_first_file_added(new_page, live_server):
    page = new_page()
    page.goto(f"{live_server.url}/teach")
    expect(page.locator("h1")).to_have_text("Your courses")
    page.get_by_label("Title").fill("Waves & Sound 声学")
    expect(page.get_by_label("Short name")).to_have_value("waves-sound-声学")
    page.get_by_role("button", name="Create course").click()
    expect(page.locator("h1")).to_have_text("Waves & Sound 声学")
    page.set_input_files("#ct-files", [given("lenses.md", LENSES)])
    expect(panel(page, "done")).to_contain_text("Finished: 1 added or replaced")
    expect(page.locator(".ct-file")).to_contain_text(["lenses.md"])
    expect(page.locator("#ct-counts")).to_have_text("1 file · 1 passage · 0 figures")


def test_a_name_that_is_taken_is_said_at_the_form(new_page, live_server):
    page = new_page()
    page.goto(f"{live_server.url}/teach")
    page.get_by_label("Title").fill("Optics")
    page.get_by_role("button", name="Create course").click()
    expect(page.get_by_role("alert")).to_contain_text("There is already a course named “optics”")
    expect(page.get_by_label("Short name")).to_be_focused()
    forget_refusals(new_page)


def forget_refusals(new_page) -> None:
    """A refusal is an error to the browser's console, and wanted here."""
    new_page.trouble[:] = [line for line in new_page.trouble if "the server responded with a status of" not in line]


def test_a_dropped_folder_keeps_its_paths_and_leaves_litter_behind(open_course, live_server):
    page = open_course()
    files = {
        "week 1/lenses.md": LENSES,
        "week 1/deep/镜子.md": "# 镜子\n\n镜子反射光。\n".encode(),
        "week 1/.DS_Store": b"x",
    }
    drop_folder(page, files | {"week 1/deep/more.md": b"# More\n\nMore words.\n", "alone.md": b"# Alone\n\nAlone.\n"})
    expect(panel(page, "done")).to_contain_text("Finished: 4 added or replaced, 0 unchanged, 0 not added")
    paths = [document.path for document in live_server.library.open("optics").documents()]
    assert {"week 1/lenses.md", "week 1/deep/镜子.md", "week 1/deep/more.md", "alone.md"} < set(paths)
    expect(page.locator(".ct-folder")).to_have_text(["week 1", "week 1/deep"])


def test_a_chosen_folder_keeps_its_paths(open_course, tmp_path, live_server):
    (tmp_path / "given" / "week2").mkdir(parents=True)
    (tmp_path / "given" / "week2" / "lenses.md").write_bytes(LENSES)
    page = open_course()
    page.set_input_files("#ct-folder", tmp_path / "given")
    expect(panel(page, "done")).to_be_visible()
    assert live_server.library.open("optics").document("given/week2/lenses.md")


def test_progress_is_seen_survives_reloading_and_is_the_same_in_two_tabs(open_course, embedder):
    page, other = open_course(), open_course()
    with embedder.held():
        page.set_input_files("#ct-files", [given("a.md", LENSES), given("b.md", b"# B\n\nMore on light.\n")])
        for tab in (page, other):
            expect(panel(tab, "running")).to_contain_text("Reading files: 0 of 2 done")
            expect(tab.get_by_role("progressbar", name="Progress of a.md")).to_be_visible()
            expect(panel(tab, "running")).to_contain_text("How long this takes is not known yet")
        page.reload()
        expect(panel(page, "running")).to_contain_text("Reading files: 0 of 2 done")
        page.set_input_files("#ct-files", [given("c.md", b"# C\n\nStill more.\n")])
        expect(panel(page, "queued")).to_contain_text("Waiting its turn. Files: 1")
    for tab in (page, other):
        expect(panel(tab, "done")).to_have_count(2)
        expect(tab.locator('.ct-file[data-document="c.md"]')).to_be_visible()
    expect(other.locator("#cm-live")).to_contain_text("a.md: added, passages: 1")


def test_reading_is_stopped_after_asking_and_what_was_read_stays(open_course, embedder, live_server):
    page = open_course()
    with embedder.held():
        page.set_input_files("#ct-files", [given("a.md", LENSES), given("b.md", b"# B\n\nMore on light.\n")])
        assert embedder.at_work.wait(30)  # what is stopped earlier is stopped at once
        panel(page, "running").get_by_role("button", name="Stop").click()
        expect(page.get_by_role("dialog")).to_contain_text("Stop reading?")
        page.keyboard.press("Escape")
        expect(panel(page, "running")).to_be_visible()
        expect(panel(page, "running").get_by_role("button", name="Stop")).to_be_focused()
        panel(page, "running").get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Stop reading").click()
        expect(panel(page, "stopping")).to_be_visible()
    expect(panel(page, "stopped")).to_contain_text("Stopped.")
    assert live_server.library.open("optics").document("b.md") is None
    panel(page, "stopped").get_by_role("button", name="Dismiss").click()
    expect(page.locator("#ct-jobs .ct-panel")).to_have_count(0)


def test_a_refused_file_is_named_with_its_remedy_and_the_rest_is_there(open_course):
    page = open_course()
    page.set_input_files("#ct-files", [given("broken.pdf", BROKEN), given("lenses.md", LENSES)])
    refused = page.locator("#ct-lists .ct-refused")
    expect(refused).to_contain_text("broken.pdf is damaged or not what its name says. Save it anew")
    expect(page.locator('.ct-file[data-document="lenses.md"]')).to_be_visible()
    expect(page.locator("#cm-live")).to_contain_text("broken.pdf is damaged")
    page.reload()
    expect(refused).to_be_visible()
    refused.get_by_role("button", name="Dismiss").click()
    expect(refused).to_have_count(0)


def test_a_file_that_is_too_large_is_refused_and_the_others_go_on(open_course, new_page):
    page = open_course()
    page.set_input_files("#ct-files", [given("film.mp4", b"x" * 2_500_000), given("lenses.md", LENSES)])
    expect(page.locator("#ct-uploads")).to_contain_text("film.mp4 is larger than 2 MB. Split it and add the parts.")
    expect(page.locator('.ct-file[data-document="lenses.md"]')).to_be_visible()
    page.locator("#ct-uploads").get_by_role("button", name="Dismiss").click()
    expect(page.locator("#ct-uploads")).to_be_empty()
    forget_refusals(new_page)


def test_an_upload_shows_how_far_it_is_here_and_that_it_comes_elsewhere_and_can_be_cancelled(open_course, live_server):
    page = open_course()
    held = []
    page.route("**/file?*", lambda route: held.append(route))  # it never arrives
    page.set_input_files("#ct-files", [given("a.md", LENSES), given("b.md", LENSES)])
    upload = page.locator("#ct-uploads .is-upload")
    expect(upload).to_contain_text("Uploading 1 of 2")
    expect(upload.get_by_role("progressbar", name="Upload progress")).to_be_visible()
    expect(upload).to_contain_text("Stay on this page")
    expect(page.locator("#ct-jobs .ct-panel")).to_have_count(0)  # said once, not twice
    other = open_course()
    expect(panel(other, "arriving")).to_contain_text("Files arriving")
    upload.get_by_role("button", name="Cancel").click()
    expect(upload).to_have_count(0)
    expect(page.locator("#ct-jobs .ct-panel")).to_have_count(0)
    assert live_server.bench.look("optics").jobs == ()


def test_a_file_is_replaced_where_it_stands(open_course, live_server):
    page = open_course()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Replace snell.md").click()
    chooser.value.set_files([given("anything.md", b"# Snell\n\nQuite new words.\n")])
    expect(panel(page, "done")).to_contain_text("1 added or replaced")
    assert "Quite new words" in live_server.library.open("optics").chunks("snell.md")[0].text


def test_a_file_is_removed_after_asking(open_course, live_server):
    page = open_course()
    remove = page.get_by_role("button", name="Remove snell.md")
    remove.click()
    expect(page.get_by_role("dialog")).to_contain_text("Remove snell.md?")
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Enter")
    expect(remove).to_be_focused()
    remove.click()
    page.get_by_role("button", name="Remove the file").click()
    expect(page.locator(".ct-file")).to_have_count(4)
    expect(page.locator("#cm-live")).to_contain_text("snell.md was removed.")
    assert live_server.library.open("optics").document("snell.md") is None


def test_a_course_is_removed_only_by_typing_its_name(open_course, live_server):
    page = open_course()
    page.get_by_role("button", name="Remove the course…").click()
    agree = page.locator("#ct-ask-yes")
    expect(agree).to_be_disabled()
    page.get_by_label("Type optics to confirm").fill("optic")
    expect(agree).to_be_disabled()
    page.get_by_label("Type optics to confirm").press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Type optics to confirm").fill("optics")
    agree.click()
    expect(page.locator("h1")).to_have_text("Your courses")
    expect(page.locator("main")).to_contain_text("There is no course yet.")
    assert live_server.library.names() == []


def test_all_files_are_saved_as_a_zip(open_course):
    page = open_course()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all files (ZIP)").click()
    assert download.value.suggested_filename == "optics.zip"


def test_what_was_read_stands_beside_the_page(open_course):
    page = open_course()
    page.set_input_files("#ct-files", [given("book.pdf", pdf(paragraph(60, 300, LIPSUM), ""))])
    page.get_by_role("link", name="book.pdf").click()
    expect(page.locator("h2").first).to_have_text("Page 1")
    place = page.locator(".ct-place").first
    image = place.locator("img")
    wait_until(page, "document.querySelector('.ct-place img')?.naturalWidth === 900")
    text = place.locator(".ct-passage")
    expect(text).to_contain_text("A lens bends the light that goes through")
    assert image.bounding_box()["x"] + image.bounding_box()["width"] < text.bounding_box()["x"], "side by side"
    expect(page.locator(".ct-place").nth(1)).to_contain_text("Nothing was read here.")
    page.get_by_role("link", name="Light and lenses").click()
    expect(page.locator("#ct-drop")).to_be_visible()


def test_a_recording_plays_from_a_passage(open_course):
    page = open_course()
    page.get_by_role("link", name="lecture.wav").click()
    wait_until(page, "document.querySelector('.ct-player')?.readyState > 0")
    page.get_by_role("button", name="Play from 0:04").click()
    wait_until(page, "document.querySelector('.ct-player')?.currentTime >= 4")


def test_formulas_are_set_in_what_was_read(open_course):
    page = open_course()
    page.get_by_role("link", name="snell.md").click()
    expect(page.locator(".ct-passage .katex").first).to_be_visible()


def test_the_page_speaks_chinese(open_course, embedder):
    page = open_course(locale="zh-CN")
    expect(page.locator("#ct-drop-title")).to_have_text("把文件或整个文件夹拖到这里")
    page.set_input_files("#ct-files", [given("坏.pdf", BROKEN), given("透镜.md", LENSES)])
    expect(panel(page, "done")).to_contain_text("已完成：添加或替换 1 个，未变 0 个，未能添加 1 个")
    expect(page.locator("#ct-lists .ct-refused")).to_contain_text("坏.pdf 已损坏")
    page.get_by_role("button", name="English").click()
    expect(page.locator("#ct-drop-title")).to_have_text("Drop files or a whole folder here")
    expect(panel(page, "done")).to_contain_text("Finished: 1 added")


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize(
    "address",
    [
        "teach",
        "teach?course=optics",
        "teach?course=optics&document=refraction.pdf",
        "teach?course=optics&document=lenses.pptx",
    ],
)
def test_nothing_scrolls_sideways_on_a_phone(new_page, live_server, width, address):
    page = new_page(width=width, height=844)
    page.goto(f"{live_server.url}/{address}")
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_targets_on_a_phone_are_large_enough_for_a_finger(open_course):
    page = open_course(width=390, height=844)
    small = page.eval_on_selector_all(
        "main button, main a.ct-button, .ct-header button",
        "all => all.map((one) => one.getBoundingClientRect()).filter((box) => box.width && (box.height < 44 || box.width < 44)).length",
    )
    assert small == 0


def test_it_is_dark_where_the_reader_wants_dark_and_can_be_switched(open_course):
    page = open_course(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 28, 35)"
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_everything_is_reached_by_keyboard(open_course):
    page = open_course()
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.textContent.trim() || document.activeElement.getAttribute('aria-label')"
            )
        )
    wanted = [
        "Skip to the content",
        "Your courses",
        "Ask as a student",
        "Choose files",
        "Choose a folder",
        "What can be read?",
        "eye.png",
        "Replace eye.png",
        "Remove eye.png",
    ]
    assert [name for name in wanted if name not in reached] == []


def test_a_student_at_this_machine_finds_the_teachers_page(new_page, live_server):
    page = new_page()
    page.goto(live_server.url)
    page.get_by_role("link", name="Teacher").click()
    expect(page.locator("h1")).to_have_text("Your courses")


def test_a_student_can_ask_while_files_are_read(open_course, embedder, live_server, new_page):
    page = open_course()
    with embedder.held():
        page.set_input_files("#ct-files", [given("a.md", LENSES)])
        expect(panel(page, "running")).to_be_visible()
        asked = page.request.post(
            f"{live_server.url}/api/ask", multipart={"course": "optics", "question": "Why does light bend?"}
        )
        assert "event: done" in asked.text()
        expect(panel(page, "running")).to_be_visible()
    expect(panel(page, "done")).to_be_visible()
