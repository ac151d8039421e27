"""The look as values: colours, type, sizes. One set feeds Gradio's theme, the style sheets and the widget.

Every pair of text and ground below is at least 4.5:1 (WCAG AA); tests/test_catalogues.py measures them.
"""

from __future__ import annotations

import re

DAY = {
    "paper": "#faf9f6",
    "surface": "#ffffff",
    "sunken": "#f1efe9",
    "ink": "#1c252d",
    "ink-soft": "#55616c",
    "line": "#dedad1",
    "line-strong": "#8a8f92",
    "accent": "#0b6b66",
    "accent-strong": "#084f4b",
    "on-accent": "#ffffff",
    "accent-wash": "#e2efec",
    "warm": "#93450f",
    "warm-wash": "#fbeee0",
    "mark": "#fbe3b5",
    "scrim": "rgb(28 37 45 / 0.4)",
    "shadow": "0 1px 2px rgb(28 37 45 / 0.06), 0 8px 24px rgb(28 37 45 / 0.08)",
}

NIGHT = {
    "paper": "#151c23",
    "surface": "#1d262f",
    "sunken": "#10161c",
    "ink": "#e9e6df",
    "ink-soft": "#a9b4bd",
    "line": "#33404b",
    "line-strong": "#7d8a95",
    "accent": "#63c7bd",
    "accent-strong": "#8edad2",
    "on-accent": "#0c1a1b",
    "accent-wash": "#1b363a",
    "warm": "#eab07a",
    "warm-wash": "#36291d",
    "mark": "#5b4520",
    "scrim": "rgb(0 0 0 / 0.55)",
    "shadow": "0 1px 2px rgb(0 0 0 / 0.3), 0 8px 24px rgb(0 0 0 / 0.35)",
}

TEXT_PAIRS = (  # (text, ground): what must be readable on what
    ("ink", "paper"),
    ("ink", "surface"),
    ("ink", "sunken"),
    ("ink", "mark"),
    ("ink", "accent-wash"),
    ("ink", "warm-wash"),
    ("ink-soft", "paper"),
    ("ink-soft", "surface"),
    ("ink-soft", "sunken"),
    ("accent", "paper"),
    ("accent", "surface"),
    ("accent", "accent-wash"),
    ("accent-strong", "accent-wash"),
    ("on-accent", "accent"),
    ("warm", "paper"),
    ("warm", "warm-wash"),
)

_CHINESE = '"PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC"'

TYPE = {
    "font-sans": f'"Source Sans 3", {_CHINESE}, system-ui, sans-serif',
    "font-serif": f'"Source Serif 4", Georgia, {_CHINESE}, serif',
    "font-mono": f'"Source Code Pro", ui-monospace, Menlo, Consolas, {_CHINESE}, monospace',
    "text-small": "0.9375rem",
    "text-body": "1.0625rem",
    "text-reading": "1.125rem",
    "text-title": "1.75rem",
    "leading": "1.5",
    "leading-reading": "1.65",
}

SIZES = {
    "space": "8px",
    "radius": "8px",
    "target": "44px",
    "column": "40rem",  # 60 to 75 characters of the reading face
    "margin": "18rem",  # the column of notes
    "gutter": "2.5rem",
    "quick": "140ms",
}


def to_css() -> str:
    """Both palettes as CSS variables `--cm-*`; the page names its theme in the attribute data-theme."""
    shared = _block(":root, :host", {**TYPE, **SIZES, **DAY})
    return shared + _block('[data-theme="dark"]', NIGHT)


def widget_css() -> str:
    """The same for the widget, in pixels: the root's size belongs to the page around it, and many set it to 10 px.

    Kept as widget/src/tokens.css, which the widget is built with; written by `make widget`.
    """
    return re.sub(r"([\d.]+)rem", lambda found: f"{float(found[1]) * 16:g}px", to_css())


def _block(selector: str, values: dict[str, str]) -> str:
    lines = "".join(f"  --cm-{name}: {value};\n" for name, value in values.items())
    return f"{selector} {{\n{lines}}}\n"
