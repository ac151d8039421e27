"""A chat model whose replies are kept in a file, with the seconds that each took: what was said once need not be said again.

Replies at temperature 0 depend on the prompt alone, so a run that was stopped goes on where it was, and a change of what is done
with replies costs only the prompts that it changes.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from chatbot.chat_model import ChatModel, Message, Sampling


class OutOfTime(Exception):
    """Something would have to be asked anew, and the time for that is over."""


class RememberedChat:
    """A ChatModel. What all replies of this run took, also those of the file: `seconds`, `processor_s` of all cores together (pauses
    and what others compute are not in them) and `read`, tokens of prompts that were not known. `until` ends asking anew.
    """

    def __init__(self, chat: ChatModel, file: Path, until: float) -> None:
        self.name, self.context_tokens, self.sees = chat.name, chat.context_tokens, chat.sees
        self.count_tokens, self.prepare, self.unread = chat.count_tokens, chat.prepare, chat.unread
        self._chat, self._file, self.until = chat, file, until
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        self._kept = {row["key"]: row for line in lines if (row := _row(line))}
        self.seconds, self.processor_s, self.read = 0.0, 0.0, 0
        self.calls: dict[str, list[float]] = {}  # by kind of call: how many, seconds of the processor, tokens read

    def stream(self, messages: Sequence[Message], sampling: Sampling = Sampling()) -> Iterator[str]:
        yield self._told(messages, asdict(sampling), lambda: "".join(self._chat.stream(messages, sampling)))

    def judge(self, messages: Sequence[Message], options: Sequence[str]) -> dict[str, float]:
        return self._told(messages, list(options), lambda: self._chat.judge(messages, options))

    def _told(self, messages, how, ask):
        asked = json.dumps([self.name, [(m.role, m.text) for m in messages], how], ensure_ascii=False)
        key = hashlib.sha256(asked.encode()).hexdigest()[:24]
        if key not in self._kept:
            if time.monotonic() > self.until:
                raise OutOfTime
            began, used, read = time.perf_counter(), time.process_time(), self.unread(messages)
            row = {"key": key, "said": ask(), "seconds": round(time.perf_counter() - began, 3)}
            row |= {"processor_s": round(time.process_time() - used, 3), "read": read, "kind": _kind(how)}
            self._kept[key] = row
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        row = self._kept[key]
        self.seconds += row["seconds"]
        self.processor_s += row["processor_s"]
        self.read += row["read"]
        calls = self.calls.setdefault(row["kind"], [0, 0.0, 0])
        self.calls[row["kind"]] = [calls[0] + 1, calls[1] + row["processor_s"], calls[2] + row["read"]]
        return row["said"]


def _kind(how) -> str:
    if isinstance(how, list):
        return "yes or no" if how == ["Yes", "No"] else "a letter"
    return "in a form" if how.get("schema") else "freely"


def _row(line: str) -> dict | None:
    """A line of the file; None for one that was cut short when the run was stopped, or that says nothing of its cost."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return None
    return row if "processor_s" in row else None
