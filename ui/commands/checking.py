"""coursemate course verify, and coursemate course repair."""

from __future__ import annotations

from argparse import Namespace

from chatbot.loading import build_engines
from chatbot.settings import Settings
from knowledge.adding import Tools
from knowledge.checking import Finding, verify
from knowledge.errors import CourseDamaged
from knowledge.library import Library
from knowledge.repairing import repair
from ui.commands.courses import transcriber_for
from ui.commands.output import result, tell


def verify_course(arguments: Namespace, settings: Settings) -> int:
    """Exit status 1 when something is wrong; what is only worth knowing does not count."""
    library = Library(settings.courses)
    try:
        findings = verify(library.open(arguments.name))
    except CourseDamaged as error:
        findings = [Finding("database", str(error))]
    for finding in findings:
        result(f"{'WRONG' if finding.wrong else 'note':6} {_subject(finding.document)}{finding.what}")
    if any(finding.wrong for finding in findings):
        tell(f"Make it whole with: coursemate course repair {arguments.name}")
        return 1
    tell(f"The course {arguments.name!r} is whole.")
    return 0


def repair_course(arguments: Namespace, settings: Settings) -> int:
    """Exit status 1 when something must be added again, or is still wrong."""
    library = Library(settings.courses)
    engines = build_engines(settings)
    folder = library.folder_of(arguments.name)
    transcriber = transcriber_for(engines, [folder / "files"])
    tools = Tools(
        engines.load("embedder"), engines.load("seer"), transcriber, settings.limits,
        picture_embedder=engines.load_if_set("picture_embedder"),
    )  # fmt: skip
    lost = False
    for step in repair(library, arguments.name, tools):
        result(f"{'LOST' if step.lost else 'done':6} {_subject(step.document)}{step.what}")
        lost |= step.lost
    left = [finding for finding in verify(library.open(arguments.name)) if finding.wrong]
    library.close()
    tell(f"The course {arguments.name!r} is {'not whole yet' if left else 'whole'}.")
    return 1 if lost or left else 0


def _subject(document: str | None) -> str:
    return f"{document}: " if document else ""
