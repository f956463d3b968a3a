"""Modules in the manner of torch: a network keeps its parameters and hooks while its class is edited."""

from __future__ import annotations

import copy
import pickle

import pytest

NN = '''
"""The part of torch.nn that matters: attributes live in tables, and reading them falls back to these."""
from collections import OrderedDict
class Parameter:
    def __init__(self, value): self.value = value
    def __eq__(self, other): raise TypeError("compare the values")
    __hash__ = object.__hash__
class Module:
    def __init__(self):
        super().__setattr__("training", True)
        super().__setattr__("_parameters", OrderedDict())
        super().__setattr__("_modules", OrderedDict())
        super().__setattr__("_forward_hooks", OrderedDict())
    def __setattr__(self, name, value):
        tables = self.__dict__
        if isinstance(value, Parameter):
            tables["_parameters"][name] = value
        elif isinstance(value, Module):
            tables["_modules"][name] = value
        else:
            super().__setattr__(name, value)
    def __getattr__(self, name):
        for table in ("_parameters", "_modules"):
            found = self.__dict__.get(table, {})
            if name in found:
                return found[name]
        raise AttributeError(name)
    def __delattr__(self, name):
        for table in (self._parameters, self._modules):
            if name in table:
                del table[name]
                return
        super().__delattr__(name)
    def __call__(self, *inputs):
        result = self.forward(*inputs)
        for hook in self._forward_hooks.values():
            result = hook(self, inputs, result)
        return result
    def forward(self, *inputs): raise NotImplementedError
    def register_forward_hook(self, hook): self._forward_hooks[len(self._forward_hooks)] = hook
    def parameters(self):
        yield from self._parameters.values()
        for module in self._modules.values():
            yield from module.parameters()
    def apply(self, function):
        for module in self._modules.values():
            module.apply(function)
        function(self)
        return self
class Linear(Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = Parameter(weight)
    def forward(self, x): return x * self.weight.value
class Sequential(Module):
    def __init__(self, *modules):
        super().__init__()
        for number, module in enumerate(modules):
            self._modules[str(number)] = module
    def forward(self, x):
        for module in self._modules.values():
            x = module(x)
        return x
'''

NET = """
from nn_ import Module, Linear, Parameter, Sequential
class Block(Module):
    scale = 2
    def __init__(self, weight):
        super().__init__()
        self.inner = Linear(weight)
        self.bias = Parameter(1)
    def forward(self, x):
        return self.inner(x) * self.scale + self.bias.value
class Net(Module):
    activation = Linear(1)
    def __init__(self):
        super().__init__()
        self.body = Sequential(Block(1), Block(2))
    def forward(self, x): return self.activation(self.body(x))
net = Net()
trained = list(net.parameters())
for parameter in trained:
    parameter.value += 1
def double(module, inputs, result): return result * 2
net.register_forward_hook(double)
"""


@pytest.fixture
def app(project, tmp_path, monkeypatch):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "nn_.py").write_text(NN)
    monkeypatch.syspath_prepend(tmp_path / "site")
    project.write({"app.py": NET})
    return project.load("app")


def test_forward(project, app):
    net, parameters = app.net, list(app.net.parameters())
    before = net(1)
    project.edit("app.py", "+ self.bias.value", "+ self.bias.value + 100")
    assert project.refresh() == ["patch app.Block.forward", "rerun app.trained"]
    assert net(1) > before

    project.edit(
        "app.py",
        "def forward(self, x):\n        return",
        "def forward(self, x, y=0):\n        return",
    )
    project.edit("app.py", "self.bias.value + 100", "self.bias.value + y")
    assert project.refresh() == ["run app.Block.forward", "rerun app.trained"]
    assert net(1) == before
    assert app.net is net
    assert list(map(id, net.parameters())) == list(map(id, parameters))
    assert type(net.body._modules["0"]) is app.Block


def test_hooks(project, app):
    before = app.net(1)
    project.edit("app.py", "return result * 2", "return result * 4")
    assert project.refresh() == ["patch app.double"]
    assert app.net(1) == before * 2
    project.edit(
        "app.py", "def double(module, inputs, result):", "def double(module, inputs, result, n=6):"
    )
    project.edit("app.py", "result * 4", "result * n")
    assert project.refresh() == ["run app.double"]
    assert app.net(1) == before * 3
    assert list(app.net._forward_hooks.values()) == [app.double]


def test_class_attributes(project, app):
    before = app.net(0)
    project.edit("app.py", "scale = 2", "scale = 3")
    assert project.refresh() == ["run app.Block.scale", "rerun app.trained"]
    assert app.net.body._modules["0"].scale == 3
    assert app.net(0) != before


def test_a_base_and_a_constructor(project, app):
    net, weights = app.net, [p.value for p in app.net.parameters()]
    project.edit("app.py", "self.bias = Parameter(1)", "self.bias = Parameter(9)")
    assert project.refresh() == ["patch app.Block.__init__", "rerun app.trained"]
    assert [p.value for p in net.parameters()] == weights
    assert app.Block(1).bias.value == 9

    project.edit(
        "app.py",
        "class Block(Module):",
        "class Mixed:\n    def extra(self): return 'extra'\nclass Block(Mixed, Module):",
    )
    project.refresh()
    assert net.body._modules["0"].extra() == "extra"
    assert [p.value for p in net.parameters()] == weights
    assert isinstance(net.body._modules["0"], app.Block)


def test_pickle_and_copy(project, app):
    project.edit("app.py", "class Block(Module):", "class Block(Module):\n    more = 1")
    project.refresh()
    twin = pickle.loads(pickle.dumps(app.net.body))
    assert twin(1) == app.net.body(1)
    assert copy.deepcopy(app.net.body)(1) == app.net.body(1)
