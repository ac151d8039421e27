"""A small server that speaks OpenAI's speech protocol on a free loopback port, backed by a transcriber and a voice of ours."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chatbot.speech import Synthesizer
from knowledge.sound import decode_sound
from knowledge.transcription import Transcriber


class SpeechServer(ThreadingHTTPServer):
    """`forms` and `wishes` hold what was asked; `broken` lets it answer every request with that text and status 500."""

    daemon_threads = True

    def __init__(self, transcriber: Transcriber, voice: Synthesizer, broken: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.transcriber, self.voice, self.broken = transcriber, voice, broken
        self.forms: list[dict[str, Any]] = []
        self.wishes: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@contextmanager
def serving_speech(transcriber: Transcriber, voice: Synthesizer, broken: str = "") -> Iterator[SpeechServer]:
    server = SpeechServer(transcriber, voice, broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: SpeechServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.broken:
            self._send(500, "text/plain", self.server.broken.encode())
        elif self.path == "/v1/audio/speech":
            self.server.wishes.append(json.loads(body))
            self._send(200, "audio/wav", self.server.voice.synthesize(self.server.wishes[-1]["input"]).to_wav())
        elif self.path == "/v1/audio/transcriptions":
            self._send(200, "application/json", json.dumps(self._transcribe(body)).encode())
        else:
            self._send(404, "text/plain", b"")

    def _transcribe(self, body: bytes) -> dict[str, Any]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in message_from_bytes(head + body).get_payload()
        }
        form = {name: value.decode() for name, value in parts.items() if name != "file"}
        self.server.forms.append(form)
        heard = self.server.transcriber.transcribe(
            decode_sound(parts["file"], longest_s=60), language=form.get("language"), hints=form["prompt"]
        )
        segments = [{"start": s.start_s, "end": s.end_s, "text": f" {s.text}"} for s in heard.segments]
        return {"text": heard.text, "language": {"en": "english"}.get(heard.language, ""), "segments": segments}

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
