"""What the reading process denies itself before it opens a file. Nothing here can be undone by that process.

| | Linux | macOS |
|---|---|---|
| memory | RLIMIT_AS: the kernel refuses | the parent looks four times a second and ends it |
| processor time, open files, core dumps | limits of the kernel | limits of the kernel |
| writing to files | RLIMIT_FSIZE 0, and Landlock where the kernel has it | RLIMIT_FSIZE 0 |
| reading other files | Landlock where the kernel has it; else what the user may read | what the user may read |
| network, other programs, other processes | seccomp: the kernel refuses (x86-64, ARM64) | an audit hook |

The audit hook is there on both. It stops Python code, which is what a careless library runs; it does not stop machine
code that an attacker smuggled in through a parser's fault. Against that only the kernel's means help.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_MB = 1_000_000
_OPEN_FILES = 64
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2  # linux/prctl.h, linux/seccomp.h

# System calls by machine; numbers from the kernel's tables. Denied: sockets, new processes and programs, reaching into
# other processes, leaving the process group (so that the parent's kill reaches all), and roads around this filter.
_ARCHITECTURES = {
    "x86_64": (
        0xC000003E,
        "41 42 43 44 46 49 50 53 57 58 59 62 101 109 112 129 155 160 161 165 248 249 250 272 288 298 304 307 308 310 311 "
        "321 322 323 424 425 434 438",
        {"clone": 56, "clone3": 435, "prlimit64": 302},
    ),
    "aarch64": (
        0xC00000B7,
        "40 41 51 97 117 129 138 154 157 164 198 199 200 201 202 203 206 211 217 218 219 221 241 242 265 268 269 270 271 "
        "280 281 282 424 425 434 438",
        {"clone": 220, "clone3": 435, "prlimit64": 261},
    ),
}
_CLONE_THREAD = 0x00010000
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # classic BPF
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data


def limit_resources(memory_mb: int, seconds: int) -> None:
    """Limits memory to so much more than is used now, processor time, open files; no byte goes into a file."""
    limit_memory(memory_mb)
    _limit(resource.RLIMIT_CPU, seconds)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)


def limit_memory(memory_mb: int) -> None:
    _limit(resource.RLIMIT_AS, _used() + memory_mb * _MB)


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses some; the parent's clock and look at memory remain
        resource.setrlimit(kind, (most, most))


def _used() -> int:
    """Address space in use now, in bytes; libraries that are loaded already are not the file's fault."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def deny_in_python() -> None:
    """Raises PermissionError wherever Python opens a socket, starts a program, or opens a file for writing."""

    def watch(event: str, arguments: tuple) -> None:
        if event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "os.kill")):
            raise PermissionError(f"a file that is read may not do this: {event}")
        if event == "open" and len(arguments) > 2 and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise PermissionError(f"a file that is read may not write: {arguments[0]!r}")

    sys.addaudithook(watch)


def deny_other_files(readable: Iterable[Path], listable: Iterable[Path] = ()) -> bool:
    """Linux: leaves only these files and folders, and Python's own, readable, and nothing writable; whether it worked.

    Of `listable` folders the names may be seen, and nothing be read.
    """
    if not sys.platform.startswith("linux"):
        return False
    call = _libc().syscall
    version = call(444, None, 0, 1)
    if version < 1:
        return False
    rights = (1 << 13) - 1 | (1 << 13 if version >= 2 else 0) | (1 << 14 if version >= 3 else 0)
    ruleset = call(444, struct.pack("<Q", rights), 8, 0)
    if ruleset < 0:
        return False
    names_only = set(listable)
    for path in {*readable, *_own_folders(), *names_only}:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        # execute, read a file, and list a folder
        allowed = 0b1000 if path in names_only else 0b1101 if path.is_dir() else 0b101
        call(445, ruleset, 1, struct.pack("<Qi", allowed, place), 0)
        os.close(place)
    _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    done = call(446, ruleset, 0) == 0
    os.close(ruleset)
    return done


def _own_folders() -> set[Path]:
    """Where Python, its packages and the system's libraries lie: modules are loaded when first needed."""
    system = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types", "/proc/self")
    found = {Path(sys.prefix), Path(sys.base_prefix), *(Path(folder) for folder in sys.path if folder)}
    return {path for path in (*found, *map(Path, system)) if path.exists() and path != Path(path.anchor)}


def deny_system_calls() -> bool:
    """Linux: the kernel refuses the calls listed above from now on; whether it worked."""
    machine = _ARCHITECTURES.get({"arm64": "aarch64"}.get(platform.machine(), platform.machine()))
    if not sys.platform.startswith("linux") or machine is None or sys.maxsize < 1 << 32:
        return False
    instructions = _program(*machine)
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *each) for each in instructions))
    program = struct.pack("<HxxxxxxQ", len(instructions), ctypes.addressof(code))
    prctl = _libc().prctl
    return prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0 and prctl(_SET_SECCOMP, _FILTER_MODE, program, 0, 0) == 0


def _program(architecture: int, denied: str, special: dict[str, int]) -> list[tuple[int, int, int, int]]:
    """(operation, skip if true, skip if false, operand) each; a jump counts the instructions that it leaves out."""
    refuse, allow, unknown = (_RETURN, 0, 0, _ERRNO | _EPERM), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | _ENOSYS)
    program = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), refuse, (_LOAD, 0, 0, _NUMBER)]
    if architecture == _ARCHITECTURES["x86_64"][0]:
        program += [(_AT_LEAST, 0, 1, 0x40000000), refuse]  # the same calls under their x32 numbers
    for number in map(int, denied.split()):
        program += [(_EQUAL, 0, 1, number), refuse]
    # A thread is no new process. clone3 hides its flags behind a pointer, so libraries are sent to clone.
    program += [(_EQUAL, 0, 1, special["clone3"]), unknown]
    program += [(_EQUAL, 0, 3, special["clone"]), (_LOAD, 0, 0, _ARGUMENTS), (_ANY_BIT, 1, 0, _CLONE_THREAD), refuse]
    # Limits may be asked for, not set: the third argument, 64 bits wide, points to the new one.
    program += [(_LOAD, 0, 0, _NUMBER), (_EQUAL, 0, 5, special["prlimit64"])]
    program += [(_LOAD, 0, 0, _ARGUMENTS + 16), (_EQUAL, 0, 2, 0), (_LOAD, 0, 0, _ARGUMENTS + 20), (_EQUAL, 1, 0, 0)]
    return [*program, refuse, allow]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
