"""SQLAlchemy: a declarative class is mapped anew, together with all that it is related to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from heatsync import adapters
from heatsync.adapters import METHODS, Renewed, instances, loaded

_HOME = "sqlalchemy.orm.clsregistry"
_TEXTS = frozenset({"__repr__", "__str__"})


class Adapter(adapters.Adapter):
    """Takes the mapping off a class and those it is related to; running their text maps them."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self._before: dict[Any, Any] = {}  # the mappers that classes had, in order
        self._due: list[Any] = []  # classes that were unmapped with another one

    def takes_methods(self, cls: type, methods: Mapping[str, Sequence[str]]) -> bool:
        return all(
            METHODS.issuperset(decorators)
            and (name in _TEXTS or not name.startswith("__"))
            and not isinstance(
                vars(cls).get(name), loaded("sqlalchemy.orm.attributes", "QueryableAttribute")
            )
            for name, decorators in methods.items()
        )

    def in_place(self, cls: type) -> bool:
        return _mapper(cls) is not None or cls in self._before

    def refuses(self, cls: type) -> str | None:
        """A mapping is one net: where the text of a part cannot be run, none can be made anew."""
        mapper = _mapper(cls)
        for other in _related(mapper) if mapper is not None else ():
            if other.__module__ not in self.modules:
                return (
                    f"{cls.__module__}.{cls.__qualname__} changed, and is mapped together with "
                    f"{other.__module__}.{other.__qualname__}, which is not live: restart to see it"
                )
        return None

    def withdraw(self, made: Any) -> None:
        mapper = _mapper(made)
        if mapper is not None:
            for cls in list(_related(mapper)):
                self._unmap(cls)
                self._due += [cls] if cls is not made else []
        else:  # by identity: columns may not like to be compared
            self._due = [cls for cls in self._due if cls is not made]

    def _unmap(self, cls: Any) -> None:
        mapper = _mapper(cls)
        registry, manager = mapper.registry, mapper.class_manager
        self._before[cls] = mapper
        _take_from_registry(registry, cls, manager)
        back = partial(_put_into_registry, registry, cls, manager)
        self.journal.on_roll_back(f"the mapping of {cls.__qualname__}", back)
        for name in ("_sa_class_manager", "__mapper__"):
            self.journal.delete_attribute(cls, name)
        if mapper.local_table is vars(cls).get("__table__"):
            self._remove_table(mapper.local_table)

    def _remove_table(self, table: Any) -> None:
        metadata = table.metadata
        keys = {(table.key, column.name) for column in table.columns}
        for holder in (metadata.tables, metadata._schemas, metadata._fk_memos):
            self.journal.protect(holder)
        for key, waiting in metadata._fk_memos.items():
            self.journal.protect(waiting)
            for foreign_key in waiting if key in keys else ():
                self.journal.protect(foreign_key)  # of a table that stays: it finds the new column
        metadata.remove(table)

    def renewed(self, renewed: Sequence[Renewed]) -> Iterator[object]:
        for one in renewed:
            mapper = _mapper(one.thing)
            before = None if mapper is None else self._before.get(one.thing)
            if before is not None and mapper is not None:
                mapper.dispatch._update(before.dispatch, only_propagate=False)
        due, self._due = self._due, []
        yield from due

    def settle(self) -> None:
        """Instances that exist, in sessions and elsewhere, belong to the new mapping."""
        if not self._before:
            return
        kind = loaded("sqlalchemy.orm.state", "InstanceState")
        for state in instances(kind):
            if state.class_ in self._before and (mapper := _mapper(state.class_)):
                mapper.registry.configure()  # there are instances only of what is configured
                self.journal.protect(state)
                state.manager = mapper.class_manager
                for name in ("mapper", "load_path", "load_options", "callables"):
                    state.__dict__.pop(name, None)


def _mapper(cls: Any) -> Any:
    """The mapper of a class itself; None if there is none."""
    namespace: Mapping[str, Any] = (
        type.__dict__["__dict__"].__get__(cls) if isinstance(cls, type) else {}
    )
    manager = namespace.get("_sa_class_manager")
    return getattr(manager, "mapper", None) if manager is not None and manager.is_mapped else None


def _related(mapper: Any) -> Iterator[Any]:
    """The classes that are mapped together: by inheritance, relationships and foreign keys."""
    mappers = list(mapper.registry.mappers)
    tables = {m: {t for t in m.tables if t.metadata} for m in mappers}
    group, waiting = {mapper: None}, [mapper]
    while waiting:
        one = waiting.pop()
        for other in mappers:
            if other not in group and (_leads(one, other, tables) or _leads(other, one, tables)):
                group[other] = None
                waiting.append(other)
    return (one.class_ for one in mappers if one in group)


def _leads(one: Any, other: Any, tables: Mapping[Any, Any]) -> bool:
    if one.inherits is other or not tables[one].isdisjoint(tables[other]):
        return True
    if any(getattr(part, "entity", None) is other for part in _relationships(one)):
        return True
    keys = (key for table in tables[one] for key in table.foreign_keys)
    names = {table.key for table in tables[other]}
    return any(key.target_fullname.rpartition(".")[0] in names for key in keys)


def _relationships(mapper: Any) -> Iterator[Any]:
    """The relationships of a mapper, if they were looked at already."""
    return iter(mapper.relationships if mapper.configured else ())


def _take_from_registry(registry: Any, cls: Any, manager: Any) -> None:
    registry._managers.pop(manager, None)
    _dispose(registry, cls)


def _dispose(registry: Any, cls: Any) -> None:
    """Takes a class out of the names of a registry.

    With the last class SQLAlchemy lets go of the root of the modules' names, which is there until
    it is collected: what is put into it until then would be gone with it.
    """
    root = registry._class_registry.get("_sa_module_registry")
    registry._dispose_cls(cls)
    if root is not None:
        loaded(_HOME, "_registries").add(root)


def _put_into_registry(registry: Any, cls: Any, manager: Any) -> None:
    _dispose(registry, cls)  # if it was mapped anew until then
    for other in [m for m in list(registry._managers) if m.class_ is cls]:
        registry._managers.pop(other, None)
    add = loaded(_HOME, "_add_class") or loaded(_HOME, "add_class")  # so before 2.1
    add(cls.__name__, cls, registry._class_registry)
    registry._managers[manager] = True
