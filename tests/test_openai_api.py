"""/v1 as OpenAI's own client uses it, unchanged: models, chat, pictures, vectors, hearing and speaking."""

from __future__ import annotations

import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from chatbot.store import Store
from knowledge.library import Library
from knowledge.sound import decode_sound
from tests.browser.conftest import serve
from tests.fakes import FakeEmbedder, FakeEngines, FakeTranscriber, FakeTutor, serving_settings, tone
from tests.small_course import cited_passages, make_small_course
from ui.gate.quotas import Quotas
from ui.gate.visitors import Gate
from ui.server import create_app

openai = pytest.importorskip("openai", reason="openai's client is not installed: pip install -e .[dev]")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home = tmp_path_factory.mktemp("v1")
    (home / "courses").mkdir()
    course = make_small_course(home / "courses")
    library = Library(home / "courses")
    library.create("private", embedder="fake", dimensions=4)
    parts = SimpleNamespace(
        tutor=FakeTutor(cited_passages(course)), library=library, store=Store(home / "conversations.sqlite"),
        engines=FakeEngines(embedder=FakeEmbedder(), transcriber=FakeTranscriber()),
        gate=Gate(library, quotas=Quotas(address=0)),
        settings=serving_settings(),
    )  # fmt: skip
    with serve(create_app(**vars(parts))) as url:
        yield SimpleNamespace(url=url, key=parts.gate.vault.create_key("tests", ("optics",)), **vars(parts))


@pytest.fixture
def client(served):
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key=served.key, max_retries=0)


def _user(text: str, *parts: dict) -> list[dict]:
    return [{"role": "user", "content": [{"type": "text", "text": text}, *parts] if parts else text}]


def _picture() -> str:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def test_the_courses_that_a_key_is_for_are_the_models(client):
    assert [model.id for model in client.models.list()] == ["optics"]
    assert client.models.retrieve("optics").coursemate["title"] == "Light and lenses"


def test_a_question_is_completed_with_its_citations_beside_it(client, served):
    completion = client.chat.completions.create(model="optics", messages=_user("Why does light bend?"))
    assert completion.choices[0].message.content.startswith("Light bends at a border")
    assert completion.choices[0].finish_reason == "stop" and completion.usage.total_tokens == 0
    assert completion.coursemate["status"] == "answered"
    assert completion.coursemate["citations"][0]["document"] == "refraction.pdf"
    assert served.tutor.turns[-1].question == "Why does light bend?"


def test_nothing_of_a_programs_chat_is_kept_here(client, served):
    client.chat.completions.create(model="optics", messages=_user("Keep this?"))
    assert served.store._rows("SELECT count(*) FROM conversations") == [(0,)]


def test_what_was_said_before_is_the_history(client, served):
    messages = [
        {"role": "system", "content": "Be a pirate."}, *_user("What is a lens?"), {"role": "assistant", "content": "Glass."},
        *_user("And a mirror?"),
    ]  # fmt: skip
    client.chat.completions.create(model="optics", messages=messages)
    assert [(e.question, e.answer) for e in served.tutor.histories[-1]] == [("What is a lens?", "Glass.")]
    assert served.tutor.turns[-1].question == "And a mirror?"


def test_a_stream_ends_with_the_citations_and_the_usage(client):
    chunks = list(
        client.chat.completions.create(
            model="optics", messages=_user("Why?"), stream=True, stream_options={"include_usage": True}
        )
    )
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert said.startswith("Light bends at a border because its **speed** changes [1].") and len(chunks) > 10
    last = next(chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason)
    assert [c["n"] for c in last.coursemate["citations"]] == [1, 2, 3, 4, 5]
    assert chunks[-1].usage.total_tokens == 0 and len({chunk.id for chunk in chunks}) == 1


