"""What statements left behind in objects made elsewhere, and how it is taken back."""

from __future__ import annotations

from heatsync._engine.diff import Pair
from heatsync._engine.graph import Graph
from heatsync._engine.journal import Journal
from heatsync._engine.live import Live
from heatsync._engine.source import Statement


class Registrations:
    def __init__(self, graph: Graph, live: Live, journal: Journal) -> None:
        pass

    def withdraw(self, module: str, statement: Statement) -> None: ...
    def prepare(self, module: str, pair: Pair) -> None: ...
    def restore(self, module: str, pair: Pair) -> None: ...
    def settle(self) -> None: ...
