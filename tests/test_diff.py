"""Diff: which old statement each new one continues, and what an edit did to it."""

from __future__ import annotations

import argparse
import functools
import inspect
import pydoc

import pytest

from heatsync._engine.objects.functions import definitions
from heatsync._engine.texts.diff import diff
from heatsync._engine.texts.edit import Block, Change
from heatsync._engine.texts.likeness import Likeness, dumped
from heatsync._engine.texts.reparse import reparse
from heatsync._engine.texts.source import by_definitions, decode, parse


def changes(block: Block, prefix: str = "") -> list[str]:
    """An edit as short words, without what was kept: "patched f", "dropped g"."""
    told = []
    for pair in block.pairs:
        if pair.change is not Change.KEPT:
            told.append(f"{pair.change.name.lower()} {pair.new.label}")
        if pair.members is not None:
            told += changes(pair.members)
    return told + [f"dropped {statement.label}" for statement in block.dropped]


def compare(old, new):
    return changes(diff(parse("app.py", old), parse("app.py", new)).block)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("x = 1", "x = 1", []),
        ("x = 1", "x  =  1  # why", []),
        ("x = 1", "\n\n# why\nx = 1\n", []),
        ("x = (1)", "x = 1", []),
        ("x = 'a'", 'x = "a"', []),
        ("x = 1", "x = 2", ["edited x"]),
        ("x = 1", "x = 1.0", ["edited x"]),
        ("x = 1", "x = True", ["edited x"]),
        ("x = 1", "y = 1", ["added y", "dropped x"]),
        ("x = 1", "", ["dropped x"]),
        ("", "x = 1", ["added x"]),
        ("x = 1", "x: int = 1", ["edited x"]),
        ("x = 1\ny = 2", "y = 2\nx = 1", []),
        ("x = 1\ny = 2", "y = 3\nx = 1", ["edited y"]),
        ("x = 1; y = 2", "x = 1; y = 3", ["edited y"]),
        ("x = 1; y = 2", "x = 1\ny = 2", []),
        ("f()", "f()\nf()", ["added 2"]),
        ("f()\nf()", "f()", ["dropped 2"]),
        ("f(1)\nf(2)", "f(2)\nf(1)", []),
        ("def f(): return 1", "def f(): return 2", ["patched f"]),
        ("def f(): return 1", "def f():\n    return 1", []),
        ("def f(a): return 1", "def f(b): return 1", ["edited f"]),
        ("def f(a=1): return 1", "def f(a=2): return 1", ["edited f"]),
        ("def f(a=lambda: 1): return 1", "def f(a=lambda: 2): return 1", ["patched f"]),
        ("def f(a: int): return 1", "def f(a: str): return 1", ["edited f"]),
        ("def f(): 'a'", "def f(): 'b'", ["patched f"]),
        ("def f(): return 1", "async def f(): return 1", ["edited f"]),
        ("def f(): return 1", "@d\ndef f(): return 1", ["edited f"]),
        ("@d(1)\ndef f(): return 1", "@d(2)\ndef f(): return 1", ["edited f"]),
        ("@d(lambda: 1)\ndef f(): return 1", "@d(lambda: 2)\ndef f(): return 1", ["patched f"]),
        ("def f():\n  def g(a): return 1", "def f():\n  def g(b): return 1", ["patched f"]),
        ("f = lambda: 1", "f = lambda: 2", ["patched f"]),
        ("f = lambda a: 1", "f = lambda b: 1", ["edited f"]),
        ("f = g(lambda: 1, 2)", "f = g(lambda: 2, 3)", ["edited f"]),
        ("def f(): return 1\ndef g(): return 2", "def g(): return 2\ndef f(): return 1", []),
        ("def f(): return 1", "def g(): return 1", ["added g", "dropped f"]),
        ("def f(): return 1", "f = 1", ["edited f"]),
        ("def f(): return 1\ndef f(): return 2", "def f(): return 1\ndef f(): return 3", ["patched f"]),
        ("def f(): return 1\ndef f(): return 2", "def f(): return 2", ["dropped f"]),
        ("import a", "import a, b", ["edited a, b"]),
        ("from a import b", "from a import b, c", ["edited b, c"]),
        ("if a:\n  x = 1", "if b:\n  x = 1", ["edited x"]),
        ("if a:\n  def f(): return 1", "if a:\n  def f(): return 2", ["patched f"]),
        ("'doc'", "'other'", ["edited __doc__"]),
        ("'doc'\nx = 1", "x = 1", ["dropped __doc__"]),
        ("x = 1", "'doc'\nx = 1", ["added __doc__"]),
        ("from __future__ import annotations\nx = 1", "x = 1", ["edited x", "dropped annotations"]),
    ],
)  # fmt: skip
def test_what_an_edit_did(old, new, told):
    assert compare(old, new) == told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("class C:\n  x = 1", "class C:\n  x = 1  # why", []),
        ("class C:\n  x = 1", "class C: x = 1", []),
        ("class C:\n  x = 1", "class C:\n  x = 2", ["inside C", "edited C.x"]),
        ("class C:\n  x = 1", "class C:\n  pass", ["inside C", "added 2", "dropped C.x"]),
        ("class C:\n  pass", "class C:\n  x = 1", ["inside C", "added C.x", "dropped 2"]),
        ("class C:\n  x = 1", "class C(B):\n  x = 1", ["edited C"]),
        ("class C:\n  x = 1", "@d\nclass C:\n  x = 1", ["edited C"]),
        ("class C(metaclass=M): pass", "class C(metaclass=N): pass", ["edited C"]),
        ("class C:\n  def m(self): return 1", "class C:\n  def m(self): return 2", ["patched C", "patched C.m"]),
        ("class C:\n  def m(self): return 1", "class C:\n  def m(self, a): return 1", ["inside C", "edited C.m"]),
        ("class C:\n  def m(self): return 1\n  x = 1", "class C:\n  x = 1\n  def m(self): return 1", []),
        ("class C:\n  'a'", "class C:\n  'b'", ["inside C", "edited C.__doc__"]),
        ("class C:\n  x: int", "class C:\n  x: str", ["inside C", "added 2", "dropped 2"]),
        ("class C:\n  class D:\n    def m(self): return 1", "class C:\n  class D:\n    def m(self): return 2", ["patched C", "patched C.D", "patched C.D.m"]),
        ("class C:\n  class D:\n    x = 1", "class C:\n  class D:\n    x = 2", ["inside C", "inside C.D", "edited C.D.x"]),
        ("class C:\n  class D:\n    x = 1", "class C:\n  class D(B):\n    x = 1", ["inside C", "edited C.D"]),
        ("class C:\n  @property\n  def x(self): return 1\n  @x.setter\n  def x(self, v): pass", "class C:\n  @property\n  def x(self): return 1\n  @x.setter\n  def x(self, v): return 2", ["patched C", "patched C.x"]),
        ("class A: pass", "class B: pass", ["added B", "dropped A"]),
        ("class C: pass", "C = 1", ["edited C"]),
        ("def C(): pass", "class C: pass", ["edited C"]),
    ],
)  # fmt: skip
def test_what_an_edit_did_to_a_class(old, new, told):
    assert compare(old, new) == told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("R['a'] = f\nR['b'] = g", "R['A'] = f\nR['b'] = g"),
        ("R.append(1)\nR.append(2)", "R.append(1)\nR.append(3)"),
        ("a.x = 1", "a.x = 2"),
    ],
)
def test_an_edited_statement_without_a_name_continues_the_old_one(old, new):
    (told,) = compare(old, new)

    assert told.startswith("edited")


