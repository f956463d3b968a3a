"""Who looks at all that a module or a class has, and is to see what came and went."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from heatsync._engine.texts.callees import OWN_NAMES
from heatsync._engine.texts.graph import Grade, Graph, Ref
from heatsync._engine.texts.names import dotted
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Outcome

if TYPE_CHECKING:
    from heatsync._engine.batches.batch import Batch

_IMPORTS = re.compile(r"\s*(?:from|import)\b")


class Whole:
    """Knows by which names statements look at modules as a whole: `vars(settings)`, `globals()`.

    That is asked for with each name that comes out different, so texts are searched first, once
    for each module; what they mean is read only where there is something to be found.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._names: dict[str, tuple[Ref, ...]] = {}

    def tell(self, outcome: Outcome) -> None:
        """A name came out different, or went."""
        self._tell_bases(outcome)
        if outcome.grade >= Grade.REPLACED and "." not in outcome.ref.name:
            self._tell_module(outcome)

    def _tell_module(self, outcome: Outcome) -> None:
        batch, (module, name) = self._batch, outcome.ref
        if module not in self._names:
            self._names[module] = tuple(dict.fromkeys(self._find(module)))
        if self._names[module]:
            binders = batch.graph.binders(module, name)
            at = (module, binders[-1].top) if binders else None
            for ref in self._names[module]:
                batch.filled.note_whole(ref, outcome.by, at)

    def _find(self, module: str) -> Iterator[Ref]:
        own = self._text(module)
        yield from (Ref(module, names) for names in OWN_NAMES if names in own)
        package, _, last = module.rpartition(".")
        for importer in self._batch.graph.world.importers(module):
            text = self._text(importer)
            names = [last, *re.findall(rf"(?<!\w){last}\s+as\s+(\w+)", text)]
            if last in text and _may_look_at(text, names):
                yield Ref(module, "__dict__")
                yield from (Ref(package, last),) if package else ()
                yield from self._held_by(importer, module)

    def _held_by(self, importer: str, module: str) -> Iterator[Ref]:
        """The names that hold a module by `import module`, or `import module as name`."""
        source = self._batch.graph.world.source(importer)
        for statement in source.saying(module.rpartition(".")[2]) if source else ():
            for each in statement.bound.imports:
                if each.name is None and each.binds and each.module == module:
                    yield Ref(importer, each.binds)

    def _text(self, module: str) -> str:
        edit, running = self._batch.plan.edits.get(module), self._batch.live.modules.get(module)
        if edit is not None:
            return edit.new.text
        return running.data.decode("utf-8", "replace") if running else ""

    def _tell_bases(self, outcome: Outcome) -> None:
        """A class that comes, goes or differs is one of the subclasses of its bases."""
        batch, (module, name) = self._batch, outcome.ref
        now = batch.graph.binders(module, name)[-1:]
        # Who was not edited has the same statements, though their bases may be others.
        then = batch.before.binders(module, name)[-1:] if module in batch.plan.edits else now
        for graph, binders in ((batch.graph, now), (batch.before, then)):
            for cls in binders:
                for ref in set(_subclasses_of_bases(graph, module, cls)):
                    batch.note(Outcome(ref, Grade.REBOUND, outcome.by), (module, cls.top))


def _subclasses_of_bases(graph: Graph, module: str, cls: Statement) -> Iterator[Ref]:
    for base in map(dotted, getattr(cls.node, "bases", ())):
        found = graph.class_at(module, cls.owner, base) if base else None
        if found is not None:
            yield Ref(found[0], f"{found[1].qualname}.__subclasses__")


def _may_look_at(text: str, names: list[str]) -> bool:
    """Whether a text may do more with a module than take attributes of it."""
    said = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)(?:\s*\.\s*__dict__|(?!\s*[.=:(\[]))")
    lines = (text[text.rfind("\n", 0, match.start()) + 1 :] for match in said.finditer(text))
    return any(_IMPORTS.match(line) is None for line in lines)
