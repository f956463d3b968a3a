"""prometheus_client: a metric that is made again and is the same one counts on."""

from __future__ import annotations

from typing import Any

from prometheus_client.metrics import MetricWrapperBase

from heatsync import adapters

# What tells one metric from another, beside its type. The text that describes it does not.
_MARKS = ("_name", "_labelnames", "_namespace", "_subsystem", "_unit", "_kwargs", "_upper_bounds")


class Adapter(adapters.Adapter):
    """Keeps what was counted. That a metric is registered once, the engine sees to."""

    def stands(self, old: Any, new: Any) -> Any:
        if not isinstance(new, MetricWrapperBase) or type(old) is not type(new):
            return new
        if any(getattr(old, mark, None) != getattr(new, mark, None) for mark in _MARKS):
            return new
        self.journal.set_attribute(old, "_documentation", new._documentation)
        return old
