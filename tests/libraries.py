"""Libraries that some tests need: they are loaded for these only, once all others have run."""

import importlib

import pytest

needs = pytest.mark.needs


class Library:
    """A module of a library, loaded when it is first used."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, name):
        if name.startswith("_"):  # who collects the tests looks for marks
            raise AttributeError(name)
        return getattr(importlib.import_module(self._name), name)
