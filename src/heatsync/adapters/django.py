"""Django: models keep their fields until a restart; URLs and the admin follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from heatsync import adapters
from heatsync.adapters import Renewed, loaded


class Adapter(adapters.Adapter):
    """Knows what Django reads once, and what it reads again when asked to."""

    def takes_methods(self, cls: type, methods: Mapping[str, Sequence[str]]) -> bool:
        return _is_model(cls)

    def refuses(self, cls: type) -> str | None:
        """Fields, and all that is made of them, are spread over the models that know this one."""
        if not _is_model(cls):
            return None
        return (
            f"{cls.__module__}.{cls.__qualname__} changed in what Django reads only once "
            "(fields, managers, Meta, bases): restart to see it"
        )

    def withdraw(self, made: Any) -> None:
        """A class that is registered with the admin is there as an instance, for each model."""
        if not issubclass(type(made), type):  # what is lazy would be woken by `isinstance`
            return
        for site in list(loaded("django.contrib.admin.sites", "all_sites")):
            for model, admin in list(site._registry.items()):
                if type(admin) is made:
                    self.journal.delete_item(site._registry, model)

    def renewed(self, renewed: Sequence[Renewed]) -> list[object]:
        for one in renewed:
            if _is_model(one.thing) and hasattr(one.thing, "_meta"):
                one.thing._meta._expire_cache(reverse=False)  # it knows the properties
        return []

    def settle(self) -> None:
        cached = loaded("django.urls.resolvers", "_get_cached_resolver")
        if cached and cached.cache_info().currsize:
            self.journal.on_commit(_forget_urls)


def _is_model(thing: object) -> bool:
    return isinstance(thing, loaded("django.db.models.base", "ModelBase"))


def _forget_urls() -> None:
    """Patterns are looked up in tables that each resolver makes of its list, once."""
    _reset(loaded("django.urls.resolvers", "get_resolver")())
    loaded("django.urls.base", "clear_url_caches")()


def _reset(resolver: Any) -> None:
    for pattern in vars(resolver).pop("url_patterns", ()):
        if isinstance(pattern, loaded("django.urls.resolvers", "URLResolver")):
            _reset(pattern)
    resolver._populated = False
    for table in (resolver._reverse_dict, resolver._namespace_dict, resolver._app_dict):
        table.clear()
    resolver._callback_strs.clear()
