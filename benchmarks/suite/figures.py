"""All that was measured: numbers by measure, system and size, and what could not be measured."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Figures:
    """The numbers of one measure, system and size; in the order in which they were taken."""

    measure: str
    system: str
    at: float
    values: list[float] = field(default_factory=list)
    failed: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values) if self.values else math.nan

    @property
    def least(self) -> float:
        return min(self.values, default=math.nan)

    @property
    def p95(self) -> float:
        return share(self.values, 0.95)


def share(values: Sequence[float], part: float) -> float:
    """The value that this part of the values does not exceed."""
    if not values:
        return math.nan
    at = (len(values) - 1) * part
    low, high = sorted(values)[math.floor(at)], sorted(values)[math.ceil(at)]
    return low + (high - low) * (at - math.floor(at))


class Results:
    """Every Figures of a run, with a word about the run itself."""

    def __init__(self, about: dict[str, Any], rows: Sequence[Figures] = ()) -> None:
        self.about = about
        self.rows = {(row.measure, row.system, row.at): row for row in rows}

    def row(self, measure: str, system: str, at: float = 0) -> Figures:
        return self.rows.setdefault((measure, system, at), Figures(measure, system, at))

    def add(self, measure: str, system: str, at: float, value: float) -> None:
        self.row(measure, system, at).values.append(value)

    def failed(self, measure: str, system: str, at: float, why: str) -> None:
        self.row(measure, system, at).failed = why

    def failure(self, measure: str, system: str, at: float = 0) -> str:
        return self.row(measure, system, at).failed if (measure, system, at) in self.rows else ""

    def systems(self, measure: str) -> list[str]:
        return list(dict.fromkeys(system for name, system, _ in self.rows if name == measure))

    def sizes(self, measure: str) -> list[float]:
        return sorted({at for name, _, at in self.rows if name == measure})

    def found(self, measure: str, system: str, at: float = 0) -> Figures | None:
        """The Figures, if anything was measured."""
        row = self.rows.get((measure, system, at))
        return row if row and row.values else None

    def median(self, measure: str, system: str, at: float = 0) -> float:
        """Its median, or NaN if nothing was measured."""
        row = self.found(measure, system, at)
        return row.median if row else math.nan

    def save(self, file: str) -> None:
        rows = [
            asdict(row) | {"values": [round(value, 4) for value in row.values]}
            for row in self.rows.values()
        ]
        lines = ",\n".join(json.dumps(row) for row in rows)
        with open(file, "w", encoding="utf-8") as out:
            out.write(
                f'{{"about": {json.dumps(self.about, indent=1)},\n"figures": [\n{lines}\n]}}\n'
            )

    @classmethod
    def load(cls, file: str) -> Results:
        with open(file, encoding="utf-8") as text:
            found = json.load(text)
        return cls(found["about"], [Figures(**row) for row in found["figures"]])
