"""Flask: applications serve on when their line is edited, and take in routes while they serve."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from heatsync import adapters
from heatsync.adapters import Served, in_flight, loaded

# An application's set-up is over with its first request, a blueprint's when an app takes it in.
_SEALS = ("_got_first_request", "_got_registered_once")
_FLAGS = ("DEBUG", "TESTING")


class Adapter(adapters.Adapter):
    """Opens what has to take in something."""

    def pours(self, thing: Any) -> bool:
        return isinstance(thing, loaded("flask.sansio.app", "App"))

    def poured(self, old: Any, new: Any) -> None:
        """What `app.run(debug=True)` and tests set from outside, they do not set again."""
        for name in _FLAGS:
            if old.config.get(name) and not new.config.get(name):
                self.journal.set_item(new.config, name, old.config[name])

    def served(self) -> Iterator[Served]:
        """What commands of `flask`, such as `flask run`, have of a factory."""
        for context in in_flight(loaded("click.core", "Context")):
            kind = loaded("flask.cli", "ScriptInfo")
            info = context.find_object(kind) if isinstance(kind, type) else None
            if info is not None and info._loaded_app is not None:
                if info.create_app is not None:
                    yield Served(info._loaded_app, info.create_app)
                else:
                    yield from _named(info)

    def reopen(self, target: Any) -> None:
        for seal in _SEALS:
            if vars(target).get(seal):
                self.journal.set_attribute(target, seal, False)


def _named(info: Any) -> Iterable[Served]:
    """As `flask --app` finds a factory; nothing where it has found an application."""
    paths = [info.app_import_path] if info.app_import_path else ["wsgi.py", "app.py"]
    for path in paths:
        where, *name = re.split(r":(?![\\/])", path, maxsplit=1)
        module = _module(where)
        if module is not None:
            return _called(info._loaded_app, module, name[0] if name else None)
    return ()


def _module(path: str) -> ModuleType | None:
    """The one that a path or dotted name stands for, without importing it."""
    parts = [*re.split(r"[\\/.]", path.removesuffix(".py").removesuffix("/__init__"))]
    names = (".".join(parts[number:]) for number in range(len(parts)))
    found = (sys.modules.get(name) for name in names)
    return next(filter(None, found), None)


def _called(app: Any, module: ModuleType, name: str | None) -> Iterator[Served]:
    if name is None:
        if any(value is app for value in vars(module).values()):
            return
        for usual in ("create_app", "make_app"):
            factory = getattr(module, usual, None)
            if inspect.isfunction(factory):
                yield Served(app, factory)
                return
    else:
        call = ast.parse(name.strip(), mode="eval").body
        function = call.func if isinstance(call, ast.Call) else call
        factory = getattr(module, function.id, None) if isinstance(function, ast.Name) else None
        if inspect.isfunction(factory):
            arguments = [ast.literal_eval(each) for each in getattr(call, "args", ())]
            words = {
                word.arg: ast.literal_eval(word.value) for word in getattr(call, "keywords", ())
            }
            yield Served(app, factory, arguments, words)