def test_not_found_is_said_in_a_stream_as_well(client):
    chunks = list(client.chat.completions.create(model="optics", messages=_user("nothing"), stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "The course does not say this."
    assert chunks[-1].coursemate["status"] == "not_found"


def test_what_is_meant_is_asked_in_words_with_topics_beside_them(client):
    completion = client.chat.completions.create(model="optics", messages=_user("explain this"))
    assert completion.choices[0].message.content.startswith("What would you like explained?")
    chunks = list(client.chat.completions.create(model="optics", messages=_user("explain this"), stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == completion.choices[0].message.content
    assert chunks[-1].coursemate["status"] == "unclear" and chunks[-1].coursemate["topics"][0] == "Refraction"


def test_a_picture_and_a_spoken_question_come_as_data(client, served):
    sound = base64.b64encode(tone(1.0).to_wav()).decode()
    parts = [
        {"type": "image_url", "image_url": {"url": _picture()}},
        {"type": "input_audio", "input_audio": {"data": sound, "format": "wav"}},
    ]
    completion = client.chat.completions.create(model="optics", messages=_user("", *parts))
    assert completion.coursemate["heard"] == "Why does light bend?" and completion.coursemate["seen"]
    assert (served.tutor.turns[-1].picture.width, served.tutor.turns[-1].sound.rate) == (64, 16_000)


@pytest.mark.parametrize("url", ["https://evil.example/x.png", "file:///etc/passwd", "data:text/html;base64,PGI+", "data:image/png;base64,%%"])
def test_an_address_in_place_of_a_picture_is_never_fetched(client, url):
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(
            model="optics", messages=_user("?", {"type": "image_url", "image_url": {"url": url}})
        )


@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_is_an_exception_of_the_clients(client, stream):
    with pytest.raises(openai.APIError) as failed:
        list(client.chat.completions.create(model="optics", messages=_user("please break"), stream=stream))
    assert "could not be loaded" in str(failed.value)


def test_keys_models_and_quotas_are_refused_as_the_client_expects(client, served, monkeypatch):
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="cm-0000-wrong").models.list()
    with pytest.raises(openai.PermissionDeniedError):
        client.chat.completions.create(model="private", messages=_user("?"))
    every = client.with_options(api_key=served.gate.vault.create_key("every course"))
    with pytest.raises(openai.NotFoundError):
        every.chat.completions.create(model="none", messages=_user("?"))
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="optics", messages=[{"role": "assistant", "content": "x"}])
    monkeypatch.setattr(served.gate, "quotas", Quotas(course=1))
    client.chat.completions.create(model="optics", messages=_user("?"))
    with pytest.raises(openai.RateLimitError) as reached:
        client.chat.completions.create(model="optics", messages=_user("?"))
    assert int(reached.value.response.headers["retry-after"]) > 3000


@pytest.mark.parametrize("form", ["float", "base64"])
def test_texts_become_the_vectors_that_courses_are_searched_with(client, form):
    made = client.embeddings.create(model="any", input=["one two", "three"], encoding_format=form)
    expected = FakeEmbedder().embed_passages(["one two", "three"])
    vectors = [
        np.frombuffer(base64.b64decode(one.embedding), "<f4") if isinstance(one.embedding, str) else one.embedding
        for one in made.data
    ]
    assert np.allclose(vectors, expected, atol=1e-6) and made.usage.total_tokens == 3
    query = client.embeddings.create(model="any", input="one two", extra_body={"input_type": "query"})
    assert np.allclose(query.data[0].embedding, FakeEmbedder().embed_query("one two"), atol=1e-6)


def test_a_recording_is_transcribed(client):
    file = ("q.wav", tone(1.0).to_wav())
    assert client.audio.transcriptions.create(model="any", file=file).text == "Why does light bend?"
    assert client.audio.transcriptions.create(model="any", file=file, response_format="text").strip() == "Why does light bend?"
    told = client.audio.transcriptions.create(model="any", file=file, response_format="verbose_json")
    assert told.segments[0].end == pytest.approx(1.0) and told.duration == pytest.approx(1.0)
    vtt = client.audio.transcriptions.create(model="any", file=file, response_format="vtt")
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nWhy")
    with pytest.raises(openai.UnprocessableEntityError):
        client.audio.transcriptions.create(model="any", file=("q.wav", b"no sound"))


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav"])
def test_a_text_is_spoken_in_every_form_that_is_offered(client, form):
    spoken = client.audio.speech.create(model="any", voice="alloy", input="One. Two.", response_format=form)
    assert decode_sound(spoken.content, longest_s=5).duration_s == pytest.approx(0.8, abs=0.15)


def test_a_speed_that_is_not_spoken_is_refused(client):
    with pytest.raises(openai.UnprocessableEntityError):
        client.audio.speech.create(model="any", voice="en", input="One.", speed=1.5)


def _hint(client, text: str, **more):
    return client.chat.completions.create(model="optics", messages=_user(text), extra_body={"way": "hint", **more})


def test_a_way_of_helping_goes_on_in_a_conversation_that_is_kept_here(client, served):
    first = _hint(client, "Why does light bend?")
    assert served.tutor.turns[-1].way == "hint" and first.coursemate["progress"]["step"] == 1
    conversation = first.coursemate["conversation"]
    assert _hint(client, "next hint", conversation=conversation).coursemate["progress"]["step"] == 2
    other = openai.OpenAI(base_url=f"{served.url}/v1", api_key=served.gate.vault.create_key("other", ("optics",)), max_retries=0)
    begun = _hint(other, "next hint", conversation=conversation).coursemate
    assert begun["progress"]["step"] == 1 and begun["conversation"] != conversation


def test_a_way_is_streamed_and_names_its_conversation_at_the_end(client):
    stream = client.chat.completions.create(
        model="optics", messages=_user("Why does light bend?"), stream=True, extra_body={"way": "hint"}
    )
    assert list(stream)[-1].coursemate["conversation"]


def test_an_explanation_keeps_nothing_and_an_unknown_way_is_refused(client, served):
    told = client.chat.completions.create(model="optics", messages=_user("Why does light bend?"))
    assert told.coursemate["conversation"] == "" and served.tutor.turns[-1].way == "explain"
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="optics", messages=_user("Why?"), extra_body={"way": "solve"})
