"""What is served by a call at run time is made again, as if that were a statement of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CoroutineType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.libraries import Libraries
from heatsync._engine.batches.vessels import Vessels
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.texts.edit import Change, Pair
from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.kinds import qualname_of
from heatsync._engine.texts.names import FUNCTIONS
from heatsync._engine.texts.taken import Kind, StillOld
from heatsync._engine.walking.causes import Causes
from heatsync._engine.walking.launches import FINISHED, InFlight, Launch, of_server, statement_of
from heatsync._resident.live import Live


def launches(live: Live, graph: Graph, libraries: Libraries, vessels: Vessels) -> Iterator[Launch]:
    """The calls that gave what is served now."""
    of_servers = (of_server(each, live) for each in libraries.served())
    in_flight = InFlight(live, graph, vessels.layers)
    for launch in [*filter(None, of_servers), *in_flight.launches()]:
        if vessels.is_one(launch.thing):
            yield launch


def may_be_factory(ref: Ref, graph: Graph) -> bool:
    """Whether a name may be one of a factory, or of what one is given: looking for what is served
    is not for nothing where it comes out different."""
    definers = () if "." in ref.name else graph.binders(*ref)
    return any(not isinstance(one.node, FUNCTIONS) or calls(one.text) for one in definers)


def calls(function: str) -> bool:
    """Whether the text of a function calls something."""
    return function.count("(") > 1


class ServedAgain:
    """Has the calls looked at that gave what servers have, once all statements were.

    A call stands at the end of its module as `create_app() = create_app()` would: bound to a name
    that no text can say, and which is there only meanwhile. So it runs again for the reasons for
    which a statement does, and what it gives is poured likewise.
    """

    def __init__(self, batch: Batch, causes: Causes) -> None:
        self._batch = batch
        self._causes = causes
        self._waiting: Iterator[Launch] | None = None
        self._known: dict[int, Any] = {}
        self._again: list[tuple[Launch, str]] = []

    def next(self) -> tuple[str, Pair] | None:
        """The next call that has to be made again, with the module in which it is."""
        if self._waiting is None:
            if not self._batch.libraries.may_pour:
                return None
            refs = [*self._batch.changes, *self._batch.filled.refs]
            if not any(may_be_factory(ref, self._batch.graph) for ref in refs):
                return None
            self._waiting = self._launches()
        for launch in self._waiting:
            if found := self._prepared(launch):
                return launch.module, found
        return None

    def _launches(self) -> Iterator[Launch]:
        batch = self._batch
        found = launches(batch.live, batch.graph, batch.libraries, batch.vessels)
        return (launch for launch in found if id(launch.thing) not in self._known)

    def _prepared(self, launch: Launch) -> Pair | None:
        batch, module = self._batch, launch.module
        namespace, name = batch.namespace(module), launch.name
        while name in namespace:
            name += "'"
        source = batch.graph.world.source(module)
        line = (source.text.count("\n") if source else 0) + 2
        statement = statement_of(launch, name, line)
        if self._causes.of(module, statement) is None:
            return None
        if launch.why:
            self._tell_old(launch, f"is not called again, as {launch.why}")
            return None
        self._known[id(launch.thing)] = launch.thing
        self._again.append((launch, name))
        lent = {name: launch.thing, **launch.lent}
        if launch.is_async:
            lent[FINISHED] = self._finished(launch)
        for key, value in lent.items():
            batch.journal.set_item(namespace, key, value)
        return Pair(statement, statement, Change.KEPT)

    def settle(self) -> None:
        """All has run: nothing is left of the names, and what goes on with old things is told."""
        for launch, name in self._again:
            namespace = self._batch.namespace(launch.module)
            if namespace.get(name, MISSING) is not launch.thing:
                self._tell_old(launch, f"gives a {qualname_of(type(namespace.get(name)))} now")
            for key in (name, *launch.lent, FINISHED):
                self._batch.journal.delete_item(namespace, key)

    def _finished(self, launch: Launch) -> Callable[[Any], Any]:
        """What gives the value of a coroutine that need not wait: no loop goes on meanwhile."""

        def finished(given: Any) -> Any:
            if type(given) is not CoroutineType:
                return given
            try:
                given.send(None)
            except StopIteration as end:
                return end.value
            given.close()
            self._tell_old(launch, "waits for something, which no reload can do")
            return launch.thing

        return finished

    def _tell_old(self, launch: Launch, why: str) -> None:
        ref = f"{launch.module}.{launch.name}"
        kind = qualname_of(type(launch.thing))
        words = f"{ref} {why}: the {kind} that is served goes on as it was; restart to have it anew"
        file = self._batch.live.modules[launch.module].filename
        self._batch.merger.notes.append(StillOld(words, Kind.PROGRAM, ref, file))
