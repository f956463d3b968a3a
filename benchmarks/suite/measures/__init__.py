"""What is measured, by name, in the order in which it is."""

from collections.abc import Callable

from suite.bench import Bench
from suite.measures import (
    apply,
    calls,
    dependents,
    files,
    growth,
    heap,
    importing,
    latency,
    modules,
    registered,
    serving,
    start,
)

MEASURES: dict[str, Callable[[Bench], None]] = {
    "latency": latency.run,
    "apply": apply.run,
    "modules": modules.run,
    "files": files.run,
    "dependents": dependents.run,
    "registered": registered.run,
    "heap": heap.run,
    "importing": importing.run,
    "start": start.run,
    "calls": calls.run,
    "growth": growth.run,
    "serving": serving.run,
}