def test_a_call_continues_the_one_that_calls_the_same_with_the_same():
    """And not what stands last of all that works on the same object."""
    old = "app.wrap(Cors, 'b')\napp.mount(items)\napp.on('a')\n"
    new = "app.wrap(Cors, 'a')\napp.wrap(Gzip)\napp.mount(items)\napp.on('b')\napp.mount(users)\n"
    edit = diff(parse("a.py", old), parse("a.py", new))

    assert [pair.old and pair.old.line for pair in edit.block.pairs] == [1, None, 2, 3, None]


def test_pairs_stand_in_the_new_order_and_name_the_old_ones():
    edit = diff(
        parse("a.py", "x = 1\ndef f(): pass\n"), parse("a.py", "\ndef f(): pass\ny = 1\nx = 1\n")
    )

    assert [(pair.new.line, pair.old and pair.old.line) for pair in edit.block.pairs] == [
        (2, 2),
        (3, None),
        (4, 1),
    ]


@pytest.mark.parametrize(
    ("new", "keeps"),
    [
        ("x = 1\ndef f(): return 1\n", True),
        ("# why\nx = 1\n\ndef f(): return 2\n", True),
        ("x = 2\ndef f(): return 1\n", False),
        ("x = 1\n", False),
        ("x = 1\ndef f(): return 1\ny = 1\n", False),
        ("def f(): return 1\nx = 1\n", False),
    ],
)
def test_whether_a_block_keeps_its_bindings(new, keeps):
    old = parse("a.py", "x = 1\ndef f(): return 1\n")

    assert diff(old, parse("a.py", new)).block.keeps_bindings is keeps


