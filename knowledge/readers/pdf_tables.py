"""Tables on a PDF page: those between rules, and those whose cells clearly stand in columns. What is unclear stays text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from knowledge.readers.pdf_figures import Graphic
from knowledge.readers.pdf_layout import Line, Segment
from knowledge.reading_order import in_lines


def take_ruled_tables(segments: Sequence[Segment], graphics: Sequence[Graphic]) -> list[Segment]:
    """Replaces the text of every ruled table by one segment of kind "table" that holds it as Markdown."""
    kept = list(segments)
    for rules, x0, x1 in _stacks(graphics):
        for found in _tabular_stretches(rules, x0, x1, kept):
            inner = _with_open_rows(found, x0, x1, kept)
            top, bottom = inner[0], inner[-1]
            inside = [
                s for s in kept if s.kind == "text" and x0 - 4 <= _middle_x(s) <= x1 + 4 and top < _middle_y(s) < bottom
            ]
            rows = _grid(inside, inner, [g for g in graphics if _is_upright(g) and top - 3 < g.y0 < bottom])
            if rows is None:
                continue
            box = (x0, top, x1, bottom)
            size = inside[0].size
            kept = [s for s in kept if s not in inside]
            kept.append(Segment(to_markdown(rows), *box, size=size, kind="table"))
    return kept


def take_aligned_tables(lines: Sequence[Line]) -> list[Line]:
    """Replaces three or more lines whose segments stand in the same columns by one line that holds a table."""
    found: list[Line] = []
    index = 0
    while index < len(lines):
        end = index
        while end < len(lines) and _tabular(lines[end]) and _same_columns(lines[index], lines[end]):
            end += 1
        if end - index >= 3 and _short_cells(lines[index:end]):
            rows = [[segment.text for segment in line.segments] for line in lines[index:end]]
            found.append(_table_line(lines[index:end], to_markdown(rows)))
            index = end
        else:
            found.append(lines[index])
            index += 1
    return found


def to_markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a Markdown table whose first row is the header."""
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines)


def _stacks(graphics: Sequence[Graphic]) -> list[tuple[list[float], float, float]]:
    """Level rules that span the same width, top to bottom: (heights, x0, x1). Rules drawn cell by cell are joined."""
    pieces: list[list[float]] = []  # y, x0, x1
    levels = [(g.y0 + g.y1) / 2 for g in graphics if g.is_rule and g.x1 - g.x0 > 8]
    spans = [(g.x0, g.x1) for g in graphics if g.is_rule and g.x1 - g.x0 > 8]
    for g in graphics:  # the upper and lower edges of cells drawn as boxes
        if g.kind == "path" and not g.is_rule and g.y1 - g.y0 < 80 and g.x1 - g.x0 > 20:
            levels += [g.y0, g.y1]
            spans += [(g.x0, g.x1)] * 2
    for y, (x0, x1) in sorted(zip(levels, spans, strict=True)):
        for piece in pieces:
            if abs(piece[0] - y) < 2 and x0 < piece[2] + 4 and x1 > piece[1] - 4:
                piece[1], piece[2] = min(piece[1], x0), max(piece[2], x1)
                break
        else:
            pieces.append([y, x0, x1])
    stacks: list[tuple[list[float], float, float]] = []
    for y, x0, x1 in pieces:
        if x1 - x0 < 60:
            continue
        for heights, left, right in stacks:
            if abs(left - x0) < 6 and abs(right - x1) < 6:
                heights.append(y)
                break
        else:
            stacks.append(([y], x0, x1))
    return [stack for stack in stacks if len(stack[0]) >= 2]


def _tabular_stretches(rules: Sequence[float], x0: float, x1: float, segments: Sequence[Segment]):
    """The rules of every stretch of a stack that holds cells; running text between two tables parts them."""
    stretch: list[float] = []
    for top, bottom in pairwise(rules):
        inside = [s for s in segments if top < _middle_y(s) < bottom and s.x1 > x0 and s.x0 < x1]
        prose = any(s.x1 - s.x0 > 0.75 * (x1 - x0) or s.x0 < x0 - 8 or s.x1 > x1 + 8 for s in inside)
        if inside and not prose:
            stretch = stretch or [top]
            stretch.append(bottom)
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _with_open_rows(rules: list[float], x0: float, x1: float, segments: Sequence[Segment]) -> list[float]:
    """The rules with the header above the first and the row below the last added, where those edges are not drawn."""
    near = [s for s in segments if s.kind == "text" and x0 - 4 <= s.x0 and s.x1 <= x1 + 4]
    size = next((s.size for s in near if rules[0] < _middle_y(s) < rules[-1]), 10.0)
    above = [s for s in near if 0 < rules[0] - _middle_y(s) < 1.6 * size]
    below = [s for s in near if 0 < _middle_y(s) - rules[-1] < 1.6 * size]
    if len(above) >= 2:
        rules = [min(s.y0 for s in above) - 1, *rules]
    if len(below) >= 2:
        rules = [*rules, max(s.y1 for s in below) + 1]
    return rules


