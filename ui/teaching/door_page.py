"""The teacher's door as pages: the password chosen at the first start, and asked for ever after. Pure functions."""

from __future__ import annotations

from html import escape

from knowledge.errors import CoursemateError
from ui.gate.passwords import LEAST, MOST
from ui.teaching.page import document
from ui.words import Words


def first_html(words: Words, error: CoursemateError | None = None) -> str:
    fields = _password("password", "new-password", words("teach.password"), words("teach.password_hint", least=LEAST))
    fields += _password("again", "new-password", words("teach.password_again"))
    return _page(words("teach.first_start"), words("teach.first_start_lead"), fields, words("teach.choose_password"), error, words)


def sign_in_html(words: Words, error: CoursemateError | None = None) -> str:
    fields = _password("password", "current-password", words("teach.password"))
    lost = f'<p class="ct-soft">{escape(words("teach.password_lost"))} <code>coursemate teacher password</code></p>'
    return _page(words("teach.sign_in"), words("teach.sign_in_lead"), fields, words("teach.sign_in_button"), error, words, lost)


def _page(title: str, lead: str, fields: str, button: str, error: CoursemateError | None, words: Words, after: str = "") -> str:
    """The form goes to its own address, so that the reader comes to the page that was asked for. It needs no script."""
    trouble = f'<p class="ct-error" role="alert" id="ct-why">{escape(words.of_error(error))}</p>' if error else ""
    body = (
        f'<main class="ct-room ct-door" id="ct-main" tabindex="-1"><h1>{escape(title)}</h1><p class="ct-lead">{escape(lead)}</p>'
        f'<section class="ct-new"><form method="post" action="">{trouble}'
        '<input type="text" name="username" value="teacher" autocomplete="username" hidden>'  # for password managers
        f'{fields}<button class="ct-button is-primary">{escape(button)}</button></form></section>'
        f"{after}</main>"
    )
    return document(title, body, words, signed_in=False)


def _password(name: str, purpose: str, label: str, hint: str = "") -> str:
    told = f'<small id="ct-{name}-hint">{escape(hint)}</small>' if hint else ""
    about = f' aria-describedby="ct-{name}-hint"' if hint else ""
    first = " autofocus" if name == "password" else ""
    return (
        f'<label><span>{escape(label)}</span><input type="password" name="{name}" required maxlength="{MOST}" '
        f'autocomplete="{purpose}"{about}{first}>{told}</label>'
    )
