"""Pydantic: models are compiled, and so are all that refer to them; each is compiled anew."""

from __future__ import annotations

import copy
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from heatsync import adapters
from heatsync.adapters import METHODS, Renewed, descendants, instances, loaded, subclasses

_INTERNAL = "pydantic._internal."

# What tells models, dataclasses, named tuples, typed dicts, enums, and classes that say it themselves.
_READ = frozenset(
    {"__pydantic_core_schema__", "__pydantic_fields__", "__dataclass_fields__", "_fields"}
    | {"__required_keys__", "_member_map_", "__get_pydantic_core_schema__"}
    | {"__get_pydantic_json_schema__"}
)


class Adapter(adapters.Adapter):
    """Rebuilds models as soon as one is renewed; what else holds a schema, at the end."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self._stale: dict[int, type] = {}

    def takes_methods(self, cls: type, methods: Mapping[str, Sequence[str]]) -> bool:
        """Methods are no part of a schema, unless pydantic knows their names."""
        return _is_model(cls) and all(
            METHODS.issuperset(decorators) and not name.startswith(("__", "model_"))
            for name, decorators in methods.items()
        )

    def renewed(self, renewed: Sequence[Renewed]) -> list[object]:
        classes = [one for one in renewed if isinstance(one.made, type) and _is_read(one.thing)]
        for one in classes:
            self._stale[id(one.thing)] = one.thing
            if _is_model(one.thing) or _is_dataclass(one.thing):
                self.journal.protect(one.thing)
                _forget(one.made, one.thing)
        if classes:
            models = [one for one in classes if _is_model(one.thing)]
            heirs = self._rebuild([one.thing for one in models])
            had = [(one.thing, _parts(one.before)) for one in models]
            self._complete_all(
                [cls for cls, before in [*had, *heirs] if _parts(vars(cls)) - before]
            )
        return []

    def _rebuild(self, renewed: list[type]) -> list[tuple[type, set[str]]]:
        """Rebuilds models, with those made from them and those that refer to them.

        Gives the ones made from them, each with what it had until now.
        """
        models = list(_below(loaded("pydantic.main", "BaseModel")))
        heirs = [m for m in models if m not in renewed and any(c in m.__mro__ for c in renewed)]
        self._stale.update((id(heir), heir) for heir in heirs)
        affected = [*renewed, *heirs]
        affected += [m for m in models if m not in affected and self._refers(m)]
        for model in affected:
            self.journal.protect(model)
            _mock(model)
        had = [(heir, _parts(vars(heir))) for heir in heirs]
        for model in heirs:
            _inherit(model)
        for model in affected:
            model.model_rebuild(force=True, raise_errors=False, _parent_namespace_depth=0)
        return had

    def _complete_all(self, models: list[type]) -> None:
        """Before others run, which may be edited to read what is new."""
        kinds = set(map(id, models))
        for instance in instances(*models):
            if id(type(instance)) in kinds:
                self._complete(instance, type(instance))

    def _refers(self, thing: Any) -> bool:
        """Whether something was renewed, or compiled to a schema with a renewed class in it."""
        schema = vars(thing).get("__pydantic_core_schema__")
        return id(thing) in self._stale or _names(schema, self._stale)

    def settle(self) -> None:
        """Looks through the heap, once: nothing leads from a class to those that name it."""
        if not self._stale:
            return
        adapter = loaded("pydantic.type_adapter", "TypeAdapter")
        call = loaded(_INTERNAL + "_validate_call", "ValidateCallWrapper")
        models = filter(_is_model, self._stale.values())
        for thing in instances(adapter, call, *models):
            if issubclass(type(thing), adapter):
                self._rebuild_type(thing)
            elif issubclass(type(thing), call):
                self.journal.protect(thing)
                thing._create_validators()
            elif id(type(thing)) in self._stale:
                self._complete(thing, type(thing))
        for cls in descendants(object):
            if type(cls) is type and _is_dataclass(cls) and self._refers(cls):
                self._rebuild_dataclass(cls)

    def _rebuild_type(self, adapter: Any) -> None:
        if _names(vars(adapter).get("core_schema"), self._stale):
            self.journal.protect(adapter)
            home = sys.modules.get(vars(adapter).get("_module") or "")
            with warnings.catch_warnings():  # what there is to say was said when it was made
                warnings.simplefilter("ignore")
                adapter.rebuild(force=True, raise_errors=False, _types_namespace=vars(home or sys))

    def _rebuild_dataclass(self, cls: type) -> None:
        self.journal.protect(cls)
        rebuild = loaded("pydantic.dataclasses", "rebuild_dataclass")
        rebuild(cls, force=True, raise_errors=False, _parent_namespace_depth=0)

    def _complete(self, instance: Any, model: Any) -> None:
        """Gives an instance that was made before the defaults of what it lacks."""
        have = vars(instance)
        lacks = {**have, **dict(_defaults(model.__pydantic_fields__, have))}
        if len(lacks) > len(have):
            order = [*model.__pydantic_fields__, *have]
            self.journal.refill(have, {name: lacks[name] for name in order if name in lacks})
        private = instance.__pydantic_private__ or {}
        added = dict(_defaults(model.__private_attributes__, private))
        if added:
            self.journal.set_attribute(instance, "__pydantic_private__", {**private, **added})


def _parts(namespace: Mapping[str, Any]) -> set[str]:
    """The names of the fields and private attributes of a model."""
    return {*namespace.get("__pydantic_fields__", ()), *namespace.get("__private_attributes__", ())}


def _is_model(thing: object) -> bool:
    return isinstance(thing, loaded(_INTERNAL + "_model_construction", "ModelMetaclass"))


def _is_dataclass(cls: type) -> bool:
    return "__is_pydantic_dataclass__" in type.__dict__["__dict__"].__get__(cls)


def _is_read(cls: type) -> bool:
    """Whether a schema that names a class has more of it in it than the class itself."""
    own = type.__dict__["__dict__"].__get__
    return any(not _READ.isdisjoint(own(part)) for part in type.__dict__["__mro__"].__get__(cls))


def _below(cls: Any) -> Iterator[Any]:
    for subclass in subclasses(cls) if cls else ():
        yield subclass
        yield from _below(subclass)


def _defaults(parts: Mapping[str, Any], have: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    undefined = loaded("pydantic_core", "PydanticUndefined")
    for name, part in parts.items():
        if name not in have and (value := _default(part, have)) is not undefined:
            yield name, value


def _default(part: Any, have: Mapping[str, Any]) -> Any:
    """The default of a field or private attribute; a factory may ask for the other values."""
    if not isinstance(part, loaded("pydantic.fields", "FieldInfo")):
        return part.get_default()
    if getattr(part, "default_factory_takes_validated_data", False):
        return part.get_default(call_default_factory=True, validated_data=dict(have))
    return part.get_default(call_default_factory=True)


def _names(schema: Any, wanted: Mapping[int, type]) -> bool:
    """Whether classes with these ids are in a schema: a tree of dicts and lists."""
    waiting, seen = [schema], set[int]()
    while waiting:
        part = waiting.pop()
        if id(part) in wanted:
            return True
        if type(part) in (dict, list, tuple) and id(part) not in seen:
            seen.add(id(part))
            waiting.extend(part.values() if type(part) is dict else part)
    return False


def _mock(model: Any) -> None:
    """Takes a model's schema away, so that nobody builds another one of it meanwhile."""
    model.__pydantic_complete__ = False
    loaded(_INTERNAL + "_mock_val_ser", "set_model_mocks")(model)


