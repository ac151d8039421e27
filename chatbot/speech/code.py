"""Short code inside a sentence, as a person would read it: `f(x)` is "the function f of x". Long code stays in the text."""

from __future__ import annotations

import re

_CALL = re.compile(r"([A-Za-z_][\w.]*)\(([^()]*)\)")
_INDEX = re.compile(r"([A-Za-z_]\w*)\[([^\[\]]+)\]")
# Longest first: "==" must not be read as two of "=".
_SIGNS = (
    ("===", "is identical to", "全等于"), ("!==", "is not identical to", "不全等于"), ("**", "to the power of", "的幂"),
    ("==", "is equal to", "等于"), ("!=", "is not equal to", "不等于"), ("<=", "is at most", "小于等于"),
    (">=", "is at least", "大于等于"), ("+=", "increased by", "加上"), ("-=", "decreased by", "减去"), ("->", "to", "到"),
    ("=>", "gives", "得到"), ("//", "divided in whole by", "整除"), ("&&", "and", "并且"), ("||", "or", "或者"),
    ("=", "is set to", "赋值为"), ("<", "is less than", "小于"), (">", "is greater than", "大于"), ("+", "plus", "加"),
    ("*", "times", "乘以"), ("%", "modulo", "取模"), ("!", "not", "非"), ("|", "or", "或"), ("&", "and", "与"),
)  # fmt: skip
_BETWEEN = re.compile("|".join(re.escape(sign) for sign, *_ in _SIGNS))
_WORDS = {sign: words for sign, *words in _SIGNS}


def read_code(code: str, zh: bool) -> str:
    """The code between two back ticks as words. Never raises; nothing in it is taken for markup."""
    while (call := _CALL.search(code)) is not None:
        code = code[: call.start()] + _read_call(call[1], call[2].strip(), zh) + code[call.end() :]
    code = _INDEX.sub(lambda m: f"{m[1]} 的第 {m[2]} 项" if zh else f"{m[1]} at {m[2]}", code)
    code = _BETWEEN.sub(lambda m: f" {_WORDS[m[0]][zh]} ", code)
    code = re.sub(r"(?<=\w)\.(?=[A-Za-z])", " 点 " if zh else " dot ", code)
    code = re.sub(r"(?<=\d)\s+(?:点|dot)\s+(?=\d)", ".", code)
    code = re.sub(r"(?<![\w])-(?=\w)", "负" if zh else "minus ", code)
    code = re.sub(r"[\\{}$^~#@`\"'_\[\];()]", " ", code)
    return re.sub(r"\s+", " ", code).strip()


def _read_call(name: str, arguments: str, zh: bool) -> str:
    if zh:
        return f"函数 {name}" + (f"，参数 {arguments.replace(',', '，')}，" if arguments else "")
    return f"the function {name}" + (f" of {arguments}" if arguments else "")
