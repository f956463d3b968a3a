"""uvicorn: what it was given a factory for becomes what that makes when it is edited."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from heatsync import adapters
from heatsync.adapters import Served, in_flight, loaded


class Adapter(adapters.Adapter):
    """Servers that run call a factory once, and put wrappers of their own around what it gives."""

    def served(self) -> Iterator[Served]:
        for server in in_flight(loaded("uvicorn.server", "Server")):
            config = server.config
            if getattr(config, "loaded", False):
                factory, app = _of(config.app), _without_wrappers(config.loaded_app)
                if inspect.isroutine(factory) and app is not factory:
                    yield Served(app, factory)


def _of(app: Any) -> Any:
    """What `module:name` stands for by now; uvicorn takes the thing itself, too."""
    if not isinstance(app, str):
        return app
    module, _, path = app.partition(":")
    found = None
    for number, name in enumerate(path.split(".")):
        found = getattr(found, name, None) if number else loaded(module, name)
    return found


def _without_wrappers(app: Any) -> Any:
    while type(app).__module__.partition(".")[0] == "uvicorn":
        app = app.app
    return app
