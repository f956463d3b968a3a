"""What the start of a server has put into an application, and which nobody puts there again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heatsync.adapters import Journal


class Started:
    """Has the state of an application go on when its line runs again, and those that fill it.

    What these say is so, but for `None`, which only stands for what the start puts there.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._before: list[tuple[dict[Any, Any], dict[Any, Any]]] = []

    def goes_on(self, state: dict[Any, Any], given: Mapping[Any, Any]) -> None:
        """The state of an application takes in what the new one was made with."""
        before = dict(state)
        self._before.append((state, before))
        some = {key: value for key, value in given.items() if value is not None}
        self._journal.refill(state, before | some)

    def settle(self) -> None:
        """All statements have run."""
        for state, before in self._before:
            for key, value in before.items():
                if state.get(key) is None and value is not None:
                    self._journal.set_item(state, key, value)
