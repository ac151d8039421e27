"""The coursemate command: arguments in, one command called, an exit status out."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from chatbot.settings import Settings, read_settings
from knowledge.errors import CoursemateError

WAYS = ("explain", "hint", "check", "lesson", "practise")  # of tutoring, said here so that --help imports no engine
Command = Callable[[argparse.Namespace, Settings], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done (also "the course does not say"), 1 a failure that was reported, 2 wrong usage."""
    parsed = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if parsed.verbose else logging.ERROR, format="%(name)s: %(message)s")
    _keep_libraries_quiet()
    try:
        settings = read_settings(host=getattr(parsed, "host", None), port=getattr(parsed, "port", None))
        return _command(parsed.run)(parsed, settings)
    except CoursemateError as error:
        print(f"coursemate: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ncoursemate: stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _command(dotted: str) -> Command:
    module, _, function = dotted.partition(":")
    return getattr(import_module(f"ui.commands.{module}"), function)


def _keep_libraries_quiet() -> None:
    """No telemetry, no look at a hub, no progress bars of libraries in between ours."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="coursemate", description="A course tutor on your own machine.")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell what happens, for finding faults")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_serving(commands)
    _add_asking(commands)
    _add_courses(commands)
    _add_keys(commands)
    _add_teacher(commands)
    _add_weights(commands)
    return parser


def _add_serving(commands) -> None:
    serve = _add(commands, "serve", "serving:serve", "open the tutor in the browser")
    serve.add_argument("--host", help="the address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, help="the port to listen on (7860); 0: any free one")
    serve.add_argument("--open", action="store_true", help="open the page in this machine's browser")
    _add(commands, "doctor", "doctor:doctor", "say what is here, what is missing and what to do")


def _add_asking(commands) -> None:
    ask = _add(commands, "ask", "asking:ask", "ask a course a question")
    ask.add_argument("words", nargs="*", metavar="[COURSE] QUESTION", help="the course may be left out if there is one")
    ask.add_argument("--audio", type=Path, metavar="FILE", help="a spoken question")
    ask.add_argument("--image", type=Path, metavar="FILE", help="a picture to the question")
    ask.add_argument("--way", choices=WAYS, default="explain", help="how to be helped (explain)")
    ask.add_argument("--speak", type=Path, metavar="OUT.wav", help="write the spoken answer to this file")
    ask.add_argument("--json", action="store_true", help="print one JSON object")
    search = _add(commands, "search", "courses:search", "find the passages that bear on a query")
    search.add_argument("course")
    search.add_argument("query")
    search.add_argument("-k", type=int, default=10, help="how many passages (10)")
    search.add_argument("--image", type=Path, metavar="FILE", help="a picture: its words and the figure it shows are searched for")
    search.add_argument("--document", action="append", default=[], metavar="PATH", help="only in this document; may be repeated")
    search.add_argument("--section", default="", metavar="WORDS", help="only under headings with these words")
    search.add_argument("--json", action="store_true", help="print one JSON object")
    search.add_argument("--why", action="store_true", help="with --json: how strong the evidence is, and why each was found")
    evaluate = _add(commands, "eval", "evaluating:evaluate_course", "put a golden set to a course and print figures")
    evaluate.add_argument("course")
    evaluate.add_argument("golden", type=Path, metavar="GOLDEN.jsonl")
    evaluate.add_argument("--retrieval-only", action="store_true", help="do not write answers: seconds, not minutes")
    evaluate.add_argument("--details", type=Path, metavar="FILE", help="write one JSON line a question")
    evaluate.add_argument("--compare", type=Path, metavar="FILE", help="an earlier run's --details, to compare with")
    evaluate.add_argument("--html", type=Path, metavar="FILE", help="write a page with a plot")
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")


def _add_courses(commands) -> None:
    course = commands.add_parser("course", help="create, fill, list and remove courses")
    actions = course.add_subparsers(title="actions", required=True, metavar="ACTION")
    create = _add(actions, "create", "courses:create", "make an empty course")
    create.add_argument("name")
    create.add_argument("--title", default="", help="what students see (the name)")
    create.add_argument("--language", default="en", help="the language most of it is in (en)")
    listing = _add(actions, "list", "courses:list_all", "list the courses")
    listing.add_argument("--json", action="store_true", help="print one JSON list")
    remove = _add(actions, "remove", "courses:remove", "delete a course, or one document of it")
    remove.add_argument("name")
    remove.add_argument("--document", default="", help="only this document")
    add = _add(actions, "add", "courses:add_paths", "add files or folders; the course is made if there is none")
    add.add_argument("name")
    add.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    add.add_argument("--language", default=None, help="the language of a course that is made now (en)")
    add.add_argument("--sync", action="store_true", help="remove documents whose files are gone from these folders")
    add.add_argument("--json", action="store_true", help="print one JSON line a file")
    read = _add(actions, "read", "courses:read", "let the chat model read a course now, instead of while nobody asks")
    read.add_argument("name")
    embed = _add(actions, "embed", "courses:embed", "embed a course anew, for another language or embedder")
    embed.add_argument("name")
    embed.add_argument("--language", default="", help="what the course is in from now on: en, zh, or mixed")
    origins = _add(actions, "origins", "access:origins", "list the sites that may show a course in their pages")
    origins.add_argument("name")
    origins.add_argument("--add", action="append", default=[], metavar="ORIGIN", help="such as https://moodle.school.example")
    origins.add_argument("--remove", action="append", default=[], metavar="ORIGIN")
    origins.add_argument("--json", action="store_true", help="print one JSON list")
    secret = _add(actions, "login-secret", "access:login_secret", "show what a course's site signs its students' names with")
    secret.add_argument("name")
    verify = _add(actions, "verify", "checking:verify_course", "check a course: its files, its database, its search")
    verify.add_argument("name")
    repair = _add(actions, "repair", "checking:repair_course", "build anew what is damaged, from the files as given")
    repair.add_argument("name")


def _add_keys(commands) -> None:
    key = commands.add_parser("key", help="make, list and revoke keys for programs")
    actions = key.add_subparsers(title="actions", required=True, metavar="ACTION")
    create = _add(actions, "create", "access:create_key", "make a key, which is shown once")
    create.add_argument("name")
    create.add_argument("--course", action="append", default=[], metavar="NAME", help="only for this course; may be repeated")
    listing = _add(actions, "list", "access:list_keys", "list the keys, by name")
    listing.add_argument("--json", action="store_true", help="print one JSON list")
    revoke = _add(actions, "revoke", "access:revoke_key", "take a key no longer")
    revoke.add_argument("name")


def _add_teacher(commands) -> None:
    teacher = commands.add_parser("teacher", help="who may open the teacher's pages")
    actions = teacher.add_subparsers(title="actions", required=True, metavar="ACTION")
    _add(actions, "password", "access:teacher_password", "set the password of the teacher's pages, the first or a new one")


def _add_weights(commands) -> None:
    weights = commands.add_parser("weights", help="list, fetch and verify weight files")
    actions = weights.add_subparsers(title="actions", required=True, metavar="ACTION")
    for name, function, words in (
        ("list", "weights:list_all", "list the weights of the profiles"),
        ("pull", "weights:pull", "fetch what is missing, and go on where it was interrupted"),
        ("verify", "weights:verify", "compare every file with its SHA-256"),
    ):
        action = _add(actions, name, function, words)
        action.add_argument("profile", nargs="?", default=None, help="a profile or one set of weights")


def _add(commands, name: str, run: str, words: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
    parser.set_defaults(run=run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
