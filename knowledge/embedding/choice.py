"""Which embedder a course gets: the English one for English, a multilingual one for everything else and for mixtures.

A course records the one it was made with, and is searched with that one alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from knowledge.embedding import Embedder
from knowledge.errors import EngineFailed


class Embedders:
    """Embedders by name, each loaded when it is first needed. Used as one embedder, it is the `usual` one."""

    def __init__(
        self, factories: Mapping[str, Callable[[], Embedder]], usual: str, by_language: Mapping[str, str] | None = None
    ) -> None:
        """`by_language`: language code -> name; "" stands for every language that is not named, and for mixtures."""
        self._factories, self._usual = dict(factories), usual
        self._by_language = dict(by_language or {"": usual})
        self._loaded: dict[str, Embedder] = {}
        self._turn = threading.Lock()

    def named(self, name: str) -> Embedder:
        """The embedder of that name. Raises EngineFailed naming those there are, or what loading it raised."""
        with self._turn:
            if name not in self._loaded:
                if name not in self._factories:
                    known = ", ".join(self._factories)
                    raise EngineFailed(
                        f"There is no embedder named {name!r} here; there are {known}. Embed the course anew with: "
                        "coursemate course embed NAME",
                        code="engine_failed",
                        name=name,
                        reason=f"only {known}",
                        remedy="coursemate course embed NAME",
                    )
                self._loaded[name] = self._factories[name]()
            return self._loaded[name]

    def for_language(self, language: str) -> Embedder:
        """The one for a new course in this language."""
        return self.named(self._by_language.get(language) or self._by_language.get("") or self._usual)

    @property
    def name(self) -> str:
        return self._default.name

    @property
    def dimensions(self) -> int:
        return self._default.dimensions

    @property
    def most_tokens(self) -> int:
        return self._default.most_tokens

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        return self._default.embed_passages(texts)

    def embed_query(self, text: str) -> np.ndarray:
        return self._default.embed_query(text)

    def count_tokens(self, text: str) -> int:
        return self._default.count_tokens(text)

    @property
    def _default(self) -> Embedder:
        return self.named(self._usual)
