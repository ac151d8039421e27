"""Asking back: "explain this" with nothing that "this" could be is answered with how to show it, at once and without a model.

Decided by lists of words, strictly: a question with any word or sign that could name something is searched for as it is.
"""

from __future__ import annotations

import re
import unicodedata

from knowledge.course import Course
from knowledge.language import language_of_question
from knowledge.topics import topics

WHAT_IS_MEANT = {
    "en": "What would you like explained? Mark the words on the page or copy them here, name the topic or its heading, or show me a picture of it.",
    "zh": "你想了解哪一部分？可以在页面上选中那段文字，或把它粘贴到这里；也可以说出主题或它的标题，或者给我看一张图片。",
}
_MOST_TOPICS = 3  # headings of the course that are offered beside it
_LOOKED_AT = 12  # of them: those in the language of the question come first

_POINTING = frozenset("this that these those it them here there".split())
# Of themselves they name nothing: a course of statistics has a "mean", so that verb counts only beside a pointing word.
_ASKING = frozenset(
    """explain clarify help please pls why how what whats so i im me you we can could would will do dont cannot cant not need want
    tell understand again more okay ok hi hello hey and but yes no""".split()
)
_BESIDE_POINTING = frozenset(
    """mean means meant meaning about is are was does did a an the of to for in on with by describe show say says said work works
    done solve get know get go going thing things stuff part bit word words sentence paragraph passage text page slide figure
    picture image photo diagram graph table formula equation line step steps problem question exercise task example topic
    simply simple simpler better detail details further briefly""".split()
)
_CHINESE = re.compile(
    r"(?:为什么|为何|什么(?!是(?![这那它此]))|怎么样?|怎样|如何|回事|啥|意思|请问?|帮帮?|帮忙|帮助|给|跟|麻烦|我|你|您|能不能|可不可以|可以|能|会"
    r"|解释|说明(?!文)|讲解|讲讲|讲|说说|说|告诉|一下|一遍|再|下|做|办|看|听|懂|明白|理解|知道|清楚|详细|简单|多|一?点|不|没|太|是|都|也|有|的|了|吗|呢|吧|呀|啊"
    r"|[这那它此]|[这那][个里些]|个|里|些|[这那]一?(?:段话?|句话?|页|题|道题|张图|幅图|个图|图|张|步|部分|个?词|个?字|个?公式)|你好|您好|嗨|求助|救命)+"
)
_POINTS_CHINESE = re.compile(r"[这那它此]")
_HAN = re.compile(r"[㐀-鿿豈-﫿]+")


def names_nothing(question: str) -> bool:
    """Whether the question only points or asks for help, so that without anything before it nobody can tell what it is about."""
    plain = "".join(_kept(character) for character in unicodedata.normalize("NFKC", question).casefold())
    chinese, words = _HAN.findall(plain), _HAN.sub(" ", plain).split()
    known = _ASKING | _POINTING
    if _POINTING & set(words) or any(_POINTS_CHINESE.search(run) for run in chinese):
        known |= _BESIDE_POINTING
    return set(words) <= known and all(_CHINESE.fullmatch(run) for run in chinese)


def topics_for(course: Course, language: str) -> tuple[str, ...]:
    """What could have been meant: headings of the course, those in this language first."""
    found = topics(course, _LOOKED_AT)
    return tuple(sorted(found, key=lambda topic: language_of_question(topic) != language)[:_MOST_TOPICS])


def _kept(character: str) -> str:
    """Apostrophes go ("what's"), other punctuation parts words; signs such as "∫" and "=" stay, and name something."""
    if character in "'’‘":
        return ""
    return " " if unicodedata.category(character).startswith("P") else character
