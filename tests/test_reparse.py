"""Parsing only the region that changed gives what parsing the whole text gives."""

from __future__ import annotations

import ast
import random
import warnings
from pathlib import Path

import pytest

from heatsync._engine.objects.functions import definitions
from heatsync._engine.texts.reparse import reparse
from heatsync._engine.texts.source import Source, by_definitions, parse

LINES = [
    "x = 1", "    y = 2", "else:", "'''", "(", ")", "\\", "@decorated", "", "# comment", "def f():",
    "    return 1", "a; b; c", "from __future__ import annotations", '"text"', "try:", "except E: pass",
    "if 1:", "class C:", "async def g(): pass", "\f", "for i in x: pass",
]  # fmt: skip


def told(source: Source) -> list[object]:
    return [
        (s.text, s.line, s.is_doc, ast.dump(s.located(), include_attributes=True), members)
        for s in source.statements
        for members in [[(m.text, m.line, m.is_doc) for m in s.every_member()]]
    ]


def edited(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        place = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                del lines[place : place + chance.randrange(1, 4)]
            case 1:
                lines.insert(place, chance.choice(LINES))
            case 2:
                lines[place] = chance.choice(LINES)
            case 3:
                other = chance.randrange(len(lines))
                lines[place:place] = lines[other : other + chance.randrange(1, 30)]
            case _:
                lines[place] = lines[place].replace("self", "itself").replace("=", "==", 1)
        lines = lines or [""]
    return "\n".join(lines)


def outcome(read: object, *arguments: object) -> Source | str:
    try:
        return read(*arguments)
    except SyntaxError as error:
        return str(error)


@pytest.mark.parametrize("name", ["ast", "enum", "bisect", "textwrap", "contextlib", "keyword"])
def test_random_edits_of_a_real_file_are_read_as_the_whole_text_would_be(name):
    file = str(Path(ast.__file__).with_name(f"{name}.py"))
    chance = random.Random(name)
    source = parse(file, Path(file).read_text("utf-8"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        for _ in range(25):
            text = edited(source.text, chance)
            whole, part = outcome(parse, file, text), outcome(reparse, source, text)
            if isinstance(whole, str) or isinstance(part, str):
                assert part == whole
            else:
                assert told(part) == told(whole)
                source = part


NAMES = ["ast", "enum", "typing", "inspect", "dataclasses", "argparse", "decimal", "this"]
TRAPS = '''
TEXT = """
def f(): pass
""", [f for f in ()], lambda: 0
@property
@(lambda
g: g)
def f(
a=1,
): return """
class C: pass
"""
if 1:
    def h(): pass
else:
    class H: pass
class C: x = 1; y = lambda: 2
A = 1; B = (
def_ := 2
)
async def g(): pass
\fX = 3
'''


def compiled(file: str, text: str) -> Source:
    return by_definitions(file, text, definitions(compile(text, file, "exec", dont_inherit=True)))


@pytest.mark.parametrize(
    "text", [TRAPS, TRAPS.replace("\n", "\n\n# c\n"), "", "# c", "x = 1", "'d'\n"]
)
def test_what_the_compiler_tells_cuts_a_text_as_parsing_it_does(text):
    assert told(compiled("f.py", text)) == told(parse("f.py", text))


@pytest.mark.parametrize("name", NAMES)
def test_a_text_that_nobody_looked_into_is_edited_as_one_that_was_parsed(name):
    file = str(Path(ast.__file__).with_name(f"{name}.py"))
    text = Path(file).read_text("utf-8")
    chance = random.Random(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        assert told(compiled(file, text)) == told(parse(file, text))
        for _ in range(3):
            new = edited(text, chance)
            whole, part = outcome(parse, file, new), outcome(reparse, compiled(file, text), new)
            assert part == whole if isinstance(whole, str) else told(part) == told(whole)


def test_a_word_is_found_without_parsing_what_does_not_say_it():
    text = "".join(f"def f{n}():\n    return g{n}()\n\n" for n in range(10))
    source = compiled("f.py", text)

    assert [s.node.name for s in source.saying("g3")] == ["f3"]
    assert [s.node.name for s in source.binding("f4")] == ["f4"]
    assert [section.stretch.is_parsed for section in source.sections].count(True) == 2


@pytest.mark.parametrize("name", ["argparse", "inspect", "typing"])
def test_edits_of_several_places_are_parsed_there_only(name, monkeypatch):
    file = str(Path(ast.__file__).with_name(f"{name}.py"))
    text = Path(file).read_text("utf-8")
    lines = text.split("\n")
    chance = random.Random(name)
    places = [n for n, line in enumerate(lines) if line.strip().startswith("return ")]
    for count in (2, 3, 4, 5):
        edited = [*lines]
        for place in chance.sample(places, count):
            edited[place] = edited[place].replace("return ", "return not ")
        edited.insert(next(n for n, line in enumerate(lines) if "import" in line), "import this")

        source, read, plain = compiled(file, text), [], ast.parse
        with monkeypatch.context() as patch:
            patch.setattr(ast, "parse", lambda text, *more: read.append(text) or plain(text, *more))
            new = reparse(source, "\n".join(edited))

        assert 2 <= len(read) <= count + 1  # some of them are in one class, or side by side
        assert max(map(len, read)) < len(text) / 2
        assert told(new) == told(parse(file, "\n".join(edited)))


def test_what_did_not_change_is_not_parsed_again():
    old = parse("f.py", "a = 1\n\ndef f():\n    return 1\n\nb = 2\nc = 3\n")

    new = reparse(old, "a = 1\n\ndef f():\n    return 10\n\nb = 2\nc = 3\n")

    assert [new_one is old_one for new_one, old_one in zip(new.statements, old.statements, strict=True)] == [
        True, False, True, True,
    ]  # fmt: skip
