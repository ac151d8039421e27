"""A model while it is in memory: its weights, its context with whoever serves it, and how prompts are made for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from chatbot.chat_model.disk_prefixes import DiskPrefixes
from chatbot.chat_model.native import NativeModel
from chatbot.chat_model.prefix_store import PrefixStore
from chatbot.chat_model.prompts import PromptMaker
from chatbot.chat_model.scheduler import Scheduler
from chatbot.chat_model.sight import Projector
from chatbot.chat_model.template import ChatTemplate
from chatbot.chat_model.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a model is opened. `threads` 0 means all cores of this process, `gpu_layers` -1 all layers.

    The context is `students` times `context_tokens` long, each never longer than what the model was trained for.
    `cache_mb` is for conversations that are not going on at this moment; `disk_folder`, if any, for what has no room there.
    """

    context_tokens: int = 4096
    threads: int = 0
    gpu_layers: int = 0
    students: int = 4
    most_waiting: int = 32
    cache_mb: int = 256
    disk_folder: Path | None = None
    disk_mb: int = 1000


class Loaded:
    """Raises EngineFailed, naming the file and what to do, when a file cannot be used.

    `store` is that of the same model when it was in memory before.
    """

    def __init__(
        self, model_file: Path, projector_file: Path | None, opening: Opening, store: PrefixStore | None = None
    ) -> None:
        self.native = NativeModel(
            model_file,
            context_tokens=opening.context_tokens,
            streams=opening.students,
            threads=opening.threads,
            gpu_layers=opening.gpu_layers,
        )
        self.projector: Projector | None = None
        try:
            self.vocabulary: Vocabulary = self.native.vocabulary
            template = ChatTemplate(
                self.native.template,
                bos=self.vocabulary.bos_text,
                eos=self.vocabulary.eos_text,
                name=model_file.name,
            )
            if projector_file is not None:
                self.projector = Projector(Path(projector_file), self.native, model_file)
            self._key = _key(model_file, self.native)
            self.store = store or PrefixStore(opening.cache_mb, self._disk(opening))
        except BaseException:
            self._free()
            raise
        self.context_tokens = self.native.context_tokens
        self.prompts = PromptMaker(self.vocabulary, template, self.projector, self.context_tokens, model_file.stem)
        self.scheduler = Scheduler(self.native, self.projector, self.store, most_waiting=opening.most_waiting)

    def shelf(self, folder: Path, most_mb: int) -> DiskPrefixes:
        """What was read for good and lies in that folder; opened once, and again when the folder was removed."""
        known = self.store.shelves.get(folder)
        if known is None or not known.is_there:
            known = DiskPrefixes(folder, most_mb, self._key)
            self.store.add_shelf(folder, known)
        return known

    def end(self) -> None:
        """Breaks off what is being answered, and keeps what was read."""
        self.scheduler.close()
        self.store.flush()

    def close(self) -> None:
        """Frees the memory, after `end`, when nobody uses the model any more."""
        self._free()

    def _disk(self, opening: Opening) -> DiskPrefixes | None:
        folder = opening.disk_folder
        return None if folder is None else DiskPrefixes(folder, opening.disk_mb, self._key)

    def _free(self) -> None:
        if self.projector is not None:
            self.projector.close()
        self.native.close()


def _key(model_file: Path, native: NativeModel) -> str:
    """All that what was read depends on; the file by its size and time, since hashing it takes seconds."""
    about = model_file.stat()
    told = (model_file.name, about.st_size, about.st_mtime_ns, native.streams, native.on_gpu)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
