"""`__static_attributes__`: which attributes the methods of a class set on `self`, from Python 3.13 on."""

from __future__ import annotations

import ast
import dis
from types import CodeType

from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects.functions import live_class
from heatsync._engine.texts.codes import nested_codes
from heatsync._engine.texts.edit import Block, Pair
from heatsync._engine.texts.kinds import class_dict
from heatsync._engine.texts.source import Statement

_NAME = "__static_attributes__"


def follow(batch: Batch) -> None:
    """Classes that exist tell what their new text says. One that ran whole does so already."""
    for module, edit in batch.plan.edits.items():
        for pair in edit.region.pairs:
            _look_into(batch, module, pair)


def _look_into(batch: Batch, module: str, pair: Pair) -> None:
    if pair.members is None:
        return
    for member in pair.members.pairs:
        _look_into(batch, module, member)
    cls = live_class(batch.namespace(module), pair.new.qualname)
    before = class_dict(cls).get(_NAME) if cls is not None else None
    if type(before) is tuple and _differ(pair.members):
        after = _told_by(batch, module, pair.new)
        if {*after} != {*before}:
            batch.journal.set_attribute(cls, _NAME, after)


def _differ(block: Block) -> bool:
    """Cheaper than to compile the whole class, which is seldom needed."""
    pairs = (member for member in block.pairs if member.old is not member.new)
    return any(_set_by(m.new) != (_set_by(m.old) if m.old else set()) for m in pairs) or any(
        map(_set_by, block.dropped)
    )


def _set_by(member: Statement) -> set[str]:
    return {
        node.attr
        for node in (ast.walk(member.node) if "self" in member.text else ())
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }


def _told_by(batch: Batch, module: str, statement: Statement) -> tuple[str, ...]:
    """What the compiler finds in the text of a class."""
    waiting = [batch.codes.of(statement, batch.site(module).source)]
    while waiting:
        code = waiting.pop()
        if code.co_qualname == statement.qualname:
            return _stored(code)
        waiting += nested_codes(code)
    return ()


def _stored(code: CodeType) -> tuple[str, ...]:
    value: tuple[str, ...] = ()
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_NAME" and instruction.argval == _NAME:
            return value
        if type(instruction.argval) is tuple:
            value = instruction.argval
    return ()
