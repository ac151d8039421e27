"""A small server that speaks OpenAI's chat protocol on a free loopback port, backed by any of our chat models."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chatbot.chat_model import ChatModel, Message, Sampling


class OpenAIServer(ThreadingHTTPServer):
    """`requests` holds the bodies as they came; `refuse_pictures` makes it a server whose model does not see.

    `refuse_schemas`: one that knows no response_format; `busy_times`: one that answers 503 so often before it works;
    `die_after`: one that fails in the middle, after so many words.
    """

    daemon_threads = True

    def __init__(
        self,
        model: ChatModel,
        *,
        refuse_pictures: bool = False,
        refuse_schemas: bool = False,
        busy_times: int = 0,
        die_after: int | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.model = model
        self.refuse_pictures, self.refuse_schemas = refuse_pictures, refuse_schemas
        self.busy_times, self.die_after = busy_times, die_after
        self.requests: list[dict[str, Any]] = []
        self.hung_up = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@contextmanager
def serving(model: ChatModel, **options: Any) -> Iterator[OpenAIServer]:
    server = OpenAIServer(model, **options)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: OpenAIServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        has_picture = any(isinstance(message["content"], list) for message in body["messages"])
        if has_picture and self.server.refuse_pictures:
            self._send(400, "application/json", b'{"error": {"message": "image input is not supported"}}')
            return
        if self.server.refuse_schemas and "response_format" in body:
            self._send(400, "application/json", b'{"error": {"message": "response_format is not supported"}}')
            return
        if self.server.busy_times:
            self.server.busy_times -= 1
            self._send(503, "application/json", b'{"error": {"message": "loading"}}')
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        pieces = self.server.model.stream(_messages(body), _sampling(body))
        try:
            for count, piece in enumerate(pieces):
                if count == self.server.die_after:
                    self.wfile.write(b'data: {"error": {"message": "the model stopped"}}\n\n')
                    return
                self._event({"role": "assistant", "content": piece}, None)
            self._event({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")
        except (BrokenPipeError, ConnectionResetError):
            self.server.hung_up.set()
        finally:
            pieces.close()

    def _event(self, delta: dict[str, str], finish: str | None) -> None:
        chunk = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "test",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }
        self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

    def _send(self, status: int, media_type: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def _messages(body: dict[str, Any]) -> list[Message]:
    def text(content: str | list[dict[str, Any]]) -> str:
        return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)

    return [Message(message["role"], text(message["content"])) for message in body["messages"]]


def _sampling(body: dict[str, Any]) -> Sampling:
    return Sampling(
        most_tokens=body.get("max_completion_tokens") or body["max_tokens"],
        temperature=body["temperature"],
        stop=tuple(body.get("stop") or ()),
    )
