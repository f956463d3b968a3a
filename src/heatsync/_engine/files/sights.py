"""Files whose signs alone tell that they are still what is running."""

from __future__ import annotations

from typing import NamedTuple

from heatsync._resident.texts import Signature, Text, signature, signature_of

# File systems keep time in steps, FAT in the longest: what was written within the last one may be
# written again without a trace in the signs.
STEP = 2.5  # seconds


class _Sight(NamedTuple):
    signs: Signature
    texts: list[bytes]  # that were running when it was seen to be the same
    since: float
    is_sure: bool  # it was read again since then, when the step was over


class Sights:
    """What was seen of files that were what is running.

    A program that asks at each of its turns whether there is something new should not read all of
    its files for that. No clock but our own is asked: that of a server may go otherwise.
    """

    def __init__(self) -> None:
        self._sights: dict[str, _Sight] = {}

    def tell_still(self, file: str, texts: list[bytes]) -> bool:
        """Whether it is known, without reading it, that a file is what is running."""
        seen = self._sights.get(file)
        if seen is None or not seen.is_sure or seen.texts != texts:
            return False
        return signature(file) == seen.signs

    def note(self, file: str, text: Text, texts: list[bytes], read_at: float) -> None:
        """It was read, and is what is running."""
        seen, signs = self._sights.get(file), signature_of(text.stat)
        if seen is None or seen.signs != signs or seen.texts != texts:
            self._sights[file] = _Sight(signs, texts, read_at, False)
        elif read_at - seen.since >= STEP:
            self._sights[file] = seen._replace(is_sure=True)

    def forget(self, file: str) -> None:
        self._sights.pop(file, None)
