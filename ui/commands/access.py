"""Who may use a course, and from where: coursemate course origins, course login-secret, key, and teacher password."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from getpass import getpass

from chatbot.settings import Settings
from knowledge.errors import InvalidInput
from knowledge.library import Library
from ui.commands.output import result, result_json, result_table, tell
from ui.gate.origins import Origins
from ui.gate.quotas import Quotas
from ui.gate.teacher import TeacherDoor
from ui.gate.vault import Vault
from ui.gate.visitors import Gate

_VAULT = "access.sqlite"


def open_gate(library: Library, settings: Settings) -> Gate:
    """The gate as the settings and the home make it: the one that the server is given."""
    quotas = Quotas(settings.questions_per_student, settings.questions_per_address, settings.questions_per_course)
    return Gate(library, Vault(settings.home / _VAULT), quotas)


def origins(arguments: Namespace, settings: Settings) -> int:
    """Changes the list of a course's sites, and prints it."""
    listed = Origins(Library(settings.courses)).change(arguments.name, add=arguments.add, remove=arguments.remove)
    if arguments.json:
        result_json(list(listed))
        return 0
    for origin in listed:
        result(origin)
    if not listed:
        tell(f"No site may show {arguments.name!r}. List one with: coursemate course origins {arguments.name} --add https://…")
    return 0


def login_secret(arguments: Namespace, settings: Settings) -> int:
    """Prints what a course's site signs its students' names with."""
    Library(settings.courses).folder_of(arguments.name)
    result(Vault(settings.home / _VAULT).site_secret(arguments.name))
    return 0


def create_key(arguments: Namespace, settings: Settings) -> int:
    library = Library(settings.courses)
    for course in arguments.course:
        library.folder_of(course)
    result(Vault(settings.home / _VAULT).create_key(arguments.name, tuple(arguments.course)))
    tell("This is shown once. A program sends it as: Authorization: Bearer KEY")
    return 0


def list_keys(arguments: Namespace, settings: Settings) -> int:
    keys = Vault(settings.home / _VAULT).keys()
    if arguments.json:
        result_json([{"name": key.name, "courses": list(key.courses), "made": round(key.made)} for key in keys])
    elif not keys:
        tell("No key yet. Make one with: coursemate key create NAME")
    else:
        made = [time.strftime("%Y-%m-%d", time.localtime(key.made)) for key in keys]
        rows = [(key.name, ", ".join(key.courses) or "all", day) for key, day in zip(keys, made, strict=True)]
        result_table(("name", "courses", "made"), rows)
    return 0


def revoke_key(arguments: Namespace, settings: Settings) -> int:
    Vault(settings.home / _VAULT).revoke_key(arguments.name)
    tell(f"The key {arguments.name!r} is no longer taken.")
    return 0


def teacher_password(arguments: Namespace, settings: Settings) -> int:
    """Sets it, the first or anew; a server that runs takes it at once. Without a terminal, one line of the input is it."""
    password = sys.stdin.readline().rstrip("\n") if not sys.stdin.isatty() else _typed_twice()
    TeacherDoor(Vault(settings.home / _VAULT)).set_anew(password)
    tell("The password is set. Whoever was signed in as the teacher has to sign in again.")
    return 0


def _typed_twice() -> str:
    password = getpass("New password for the teacher's pages: ")
    if getpass("The same once more: ") != password:
        raise InvalidInput("The two passwords are not the same. Type the same one twice.", code="password_differs")
    return password
