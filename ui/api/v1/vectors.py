"""POST /v1/embeddings: texts to the vectors that courses are searched with."""

from __future__ import annotations

import base64
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from ui.api.visiting import Visiting
from ui.asking import Desk
from ui.gate.visitors import Visitor

_MOST_TEXTS = 256
_MOST_CHARACTERS = 20_000  # of one text


class EmbeddingsRequest(BaseModel):
    """`input_type` is ours: a text that is searched for ("query") is embedded otherwise than one that is found."""

    input: str | list[str] = Field(max_length=_MOST_CHARACTERS)
    model: str = ""
    encoding_format: Literal["float", "base64"] = "float"
    input_type: Literal["passage", "query"] = "passage"

    @property
    def texts(self) -> list[str]:
        texts = [self.input] if isinstance(self.input, str) else self.input[:_MOST_TEXTS]
        return [text[:_MOST_CHARACTERS] for text in texts]


def routes(desk: Desk, visiting: Visiting) -> APIRouter:
    router = APIRouter()
    program = Depends(visiting.program)

    @router.post("/embeddings")
    def embeddings(request: Request, asked: EmbeddingsRequest, visitor: Visitor = program) -> dict[str, Any]:
        visiting.count(request, visitor, "")
        embedder = desk.engines.get("embedder")
        embed = (lambda texts: [embedder.embed_query(text) for text in texts]) if asked.input_type == "query" else embedder.embed_passages
        vectors = embed(asked.texts)
        data = [
            {"object": "embedding", "index": n, "embedding": _encoded(vector, asked.encoding_format)}
            for n, vector in enumerate(vectors)
        ]
        tokens = sum(embedder.count_tokens(text) for text in asked.texts)
        return {"object": "list", "data": data, "model": embedder.name, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}

    return router


def _encoded(vector, form: str) -> list[float] | str:
    """base64 holds little-endian float32, which OpenAI's client asks for and decodes by itself."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii") if form == "base64" else [float(x) for x in vector]
