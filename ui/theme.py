"""Gradio's theme, made from our tokens, so that Gradio's own parts look like the rest of the page."""

from __future__ import annotations

import gradio as gr

# Gradio's variable -> our token. Gradio's theme wants both themes; ours change with data-theme by themselves.
_SAME = {
    "body_background_fill": "paper",
    "body_text_color": "ink",
    "body_text_color_subdued": "ink-soft",
    "background_fill_primary": "paper",
    "background_fill_secondary": "sunken",
    "block_background_fill": "surface",
    "block_label_text_color": "ink-soft",
    "block_title_text_color": "ink",
    "border_color_primary": "line",
    "border_color_accent": "accent",
    "color_accent_soft": "accent-wash",
    "link_text_color": "accent",
    "link_text_color_hover": "accent-strong",
    "link_text_color_visited": "accent",
    "input_background_fill": "surface",
    "input_border_color": "line",
    "input_placeholder_color": "ink-soft",
    "button_primary_background_fill": "accent",
    "button_primary_background_fill_hover": "accent-strong",
    "button_primary_text_color": "on-accent",
    "button_secondary_background_fill": "surface",
    "button_secondary_background_fill_hover": "accent-wash",
    "button_secondary_text_color": "ink",
    "code_background_fill": "sunken",
}


def make_theme() -> gr.themes.Base:
    """A theme whose values are our CSS variables; system fonts only, so nothing is fetched from elsewhere."""
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    both = {}
    for name, token in _SAME.items():
        both[name] = both[f"{name}_dark"] = f"var(--cm-{token})"
    both |= {"color_accent": "var(--cm-accent)", "block_radius": "var(--cm-radius)", "block_shadow": "none"}
    return theme.set(**both)