# -------------------------------------------------------------------------------- sources


def compiled(file, text):
    code = compile(text, file, "exec", dont_inherit=True)
    return by_definitions(file, text, definitions(code))


FAR = "".join(f"def f{n}():\n    return {n}\n\n" for n in range(9))


@pytest.mark.parametrize(
    ("new", "told", "between", "moved"),
    [
        (FAR.replace("return 1", "return 10").replace("return 7", "return 70"), 2, 4, []),
        (FAR.replace("return 1", "\n    return 1").replace("return 7", "return 70"), 1, 4, []),
        ("import a\n" + FAR.replace("return 4", "return a"), 2, 2, []),
        (FAR.replace("return 1", "return 10").replace("return 3", "return 30"), 2, 0, []),
        # One that stands on the other side of those that are the same has moved over them.
        ("def f8():\n    return 8\n\n" + FAR.replace("def f8():\n    return 8\n\n", ""), 0, 0, ["f8"]),
    ],
)  # fmt: skip
def test_sections_between_two_edits_are_the_same_and_not_looked_into(new, told, between, moved):
    old = compiled("app.py", FAR)

    edit = diff(old, reparse(old, new))

    assert [new.stretch.is_parsed for _, new in edit.same.between] == [False] * between
    assert len(changes(edit.block)) == told
    assert sorted(s.label for s in edit.block.moved) == moved
    assert [pair.new.line for pair in edit.block.pairs] == sorted(
        pair.new.line for pair in edit.block.pairs
    )


def test_statements_know_their_lines_and_texts():
    source = parse("a.py", "# c\nx = 1\n\n@d\n# about f\ndef f():\n  return 1\ny = 2; z = 3\n")

    assert [(s.line, s.label) for s in source.statements] == [
        (2, "x"),
        (4, "f"),
        (8, "y"),
        (8, "z"),
    ]
    assert source.statements[1].text == "@d\n# about f\ndef f():\n  return 1"


def test_members_know_their_owner_and_their_line():
    source = parse("a.py", "x = 1\nclass C:\n  class D:\n    def m(self): pass\n  y = 1\n")

    assert [(s.owner, s.label, s.line) for s in source.walk] == [
        ("", "x", 1),
        ("", "C", 2),
        ("C", "C.D", 3),
        ("C.D", "C.D.m", 4),
        ("C", "C.y", 5),
    ]


@pytest.mark.parametrize("text", ["x = 1\n", "class C:\n  def m(self):\n    return '''\na\n'''\n", "a = 1; b = 2\n", "\n\n@d(\n  1\n)\ndef f(): pass\n"])  # fmt: skip
def test_a_fresh_tree_has_the_lines_of_the_file(text):
    source = parse("a.py", "# moved\n" + text)

    for statement in source.walk:
        fresh, located = statement.fresh(), statement.located()
        assert fresh is not statement.node
        assert (fresh.lineno, fresh.end_lineno) == (located.lineno, located.end_lineno)


