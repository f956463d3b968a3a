"""What a text says, without reading it as a tree: its words, and whether it imports names unseen."""

from __future__ import annotations

import keyword
import re
import unicodedata
from functools import lru_cache

_STAR = re.compile(r"import[\s\\]*\*")
_WORD = re.compile(r"\w+")


def plain(text: str) -> str:
    """A text with names as Python sees them: `ﬁ` is `fi`."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def words_in(text: str) -> frozenset[str]:
    """All names in a plain text, and what else looks like one."""
    return frozenset(_WORD.findall(text))


def says(text: str, name: str) -> bool:
    """Whether a name may stand in a plain text.

    A private name and a keyword may do so as a part of a word: in `_Box__size`, in `import_module`.
    """
    if name not in text:
        return False
    word = _as_word(name)
    return word is None or word.search(text) is not None


def says_once(text: str, name: str) -> bool:
    """Whether a name stands at one place of a text."""
    if text.count(name) == 1:
        return True
    word = _as_word(name)
    return word is not None and len(word.findall(text)) == 1


@lru_cache(maxsize=500)
def _as_word(name: str) -> re.Pattern[str] | None:
    """None for one that may stand as a part of a word."""
    if name.startswith("__") or not name.isidentifier() or keyword.iskeyword(name):
        return None
    # So that a search can begin with its first letter: much faster than with `\b` in front.
    return re.compile(rf"{name}\b(?<!\w{name})")


def has_star(text: str) -> bool:
    """Whether it may import names that it does not say."""
    return "*" in text and _STAR.search(text) is not None
