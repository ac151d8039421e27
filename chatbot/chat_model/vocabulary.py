"""Text to tokens and back, with a model's own vocabulary; and the border between markup and data."""

from __future__ import annotations

import ctypes
import re

import llama_cpp

_MARKED = (
    llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED | llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN
)


class Vocabulary:
    """Wraps llama.cpp's vocabulary of a loaded model; valid as long as the model is. Safe to use from any thread."""

    def __init__(self, model: int) -> None:
        self.pointer = llama_cpp.llama_model_get_vocab(model)
        self.size = llama_cpp.llama_vocab_n_tokens(self.pointer)
        self._bos = llama_cpp.llama_vocab_bos(self.pointer)
        self._adds_bos = llama_cpp.llama_vocab_get_add_bos(self.pointer)
        self.bos_text = self._name(self._bos)
        self.eos_text = self._name(llama_cpp.llama_vocab_eos(self.pointer))
        self._marked = self._marked_names()
        self._guard = self._tokenize("\n", markup=True)
        # SentencePiece vocabularies put a space before whatever they are given, so before each part of a prompt.
        self.adds_space = self.to_bytes(self._tokenize("x", markup=False)[0]).startswith(b" ")

    def tokenize(self, text: str) -> list[int]:
        """The tokens of a text that is data: none of them is a control token, whatever the text says."""
        tokens: list[int] = []
        for at, part in enumerate(self._marked.split(text)):
            if at % 2:  # a name: cut in two it is none, and what is left of it may hold another
                tokens += self._continued(part[0], markup=False) + self.tokenize(part[1:])
            else:
                tokens += self._continued(part, markup=False)
        return tokens

    def tokenize_markup(self, text: str) -> list[int]:
        """The tokens of a template's text, control tokens included."""
        return self._continued(text, markup=True)

    def open(self, tokens: list[int]) -> list[int]:
        """The tokens of a whole prompt, with the beginning-of-text token that this model wants, once."""
        return [self._bos, *tokens] if self._adds_bos and tokens[:1] != [self._bos] else tokens

    def to_bytes(self, token: int) -> bytes:
        """What a token writes: a part of a UTF-8 text, not always whole characters; control tokens write nothing."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            used = llama_cpp.llama_token_to_piece(self.pointer, token, buffer, size, 0, False)
            if used >= 0:
                return buffer.raw[:used]
            size = -used

    def ends_reply(self, token: int) -> bool:
        """End of text or of turn, or any other control token: a model that opens a turn has ended its own."""
        return llama_cpp.llama_vocab_is_eog(self.pointer, token) or llama_cpp.llama_vocab_is_control(self.pointer, token)

    def _continued(self, text: str, *, markup: bool) -> list[int]:
        """The tokens of a part of a prompt, without the space that a vocabulary would put before a beginning."""
        if not text:
            return []
        if not getattr(self, "adds_space", False):
            return self._tokenize(text, markup=markup)
        tokens = self._tokenize("\n" + text, markup=markup)
        size = len(self._guard)
        return tokens[size:] if tokens[:size] == self._guard else self._tokenize(text, markup=markup)

    def _tokenize(self, text: str, *, markup: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 2
        while True:
            tokens = (llama_cpp.llama_token * room)()
            used = llama_cpp.llama_tokenize(self.pointer, data, len(data), tokens, room, False, markup)
            if used >= 0:
                return tokens[:used]
            room = -used

    def _name(self, token: int) -> str:
        return (
            (llama_cpp.llama_vocab_get_text(self.pointer, token) or b"").decode("utf-8", "replace") if token >= 0 else ""
        )

    def _marked_names(self) -> re.Pattern[str]:
        """Finds the names of all tokens that mean something to a model, such as <|im_end|>; kept by split().

        User-defined tokens are among them, because llama.cpp reads them even in text that is declared to be data.
        White space is left alone: some vocabularies define runs of spaces.
        """
        attribute = llama_cpp.llama_vocab_get_attr
        tokens = (token for token in range(self.size) if attribute(self.pointer, token) & _MARKED)
        names = {name for token in tokens if len(name := self._name(token).strip()) > 1}
        return re.compile(f"({'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})" if names else "(?!)()")
