"""Objects that keep what a field of their class defaulted to, which is another value now: told."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects.functions import live_class
from heatsync._engine.objects.holdings import follow
from heatsync._engine.objects.memory import MISSING, own_attribute
from heatsync._engine.objects.sameness import same
from heatsync._engine.texts.edit import Block, Change, every_pair
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.names import ASSIGNMENTS, dotted
from heatsync._engine.texts.words import shown

_NAMED = 3  # objects that one sentence names


def kept_defaults(batch: Batch) -> Iterator[str]:
    """What to say of `settings = Settings()` where a default that it was made with was edited.

    Only where the texts tell for certain that it had the default, and it still has that.
    """
    for module, edit in batch.plan.edits.items():
        for pair in every_pair(edit.changed):
            changed = dict(_changed_defaults(pair.members)) if pair.members else {}
            cls = live_class(batch.namespace(module), pair.new.qualname) if changed else None
            if cls is not None and _is_made_of_fields(batch, cls):
                yield from _keeping(batch, cls, changed)


def _changed_defaults(members: Block) -> Iterator[tuple[str, Any]]:
    """The fields of a class whose defaults are other constants now, with those of before."""
    for pair in members.pairs:
        if pair.change is Change.EDITED and pair.old is not None:
            old, new = _default(pair.old.node), _default(pair.new.node)
            if MISSING not in (old, new) and not same(old, new):
                yield next(iter(pair.new.bound.binds)), old


def _default(field: ast.stmt) -> Any:
    """The constant that a field defaults to: `x: int = 3`, `x: int = field(default=3)`."""
    if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
        return MISSING
    value = field.value
    if isinstance(value, ast.Call):
        value = next((word.value for word in value.keywords if word.arg == "default"), None)
    return value.value if isinstance(value, ast.Constant) else MISSING


def _is_made_of_fields(batch: Batch, cls: type) -> bool:
    """Whether its constructor is none of the program's own, and so takes what it says of fields."""
    init = follow(cls, ["__init__"])
    files = {running.filename for running in batch.live.modules.values()}
    return type(init) is FunctionType and init.__code__.co_filename not in files


def _keeping(batch: Batch, cls: type, defaults: Mapping[str, Any]) -> Iterator[str]:
    made = [*_made_of(batch, cls)]
    for name, default in defaults.items():
        refs = [
            str(ref)
            for ref, value, words in made
            if name not in words and same(own_attribute(value, name), default)
        ]
        if refs:
            yield _sentence(refs, f"{name} = {shown(default)}")


def _sentence(refs: list[str], field: str) -> str:
    if len(refs) == 1:
        return f"{refs[0]} keeps {field}, which it was made with"
    last = refs[-1] if len(refs) <= _NAMED else f"{len(refs) - _NAMED + 1} others"
    return (
        f"{', '.join(refs[:-1][: _NAMED - 1])} and {last} keep {field}, which they were made with"
    )


def _made_of(batch: Batch, cls: type) -> Iterator[tuple[Ref, Any, set[str | None]]]:
    """The variables whose lines made objects of a class, and what they said of these."""
    for module, running in list(batch.live.modules.items()):
        for name, value in list(running.namespace.items()):
            call = _call_making(batch, Ref(module, name)) if type(value) is cls else None
            path = dotted(call.func) if call else None
            if call and path and follow(running.namespace.get(path[0]), path[1:]) is cls:
                words = {word.arg for word in call.keywords}
                if not call.args and None not in words:
                    yield Ref(module, name), value, words


def _call_making(batch: Batch, ref: Ref) -> ast.Call | None:
    """The call that a variable holds the result of, where its line did not run just now."""
    home, maker = batch.graph.definition(ref) or ("", None)
    if maker is None or home != ref.module or maker in batch.ran:
        return None
    call = maker.node.value if isinstance(maker.node, ASSIGNMENTS) else None
    return call if isinstance(call, ast.Call) else None
