"""Which statements an edit may cause to run, by the model's own and generous account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from oracle.model import Chunk, Program

Key = tuple[object, ...]


def may_run(old: Program, new: Program) -> set[Key]:
    """The keys of the new program's chunks that were edited, or that anything edited reaches.

    Reaching goes by mere mention: late or now, held or called, of a name or of one more that
    mentions it; and from what fills a container to all that mention that.
    """
    after = _by_key(new)
    changed = set(_changed(old, new))
    deep = _filled_by_calling(new)
    affected = set[str]()
    for known in (_by_key(old), after):
        affected |= {n for key in changed if key in known for n in _touched(known[key], deep)}
    allowed = changed & after.keys()
    binders = _binders(after.values())
    while True:
        reached = {
            key
            for key, chunk in after.items()
            if key not in allowed and affected.intersection(chunk.mentions | chunk.binds)
        }
        # What runs again reads names as they stood above it, so all their binders may.
        reached |= {
            binder
            for key in allowed
            for name in after[key].mentions | after[key].binds
            for binder in binders[name]
            if len(binders[name]) > 1 and binder not in allowed
        }
        if not reached:
            return allowed
        allowed |= reached
        affected |= {name for key in reached for name in _touched(after[key], deep)}


def _by_key(program: Program) -> dict[Key, Chunk]:
    return {chunk.key: chunk for chunks in program.chunks.values() for chunk in chunks}


def _touched(chunk: Chunk, deep: Mapping[str, frozenset[str]]) -> Iterator[str]:
    yield from chunk.binds
    yield from chunk.fills
    for name in chunk.mentions:
        yield from deep.get(name, ())


def _filled_by_calling(program: Program) -> dict[str, frozenset[str]]:
    """By name of a decorator, the containers that it fills when it is called."""
    return {
        name: chunk.fills_late
        for chunks in program.chunks.values()
        for chunk in chunks
        for name in chunk.binds
        if chunk.fills_late
    }


def _binders(chunks: Iterable[Chunk]) -> Mapping[str, list[Key]]:
    found: dict[str, list[Key]] = {}
    for chunk in chunks:
        for name in chunk.binds | chunk.mentions:
            found.setdefault(name, [])
        if chunk.key[0] == "statement":
            for name in chunk.binds:
                found[name].append(chunk.key)
    return found


def _changed(old: Program, new: Program) -> Iterator[Key]:
    """Those that are new, gone, in another file, with another text, or that were overtaken by
    one with which they have a name in common."""
    before = {c.key: (m, c) for m, chunks in old.chunks.items() for c in chunks}
    after = {c.key: (m, c) for m, chunks in new.chunks.items() for c in chunks}
    for key in before.keys() | after.keys():
        if key not in before or key not in after:
            yield key
            continue
        (module, was), (home, now) = before[key], after[key]
        if (
            module != home
            or was.text.lstrip("# coment\n") != now.text.lstrip("# coment\n")
            or any(_overtaken(before, after, key, other) for other in before.keys() & after.keys())
        ):
            yield key


def _overtaken(
    before: Mapping[Key, tuple[str, Chunk]],
    after: Mapping[Key, tuple[str, Chunk]],
    one: Key,
    other: Key,
) -> bool:
    (module, was), (there, other_was) = before[one], before[other]
    if module != there or after[other][0] != module:
        return False
    now, other_now = after[one][1], after[other][1]
    if (was.lines.start < other_was.lines.start) == (now.lines.start < other_now.lines.start):
        return False
    return bool((now.binds | now.mentions) & (other_now.binds | other_now.mentions))
