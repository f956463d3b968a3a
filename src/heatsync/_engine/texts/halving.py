"""How much two sequences have in common, found by halving: most of two versions of a text is."""

from __future__ import annotations

from collections.abc import Sequence

_FEW = 100


def common(one: Sequence[object], other: Sequence[object], size: int) -> int:
    """How many parts are equal at the beginning of both, of `size` at most."""
    low = 0
    while low < size:
        middle = (low + size + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            size = middle - 1
    return low


def common_end(one: Sequence[object], other: Sequence[object], size: int) -> int:
    """The same at the end: as a rule nearly all that is left behind the beginning."""
    low, ends = 0, (len(one), len(other))
    middle = size - _FEW if size > _FEW else (size + 1) // 2
    while low < size:
        if one[ends[0] - middle : ends[0] - low] == other[ends[1] - middle : ends[1] - low]:
            low = middle
        else:
            size = middle - 1
        middle = (low + size + 1) // 2
    return low
