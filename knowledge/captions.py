"""What captions and references to figures and tables look like, in English and in Chinese. Knows no file format."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

_NUMBER = r"\d+(?:[.．\-‐‑–—－]\d+)*"
_CAPTION = re.compile(
    rf"^\s*(?:(?P<figure>figure|fig\.?|图|圖)|(?P<table>table|tab\.|表))\s*(?P<number>{_NUMBER})(?![\d%％])"
    r"\s*(?P<part>[(（][a-zA-Z][)）])?\s*(?P<mark>[.:：．|—–])?\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_REFERENCE = re.compile(rf"(?:figures?|figs?\.?|图|圖)\s*({_NUMBER})", re.IGNORECASE)
# What follows the number in a sentence about a figure; "图3 显微镜" and "图3 中国" are titles all the same.
_TELLS = re.compile(
    r"[所是为為里裡的和与與及将將也则則、，,。；;）)]|中(?![国國心学學间間央])|(?:显|顯)示|(?:说|說)明了|(?:给|給)出|表[明示]"
    r"|展示|描述|描绘|描繪|画出|畫出|绘出|繪出|反映|可[见見以知]"
)


@dataclass(frozen=True, slots=True)
class Caption:
    """The beginning of a caption; `number` as it is written, in plain digits and points: "3", "3.1"."""

    kind: Literal["figure", "table"]
    number: str
    marked: bool


def caption_in(text: str, *, alone: bool = True) -> Caption | None:
    """The caption that a line or paragraph begins with, if it is none of a sentence: "Figure 3 shows", "图3所示".

    `alone`: the paragraph is short, so that it may go on without a mark: "Figure 3 The human eye".
    """
    match = _CAPTION.match(text)
    if match is None:
        return None
    rest, chinese = match["rest"], match["figure"] in ("图", "圖") or match["table"] == "表"
    if rest and not match["mark"]:
        titled = not _TELLS.match(rest) if chinese else rest[0].isupper() or "一" <= rest[0] <= "鿿"
        if not titled or not (alone or chinese):
            return None
    return Caption("figure" if match["figure"] else "table", _plain(match["number"]), bool(match["mark"]))


def figures_in(text: str) -> set[str]:
    """The numbers of the figures that a text refers to, written as in Caption."""
    return {_plain(number) for number in _REFERENCE.findall(text)}


def _plain(number: str) -> str:
    """3-1, 3－1, ３．１ and 3.1 are one number."""
    return re.sub(r"[.\-‐‑–—]", ".", re.sub(r"\s", "", unicodedata.normalize("NFKC", number)))
