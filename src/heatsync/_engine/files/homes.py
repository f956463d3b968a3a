"""A module that becomes a package, and back: the same module, made of another file now."""

from __future__ import annotations

import copy
import os
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType
from typing import Any

from heatsync._engine.objects.journal import Journal
from heatsync._resident.files import INIT

_OF_PACKAGES = "__path__"


def package_of(module: str, file: str) -> str:
    """What relative imports in a module start from."""
    return module if os.path.basename(file) == INIT else module.rpartition(".")[0]


def move_in(journal: Journal, module: ModuleType, file: str) -> None:
    """Tells a module that it is made of another file."""
    namespace = module.__dict__
    spec = _spec(namespace, file)
    attributes: dict[str, Any] = {"__file__": file, "__package__": spec.parent, "__spec__": spec}
    if "__loader__" in namespace:
        attributes["__loader__"] = spec.loader
    if "__cached__" in namespace:
        attributes["__cached__"] = spec.cached
    for name, value in attributes.items():
        journal.set_item(namespace, name, value)
    if spec.submodule_search_locations is not None:
        journal.set_item(namespace, _OF_PACKAGES, spec.submodule_search_locations)
    else:
        journal.delete_item(namespace, _OF_PACKAGES)


def _spec(namespace: dict[str, Any], file: str) -> ModuleSpec:
    before: Any = namespace.get("__spec__")
    loader = copy.copy(getattr(before, "loader", None))
    if isinstance(loader, SourceFileLoader):
        loader.path = file
    is_package = os.path.basename(file) == INIT
    spec = ModuleSpec(namespace["__name__"], loader, origin=file, is_package=is_package)
    spec.loader_state = getattr(before, "loader_state", None)
    spec.has_location = True
    if is_package:
        spec.submodule_search_locations = [os.path.dirname(file)]
    return spec
