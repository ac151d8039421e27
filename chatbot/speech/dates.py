"""Dates, ranges, fractions and times of day in the order in which they are spoken. Plain numbers are left to the voice."""

from __future__ import annotations

import re

_MONTHS = "January February March April May June July August September October November December".split()
_FRACTIONS = {
    "1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter", "3/4": "three quarters",
    "½": "one half", "⅓": "one third", "⅔": "two thirds", "¼": "one quarter", "¾": "three quarters",
}  # fmt: skip
_UNICODE_FRACTIONS = {"½": "2分之1", "⅓": "3分之1", "⅔": "3分之2", "¼": "4分之1", "¾": "4分之3"}
_ISO = re.compile(r"(?<![\d/-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\d/-])")
_RANGE = re.compile(r"(?<![\w.-])(\d+(?:\.\d+)?)\s?[–—-]\s?(\d+(?:\.\d+)?)(?![\w-])(?!\.\d)")
_FRACTION = re.compile(r"(?<![\d/.])(\d{1,2}/\d{1,2})(?![\d/])|([½⅓⅔¼¾])")
_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])")


def read_dates(text: str, zh: bool) -> str:
    """The text with dates, ranges, common fractions and times of day as they are said."""
    text = _ISO.sub(lambda m: _date(m, zh), text)
    text = _RANGE.sub(r"\1到\2" if zh else r"\1 to \2", text)
    text = _FRACTION.sub(lambda m: _fraction(m, zh), text)
    return _CLOCK.sub(lambda m: _clock(int(m[1]), int(m[2]), zh), text)


def _date(match: re.Match[str], zh: bool) -> str:
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    return f"{year}年{month}月{day}日" if zh else f"{_MONTHS[month - 1]} {day}, {year}"


def _fraction(match: re.Match[str], zh: bool) -> str:
    if zh:
        return _UNICODE_FRACTIONS[match[0]] if match[2] else "{1}分之{0}".format(*match[1].split("/"))
    return _FRACTIONS.get(match[0], match[0])


def _clock(hour: int, minute: int, zh: bool) -> str:
    if zh:
        return f"{hour}点" + (f"{minute}分" if minute else "整")
    if minute == 0:
        return f"{hour} o'clock"
    return f"{hour} oh {minute}" if minute < 10 else f"{hour} {minute}"
