"""The names of files in a zip as they were meant: programs write them in more encodings than the format knows."""

from __future__ import annotations

import unicodedata
import zipfile


def member_name(info: zipfile.ZipInfo) -> str:
    """The path of a member as it was meant: UTF-8 whether or not the zip says so, else GBK if it reads as Chinese.

    Chinese Windows writes GBK where the format asks for CP437. The common characters (GB 2312) are bytes from A1 up,
    CP437's letters lie below, so a French name is not taken for a Chinese one.
    """
    name = info.orig_filename if hasattr(info, "orig_filename") else info.filename
    if not info.flag_bits & 0x800:  # the flag of UTF-8
        raw = name.encode("cp437", errors="replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                meant = raw.decode(encoding)
            except UnicodeDecodeError:
                continue
            if encoding == "utf-8" or _is_common_chinese(meant):
                name = meant
                break
    return unicodedata.normalize("NFC", name.split("\0")[0].replace("\\", "/"))


def _is_common_chinese(text: str) -> bool:
    beyond = [character for character in text if not character.isascii()]
    common = sum(len(character.encode("gb2312", errors="ignore")) == 2 for character in beyond)
    return common > 0.6 * len(beyond)
