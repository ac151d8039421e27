"""Our own files for the browser: styles (with the tokens before them), scripts, fonts, icons."""

from __future__ import annotations

import gzip
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.staticfiles import StaticFiles

from ui import tokens
from ui.icons import icon_file

FOLDER = Path(__file__).parent


@cache
def style_sheet() -> str:
    """All styles as one file, in the order of their names."""
    return "\n".join(
        [tokens.to_css(), *(file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("css/*.css")))]
    )


@cache
def version() -> str:
    """Changes when a style or a script does, so that no browser keeps an old one."""
    scripts = "".join(file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("js/**/*.js")))
    return sha256((style_sheet() + scripts).encode()).hexdigest()[:12]


@cache
def widget(*, compressed: bool, listed: bool) -> bytes:
    """The button's script, as built from widget/ and kept here so that a teacher needs no node.

    `listed`: the page that asks for it may have the tutor. Then the script draws the button without asking first.
    """
    script = (FOLDER / "widget" / "widget.js").read_bytes()
    if listed:
        script = script.replace(b"this page is not known", b"this page is listed")
    return _packed(script) if compressed else script


@cache
def widget_part(name: str, *, compressed: bool) -> bytes | None:
    """A script that the button's fetches later; None for what is no such script."""
    if name not in {file.name for file in FOLDER.glob("widget/*.js")} - {"widget.js"}:
        return None
    script = (FOLDER / "widget" / name).read_bytes()
    return _packed(script) if compressed else script


def _packed(script: bytes) -> bytes:
    return gzip.compress(script, 9, mtime=0)


@cache
def mathematics() -> str:
    """The address of KaTeX among the files of the installed Gradio; empty if it is not found, and formulas stay TeX."""
    script = next(_gradio_assets().glob("auto-render-*.js"), None)
    return f"assets/{script.name}" if script else ""


@cache
def mathematics_style() -> str:
    """KaTeX's style sheet as Gradio brings it, freed from Gradio's own frame: our panel stands beside that."""
    style = next(_gradio_assets().glob("katex-*.css"), None)
    if style is None:
        return ""
    css = re.sub(r"\.gradio-container[\w-]*\s", "", style.read_text(encoding="utf-8"))
    return css.replace("url(./", "url(../assets/")


def _gradio_assets() -> Path:
    import gradio

    return Path(gradio.__file__).parent / "templates" / "frontend" / "assets"


def serve_assets(app: FastAPI) -> None:
    """Under /coursemate: only the folders named here, so that nothing else of the package is served."""

    @app.get("/coursemate/style.css", include_in_schema=False)
    def style() -> Response:
        return Response(style_sheet(), media_type="text/css", headers={"cache-control": "no-cache"})

    @app.get("/coursemate/katex.css", include_in_schema=False)
    def katex() -> Response:
        return Response(mathematics_style(), media_type="text/css", headers={"cache-control": "max-age=86400"})

    @app.get("/coursemate/icons/{name}.svg", include_in_schema=False)
    def icon_svg(name: str) -> Response:
        svg = (FOLDER / "icons" / "favicon.svg").read_text() if name == "favicon" else icon_file(name)
        if svg is None:
            return Response(status_code=404)
        return Response(svg, media_type="image/svg+xml", headers={"cache-control": "max-age=86400"})

    for name in ("js", "fonts"):
        app.mount(f"/coursemate/{name}", StaticFiles(directory=FOLDER / name), name=f"coursemate-{name}")
