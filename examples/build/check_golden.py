"""Check that the golden and dev sets point at places that exist, and say how many questions of each kind there are.

    .venv/bin/pip install pypdfium2 python-pptx
    .venv/bin/python examples/build/check_golden.py
"""

import json
from collections import Counter
from pathlib import Path

import pypdfium2
from pptx import Presentation

EXAMPLES = Path(__file__).resolve().parent.parent
COURSE = EXAMPLES / "sample-course"


def places(document: str) -> set:
    """What a locator in this document may name."""
    path = COURSE / document
    if path.suffix == ".pdf":
        return {("page", n + 1) for n in range(len(pypdfium2.PdfDocument(path)))}
    if path.suffix == ".pptx":
        return {("slide", n + 1) for n in range(len(Presentation(path).slides))}
    if path.suffix == ".md":
        return {("heading", line.lstrip("# ").strip()) for line in path.read_text("utf-8").splitlines() if line.startswith("#")}
    if path.suffix == ".mp3":
        times = json.loads((EXAMPLES / "build/lecture-times.json").read_text("utf-8"))
        return {("start_s", t["start_s"]) for t in times} | {("end_s", t["end_s"]) for t in times}
    return set()


def complaints(entry: dict) -> list[str]:
    found = [f"{entry['id']}: {file} is missing" for file in (entry.get("image"), entry.get("audio")) if file and not (EXAMPLES / file).exists()]
    for place in entry["relevant"]:
        if not (COURSE / place["document"]).exists():
            found.append(f"{entry['id']}: {place['document']} is missing")
        elif not set(place["locator"].items()) <= places(place["document"]):
            found.append(f"{entry['id']}: no {place['locator']} in {place['document']}")
    if (entry["kind"] == "unanswerable") != (not entry["relevant"]):
        found.append(f"{entry['id']}: {len(entry['relevant'])} relevant places, kind {entry['kind']}")
    return found


def main():
    entries, wrong = [], []
    for name in ("sample-course.golden.jsonl", "sample-course.dev.jsonl"):
        lines = [json.loads(line) for line in (EXAMPLES / name).read_text("utf-8").splitlines()]
        print(name, len(lines), dict(Counter(entry["kind"] for entry in lines)))
        entries += lines
    for what in ("id", "question"):
        wrong += [f"{what} twice: {value}" for value, n in Counter(e[what] for e in entries).items() if n > 1]
    wrong += [line for entry in entries for line in complaints(entry)]
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
