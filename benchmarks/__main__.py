"""Runs every benchmark and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.report import ROOT, Figure, commit, machine, table

SCRIPTS = (
    "turn", "engine", "classroom", "golden", "typed", "retrieval", "ingest", "adding", "server", "widget", "voice", "learning", "tutoring",
)  # fmt: skip
WITH_MATERIAL = ("retrieval", "ingest", "learning")


def run() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--eval", metavar="FOLDER", help="public course material, for those that measure on it")
    arguments = parser.parse_args()
    text = [
        "# Benchmarks",
        "",
        f"Written by `make bench` on {machine()}, at {commit()}. Times are medians; run it on your machine.",
    ]
    failed = False
    for script in SCRIPTS:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "figures.json"
            command = [sys.executable, "-m", f"benchmarks.{script}", "--json", str(file)]
            command += ["--quick"] if arguments.quick else []
            command += ["--eval", arguments.eval] if arguments.eval and script in WITH_MATERIAL else []
            failed |= subprocess.run(command, cwd=ROOT, check=False).returncode != 0
            found = json.loads(file.read_text(encoding="utf-8"))["figures"]
        figures = [Figure(f["name"], f["value"], f["unit"], f["baseline"], f["bar"], f["smaller"]) for f in found]
        text += ["", f"## benchmarks/{script}.py", "", table(figures)]
    (ROOT / "docs" / "benchmarks.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    return 1 if failed else 0



sys.exit(run())
