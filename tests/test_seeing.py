"""What is read in a picture, in which order, and what is said about the rest."""

from __future__ import annotations

import io
import socket
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw

from knowledge.picture import decode_picture, encode_picture
from knowledge.readers import read
from knowledge.reading_order import in_lines, in_reading_order
from knowledge.seeing import RapidSeer, Seer, Sight, TextBox, _unseen
from tests import material


@pytest.fixture(scope="module")
def seer() -> RapidSeer:
    return RapidSeer()


def boxes(*places: tuple[str, float, float, float, float]) -> Sight:
    """A sight of 1000 x 1000 pixels; places are (text, x0, y0, x1, y1) in pixels."""
    return Sight(
        tuple(TextBox(t, 1.0, a / 1000, b / 1000, c / 1000, d / 1000) for t, a, b, c, d in places), False, 1000, 1000
    )


class TestOrder:
    def test_lines_run_from_top_to_bottom_and_left_to_right(self):
        sight = boxes(("three", 20, 50, 120, 70), ("two", 150, 22, 220, 42), ("one", 20, 20, 130, 40))
        assert sight.text == "one two\nthree"

    def test_two_columns_are_read_one_after_the_other(self):
        left = [(f"left {i}", 20, 100 + 30 * i, 440, 120 + 30 * i) for i in range(5)]
        right = [(f"right {i}", 520, 105 + 30 * i, 950, 125 + 30 * i) for i in range(5)]
        title = ("Title over both", 200, 20, 800, 50)
        order = boxes(*right, title, *left).text.split()
        assert order[:3] == ["Title", "over", "both"]
        assert order[3:] == [w for side in ("left", "right") for i in range(5) for w in (side, str(i))]

    def test_wide_gaps_are_kept_so_that_cells_can_be_told(self):
        sight = boxes(
            ("Water", 20, 20, 100, 40), ("1.33", 400, 20, 460, 40), ("Ice", 20, 50, 60, 70), ("1.31", 400, 50, 460, 70)
        )
        assert sight.text == "Water\t1.33\nIce\t1.31"

    def test_chinese_boxes_side_by_side_join_without_a_space(self):
        assert boxes(("光的", 20, 20, 60, 40), ("折射", 62, 20, 100, 40)).text == "光的折射"

    def test_nothing_seen_is_no_text(self):
        assert Sight().text == ""
        assert not Sight().has_text

    def test_columns_part_only_where_a_gutter_stays_open(self):
        class Box:
            def __init__(self, x0, y0, x1, y1):
                self.x0, self.y0, self.x1, self.y1 = x0, y0, x1, y1

        cells = [Box(x, 20 * y, x + 30, 20 * y + 10) for y in range(5) for x in (0, 300)]
        assert len(in_reading_order(cells)) == 1
        assert [len(line) for line in in_lines(cells)] == [2] * 5


class TestUnseen:
    def sight(self, draw) -> bool:
        canvas = Image.new("RGB", (600, 400), "white")
        draw(ImageDraw.Draw(canvas))
        return _unseen(np.asarray(canvas), [TextBox("x", 1.0, 0.1, 0.1, 0.3, 0.2)])

    @pytest.mark.parametrize(
        ("draw", "unseen"),
        [
            (lambda d: None, False),
            (lambda d: d.rectangle((70, 45, 170, 75), fill="black"), False),
            (lambda d: [d.line((50, 100 + 12 * i, 550, 380 - 9 * i), fill="black", width=3) for i in range(15)], True),
        ],
        ids=["empty", "only where text is", "drawing"],
    )
    def test_a_drawing_is_told_from_text(self, draw, unseen):
        assert self.sight(draw) is unseen

    @pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3), (65, 11)])
    def test_odd_sizes_do_no_harm(self, size):
        _unseen(np.zeros((size[1], size[0], 3), np.uint8), [])