def _grid(inside: Sequence[Segment], rules: Sequence[float], uprights: Sequence[Graphic]) -> list[list[str]] | None:
    """The cells, row by row; None when there are not two columns and two rows, or the cells are prose."""
    if not inside:
        return None
    columns = _columns(inside, sorted((g.x0 + g.x1) / 2 for g in uprights))
    lines = in_lines(inside)
    if len(columns) < 2 or len(lines) < 2:
        return None
    rows: list[list[str]] = []
    between = len(rules) - 1
    # three level rules alone are top, middle and bottom, with many rows under the middle one; more of them part rows
    by_rule = between >= 0.6 * len(lines) and (between >= 3 or bool(uprights))
    band = -1
    for number, line in enumerate(lines):
        cells = _cells(line, columns)
        here = sum(rule < _middle_y(line[0]) for rule in rules)
        head = here == 1 and between >= 2  # all lines above the second rule are the header
        wrapped = not cells[0] and number > 0 and line[0].y0 - lines[number - 1][0].y1 < 0.5 * line[0].size
        if rows and here == band and (by_rule or head or wrapped):
            rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
        band = here
    full = sum(bool(cell) for row in rows for cell in row)
    letters = sum(len(cell) for row in rows for cell in row)
    if len(rows) < 2 or full < 0.5 * len(rows) * len(columns) or letters / max(full, 1) > 90:
        return None
    return rows


def _columns(segments: Sequence[Segment], uprights: Sequence[float]) -> list[tuple[float, float]]:
    """The spans of the columns: what no segment covers, or an upright rule, parts two of them."""
    spans: list[list[float]] = []
    for segment in sorted(segments, key=lambda s: s.x0):
        if spans and segment.x0 < spans[-1][1] + 0.3 * segment.size:
            spans[-1][1] = max(spans[-1][1], segment.x1)
        else:
            spans.append([segment.x0, segment.x1])
    for x in uprights:
        for index, (x0, x1) in enumerate(spans):
            if x0 + 2 < x < x1 - 2:
                spans[index : index + 1] = [[x0, x], [x, x1]]
                break
    return [(x0, x1) for x0, x1 in spans]


def _cells(line: Sequence[Segment], columns: Sequence[tuple[float, float]]) -> list[str]:
    cells = [""] * len(columns)
    for segment in line:
        best = max(range(len(columns)), key=lambda i: min(segment.x1, columns[i][1]) - max(segment.x0, columns[i][0]))
        cells[best] = f"{cells[best]} {segment.text}".strip()
    return cells


def _tabular(line: Line) -> bool:
    return len(line.segments) >= 2 and all(segment.kind == "text" for segment in line.segments)


def _same_columns(first: Line, line: Line) -> bool:
    """Whether two lines have as many cells, and each stands under the other: left, right or middle aligned."""
    if len(first.segments) != len(line.segments):
        return False
    slack = 0.4 * line.size
    return all(
        abs(a.x0 - b.x0) < slack or abs(a.x1 - b.x1) < slack or abs(_middle_x(a) - _middle_x(b)) < slack
        for a, b in zip(first.segments, line.segments, strict=True)
    )


def _short_cells(lines: Sequence[Line]) -> bool:
    """Whether the cells are too short for prose in columns. Formulas with a number at the margin are no table."""
    texts = [segment.text for line in lines for segment in line.segments]
    numbered = all(line.segments[-1].text.startswith("(") and len(line.segments) == 2 for line in lines)
    return not numbered and sum(map(len, texts)) / len(texts) < 30


def _table_line(lines: Sequence[Line], markdown: str) -> Line:
    x0, x1 = min(line.x0 for line in lines), max(line.x1 for line in lines)
    y0, y1 = lines[0].y0, lines[-1].y1
    segment = Segment(markdown, x0, y0, x1, y1, lines[0].size, kind="table")
    return Line([segment], markdown, x0, x1, y0, y1, lines[0].size, False)


def _is_upright(graphic: Graphic) -> bool:
    return graphic.x1 - graphic.x0 <= 2.5 and graphic.y1 - graphic.y0 > 8


def _middle_x(segment: Segment) -> float:
    return (segment.x0 + segment.x1) / 2


def _middle_y(segment: Segment) -> float:
    return (segment.y0 + segment.y1) / 2
