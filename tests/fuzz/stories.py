"""Modules made of real statements, and what becomes of them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from hypothesis import strategies as st

from fuzz.corpus import pieces
from fuzz.mutations import mutated, spoiled
from fuzz.pure import live_through

MODULES = ("app", "lib", "pkg", "pkg.a", "gone")


@dataclass(frozen=True)
class Story:
    """The texts of some modules before an edit, and of those that it touches after it."""

    before: dict[str, bytes]
    after: dict[str, bytes]


@dataclass
class Counts:
    """What a run came to."""

    inputs: int = 0
    python: int = 0
    slowest: float = 0.0


def stories(files: list[str]) -> st.SearchStrategy[Story]:
    seeds = st.lists(st.integers(0, 2**32), max_size=6)
    accidents = st.one_of(*[st.just([])] * 9, seeds)
    piece = st.tuples(st.sampled_from(files), st.integers(0, 999))
    module = st.tuples(st.lists(piece, max_size=6), seeds, accidents)
    edit = st.tuples(seeds, accidents, st.lists(piece, max_size=1))
    names = st.lists(st.sampled_from(MODULES), min_size=1, max_size=3, unique=True)

    @st.composite
    def story(draw: st.DrawFn) -> Story:
        before, after = {}, {}
        for name in draw(names):
            parts, own, spoils = draw(module)
            text = mutated("\n".join(map(_piece, parts)), own)
            before[name] = spoiled(_encoded(text), spoils)
            changes, spoils, more = draw(edit)
            text = mutated("\n".join([text, *map(_piece, more)]), changes)
            after[name] = spoiled(_encoded(text), spoils)
        return Story(before, after)

    return story()


def _piece(chosen: tuple[str, int]) -> str:
    file, number = chosen
    of_file = pieces(file)
    return of_file[number % len(of_file)]


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def live_through_story(story: Story, counts: Counts, slow: float) -> None:
    """Raises AssertionError for what is wrong, or takes too many seconds of the processor."""
    counts.inputs += 1
    began = time.process_time()
    counts.python += live_through(story.before, story.after)
    took = time.process_time() - began
    counts.slowest = max(counts.slowest, took)
    assert took < slow, f"took {took:.1f} s"