def _forget(made: type, cls: Any) -> None:
    """Puts a class in the place of the new one that was poured into it, in what it consists of."""
    instead = {made: cls}
    replace = loaded(_INTERNAL + "_generics", "replace_types")
    for info in vars(cls).get("__pydantic_fields__", {}).values():
        info.annotation = replace(info.annotation, instead)
    _bind(cls, vars(cls).get("__pydantic_decorators__"))


def _bind(cls: Any, infos: Any) -> None:
    """Binds the validators and serializers of a class to it."""
    for group in fields(infos) if infos else ():
        decorators: dict[str, Any] = getattr(infos, group.name)
        for name, one in decorators.items():
            words = {"cls_var_name": one.cls_var_name, "shim": one.shim}
            decorators[name] = type(one).build(cls, info=copy.copy(one.info), **words)


def _inherit(model: Any) -> None:
    """Gives a model what its bases have, such as a generic one with its parameters filled in."""
    own = vars(model).get("__annotations__", {})
    filled = loaded(_INTERNAL + "_generics", "get_model_typevars_map")(model)
    replace = loaded(_INTERNAL + "_generics", "replace_types")
    found: dict[str, Any] = {}
    for base in _models(model.__mro__[1:]):
        for name, info in base.__pydantic_fields__.items():
            if name not in own and name not in found:
                found[name] = copied = copy.copy(info)
                copied.annotation = replace(info.annotation, filled)
    kept = {name: info for name, info in model.__pydantic_fields__.items() if name in own}
    model.__pydantic_fields__ = {**found, **kept}
    model.__pydantic_decorators__ = type(model.__pydantic_decorators__).build(model)


def _models(classes: Iterable[Any]) -> Iterator[Any]:
    return (cls for cls in classes if _is_model(cls) and "__pydantic_fields__" in vars(cls))
