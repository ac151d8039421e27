"""The engine langchain against a real small server: what it sends, how it stops, what it says when things fail."""

from __future__ import annotations

import socket

import pytest

pytest.importorskip("langchain_openai", reason="the extra langchain is not installed")

from chatbot.chat_model import Message, Sampling
from chatbot.chat_model.served import LangchainChatModel
from chatbot.structured import ask_json
from knowledge.errors import EngineFailed, MissingExtra
from tests.fakes import FakeChatModel
from tests.openai_server import serving
from tests.test_chat_model import PROMPT, picture


def test_pictures_travel_as_data_and_the_rest_as_text():
    seen = picture()
    with serving(FakeChatModel("Red.")) as server:
        model = LangchainChatModel("openai:test", server.address)
        assert "".join(model.stream([*PROMPT, Message("user", "What is http://x/y.png?", (seen,))])) == "Red."
    content = server.requests[0]["messages"][-1]["content"]
    assert [part["type"] for part in content] == ["image_url", "text"]
    assert content[0]["image_url"]["url"] == seen.to_data_uri()
    assert content[1]["text"] == "What is http://x/y.png?"


def test_sampling_is_sent():
    with serving(FakeChatModel("Yes.")) as server:
        model = LangchainChatModel("openai:test", server.address)
        list(model.stream(PROMPT, Sampling(50, temperature=0.5, top_p=0.8, seed=3, stop=("END",))))
    body = server.requests[0]
    assert body["stream"] and body["temperature"] == 0.5 and body["top_p"] == 0.8 and body["seed"] == 3
    assert body["stop"] == ["END"] and body["max_completion_tokens"] == 50


def test_a_server_that_refuses_pictures_gets_none_from_then_on():
    with serving(FakeChatModel("I read only."), refuse_pictures=True) as server:
        model = LangchainChatModel("openai:test", server.address)
        for _ in range(2):
            assert "".join(model.stream([Message("user", "What is this?", (picture(),))])) == "I read only."
        assert not model.sees and len(server.requests) == 3


def test_closing_hangs_up():
    with serving(FakeChatModel("word " * 200_000)) as server:
        pieces = LangchainChatModel("openai:test", server.address).stream(PROMPT, Sampling(200_000))
        next(pieces)
        pieces.close()
        assert server.hung_up.wait(10)


def test_a_server_that_knows_no_limit_is_cut_off():
    class Endless(FakeChatModel):
        def stream(self, messages, sampling=None):
            return super().stream(messages, Sampling(10_000))

    with serving(Endless("word " * 10_000)) as server:
        model = LangchainChatModel("openai:test", server.address)
        assert len("".join(model.stream(PROMPT, Sampling(20))).split()) <= 23
        assert model.usage.first_token_ms is not None


def test_an_address_where_nothing_answers_is_named():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        address = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
        with pytest.raises(EngineFailed, match=address) as caught:
            list(LangchainChatModel("openai:test", address, max_retries=0).stream(PROMPT))
    assert caught.value.code == "engine_unreachable"


def test_a_missing_provider_package_is_named_with_its_command():
    with pytest.raises(MissingExtra, match="pip install"):
        LangchainChatModel("mistralai:some-model", "http://127.0.0.1:9/v1")


def test_an_unknown_provider_is_a_clear_failure():
    with pytest.raises(EngineFailed, match="no-provider"):
        LangchainChatModel("no-provider-at-all")


FORM = {"type": "object", "properties": {"right": {"type": "boolean"}}, "required": ["right"]}


def test_a_schema_is_sent_as_one():
    with serving(FakeChatModel('{"right": true}')) as server:
        assert ask_json(LangchainChatModel("openai:test", server.address), PROMPT, FORM) == {"right": True}
    assert server.requests[0]["response_format"]["json_schema"]["schema"] == FORM


def test_a_server_that_refuses_schemas_is_told_them_in_words_from_then_on():
    with serving(FakeChatModel('{"right": false}'), refuse_schemas=True) as server:
        model = LangchainChatModel("openai:test", server.address)
        for _ in range(2):
            assert ask_json(model, PROMPT, FORM) == {"right": False}
    assert ["response_format" in body for body in server.requests] == [True, False, False]
    assert "boolean" in server.requests[-1]["messages"][-1]["content"]


def test_a_server_that_does_not_keep_to_the_form_is_found_out():
    with serving(FakeChatModel("Right!")) as server, pytest.raises(EngineFailed) as caught:
        ask_json(LangchainChatModel("openai:test", server.address), PROMPT, FORM)
    assert caught.value.code == "engine_not_in_form"


def test_what_fails_before_its_first_word_is_tried_again():
    with serving(FakeChatModel("Yes."), busy_times=1) as server:
        assert "".join(LangchainChatModel("openai:test", server.address).stream(PROMPT)) == "Yes."
    assert len(server.requests) == 2


def test_an_answer_that_breaks_off_is_told_and_never_begun_anew():
    with serving(FakeChatModel("one two three four"), die_after=2) as server:
        pieces = LangchainChatModel("openai:test", server.address).stream(PROMPT)
        said = [next(pieces), next(pieces)]
        with pytest.raises(EngineFailed):
            next(pieces)
    assert "".join(said).split() == ["one", "two"] and len(server.requests) == 1


def test_a_server_that_says_nothing_is_given_up():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        with pytest.raises(EngineFailed) as caught:
            list(LangchainChatModel("openai:test", address, timeout_s=0.3, max_retries=0).stream(PROMPT))
    assert caught.value.code == "engine_unreachable"