def test_functions_of_a_statement_are_placed_as_their_code_is():
    (statement,) = parse(
        "a.py", "@d\ndef f(a=lambda: 1, b=lambda: 2):\n  def inner(): pass\n"
    ).statements

    assert [(place.name, place.line, place.column) for _, place in statement.functions()] == [
        ("f", 1, 0),
        ("<lambda>", 2, 16),
        ("<lambda>", 2, 29),
    ]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"# coding: latin-1\nx = '\xe4'\n", "# coding: latin-1\nx = 'ä'\n"),
        (b"#!/usr/bin/python\n# -*- coding: cp1252 -*-\n'\x80'\n", "#!/usr/bin/python\n# -*- coding: cp1252 -*-\n'€'\n"),
        (b"", ""),
    ],
)  # fmt: skip
def test_bytes_are_decoded_as_the_compiler_does(data, text):
    assert decode("a.py", data) == text


@pytest.mark.parametrize(
    "data", [b"x = '\xff'", b"# coding: nothing\n", b"\xef\xbb\xbf# coding: latin-1\n"]
)
def test_bytes_that_cannot_be_decoded_are_a_syntax_error_of_the_file(data):
    with pytest.raises(SyntaxError) as caught:
        decode("a.py", data)

    assert caught.value.filename == "a.py"


PARTS = [
    *("x", "(x)", "y", "x.y", "1", "1.0", "True", "-0.0", "0.0", "'1'", "b'1'", "f'{x}'", "None"),
    *("[x]", "[]", "[x, x]", "lambda: x", "lambda: y", "lambda x: x", "f(x)", "f(x, y=1)"),
]


def test_trees_are_alike_where_they_are_dumped_to_the_same_text():
    """The quick way to compare two trees says what the slow one would."""
    texts = [f"def f(a={part}):\n    return {part}" for part in PARTS]
    compare_all([*texts, *(f"def f(a=1):\n    return {part}" for part in PARTS)])


LAYOUTS = [
    *("def f(a=1): return {}", "def f(a=1):  # now\n    return {}", "def f(a=1):\n\n  return {}"),
    *("def f(a=1,\n  b={}): return 1", "def f(a=1,\n  b={}\n  ): 1", "def f(a=1,\n  b={}):\n  1"),
    *("@x\ndef f(a=1):\n    return {}", "@{}\ndef f(a=1):\n    return 1", "def f(a=1): \\\n  {}"),
    *("def f(a=1):\n    @{}\n    def g(): pass", "def f(a=1):\n  def g(b={}): pass\n  return g"),
    *(
        "async def f(a=1):\n    return {}",
        "def f(a=1) -> {}:\n    return 1",
        "def f(a=1):\n  1; {}",
    ),
    *("class f:\n  def g(a=1): return {}", "class f:\n  def g(a=1):\n    return {}\n  x = 1"),
    *("class f:\n  def g(a={}):\n    1\n  x = 1", "class f({}):\n  def g(a=1):\n    return 1"),
    *('def f(a="""{}\n"""):\n    return 1', 'def f(a="""\n"""):\n    return """{}"""'),
]


def test_so_are_definitions_of_every_layout():
    compare_all([layout.format(part) for layout in LAYOUTS for part in ("1", "x", "(x)")])


def compare_all(texts):
    statements = [parse("a.py", text).statements[0] for text in texts]
    told = [(each, dumped(each.node), dumped(each.node, hollow=True)) for each in statements]
    for one, text, hollow in told:
        for other, another, hollow_too in told:
            found = one.likeness(other)
            assert (found is Likeness.ALL) == (text == another)
            assert (found is not Likeness.LESS) == (hollow == hollow_too)


def test_what_waits_to_be_called_reads_nothing_before():
    """Nobody looks into the bodies of such functions to know that."""
    waiting = 0
    for module in (argparse, functools, pydoc):
        for statement in parse(module.__name__, inspect.getsource(module)).walk:
            if statement.waits:
                waiting += 1
                assert not statement.names.now, statement.text
                assert not statement.names.imports, statement.text

    assert waiting > 50
