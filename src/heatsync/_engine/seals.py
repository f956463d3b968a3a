"""What well-known objects remember of having been set up, and refuse or overlook more because of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heatsync._engine.holdings import follow
from heatsync._engine.journal import Journal
from heatsync._engine.memory import MISSING

# By attribute, the value with which a new object begins.
_FRESH: Mapping[str, Any] = {
    "_got_first_request": False,  # Flask: its set-up is over with the first request
    "_got_registered_once": False,  # Flask's blueprints: it is when an app takes them in
    "openapi_schema": None,  # FastAPI: the schema of the routes there were when somebody asked
}


def reopen(journal: Journal, target: Any) -> None:
    """Makes an object take registrations as it did when it was new."""
    for name, fresh in _FRESH.items():
        held = follow(target, [name])
        if held is not MISSING and held is not fresh:
            journal.set_attribute(target, name, fresh)