class TestReading:
    def test_it_is_a_seer(self, seer):
        assert isinstance(seer, Seer)

    def test_english_lines_are_read_in_order(self, seer):
        sight = seer.look(decode_picture(material.picture(["Light bends in glass", "and meets at the focus"])))
        assert [line for line in sight.text.split("\n") if line] == ["Light bends in glass", "and meets at the focus"]
        first = sight.boxes[0]
        assert 0 < first.x0 < first.x1 < 1
        assert first.confidence > 0.9
        assert not sight.unseen

    @pytest.mark.parametrize("color", ["white", "black", "gray"])
    def test_an_empty_picture_has_no_text(self, seer, color):
        sight = seer.look(encode_picture(Image.new("RGB", (400, 300), color)))
        assert (sight.has_text, sight.text, sight.unseen) == (False, "", False)

    @pytest.mark.parametrize("size", [(1, 1), (4, 1200), (1200, 4)])
    def test_pictures_of_odd_sizes_are_looked_at_without_harm(self, seer, size):
        assert not seer.look(encode_picture(Image.new("RGB", size, "white"))).has_text

    def test_noise_gives_no_text(self, seer):
        noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
        assert not seer.look(encode_picture(Image.fromarray(noise))).has_text

    def test_a_picture_turned_by_its_camera_is_read_upright(self, seer):
        exif = Image.Exif()
        exif[0x0112] = 3
        canvas = Image.open(io.BytesIO(material.picture(["Refraction"]))).rotate(180)
        out = io.BytesIO()
        canvas.save(out, format="JPEG", exif=exif, quality=90)
        assert "Refraction" in seer.look(decode_picture(out.getvalue())).text

    @pytest.mark.parametrize("angle", [90, 270])
    def test_a_line_up_the_side_is_read(self, seer, angle):
        label = Image.open(io.BytesIO(material.picture(["growth rate"], size=(300, 100)))).rotate(angle, expand=True)
        canvas = Image.new("RGB", (500, 400), "white")
        canvas.paste(label, (20, 40))
        assert seer.look(encode_picture(canvas)).text == "growth rate"

    def test_a_word_that_looks_like_another_upside_down_is_not_turned_over(self, seer):
        assert seer.look(decode_picture(material.picture(["pupil"], size=(240, 100)))).text == "pupil"

    def test_a_picture_upside_down_is_turned_over(self, seer):
        words = ["Light bends in glass", "and meets at the focus"]
        over = Image.open(io.BytesIO(material.picture(words))).rotate(180)
        sight = seer.look(encode_picture(over))
        assert [line for line in sight.text.split("\n") if line] == words
        assert all(box.y0 > 0.5 for box in sight.boxes)

    def test_several_threads_may_look_at_once(self, seer):
        pictures = [
            decode_picture(material.picture([word], size=(320, 120))) for word in ("Mirror", "Prism", "Lens", "Focus")
        ]
        with ThreadPoolExecutor(4) as pool:
            assert [sight.text for sight in pool.map(seer.look, pictures)] == ["Mirror", "Prism", "Lens", "Focus"]

    def test_no_connection_is_ever_opened(self, monkeypatch):
        def refuse(*args, **kwargs):
            raise AssertionError("a connection was opened")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        assert RapidSeer().look(decode_picture(material.picture(["Lens"], size=(320, 120)))).text == "Lens"

    def test_a_scanned_page_is_read_into_the_document(self, seer, tmp_path):
        scan = material.picture(["The focal length", "of a thin lens"], size=(600, 850), format="JPEG")
        path = tmp_path / "scan.pdf"
        path.write_bytes(material.pdf(material.image(0, 0, 595, 842), jpeg=scan))
        found = read(path, seer=seer)
        assert " ".join(" ".join(b.text for b in found.blocks).split()) == "The focal length of a thin lens"
        assert {(b.kind, b.locator.page) for b in found.blocks} == {("picture", 1)}
