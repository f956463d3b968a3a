"""The shape of the code: who may import whom, and who may do what."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"
TREES = {
    str(path.relative_to(SRC / "heatsync")): ast.parse(path.read_text("utf-8"))
    for path in sorted(SRC.rglob("*.py"))
}
PURE = ("names", "source", "diff", "graph", "plan", "report")
BELOW_THE_FACE = ("events", "ground", "importing", "loops", "roots", "temporary", "watching")
EXECUTING = {"_engine/execute.py", "_importing.py", "_program.py"}
WRITERS = {  # but for the journal: each writes to objects that it has just made, and no one holds
    "_engine/classes.py": {"_member"},
    "_engine/execute.py": {"__call__"},
    "_engine/functions.py": {"with_code"},
    "_engine/merge.py": {"_give_way"},
}
# Where code of the user's is called, or where an error has nobody to go to.
CATCHERS = {"_engine/__init__.py", "_engine/data.py", "_engine/journal.py", "_importing.py"}
CATCHERS |= {"_program.py", "_sync.py", "_terminal.py", "_watching.py"}
TOO_LONG = {"_engine/names.py", "_engine/walk.py", "_sync.py"}
TWO_SENTENCES = {"files.py"}
SILENT = {"_watching.py"}


def each(*, but=()):
    """A test for every file; those that are known to fail must fail, until they are taken out."""
    fails = pytest.mark.xfail(strict=True, reason="known, and to be mended")
    return pytest.mark.parametrize(
        "file", [pytest.param(file, marks=[fails] * (file in but)) for file in TREES]
    )


def layer(file):
    """How high a file stands. None imports from a higher layer."""
    folder, _, name = file.removesuffix(".py").rpartition("/")
    if folder:
        return 1 if name in PURE else 2
    places = {"errors": 0, "_sync": 4, "__init__": 5} | {f"_{n}": 3 for n in BELOW_THE_FACE}
    return places.get(name, 6)


def imported(file):
    """The files of ours that a file imports, those that it loads by name included."""
    for node in ast.walk(TREES[file]):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "written as absolute imports"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        yield from (found for name in names if name.startswith("heatsync") if (found := at(name)))


def at(name):
    """The file of a module, or of the module that a name stands in."""
    path = name.replace(".", "/").removeprefix("heatsync").removeprefix("/")
    parent = path.rpartition("/")[0]
    tries = [f"{path}.py", f"{path}/__init__.py", f"{parent}.py", f"{parent}/__init__.py"]
    return next((found for one in tries if (found := one.removeprefix("/")) in TREES), None)


def inside(file, *kinds):
    """The nodes of these kinds in a file, each with the name of the function it stands in."""
    waiting = [(TREES[file], "")]
    while waiting:
        node, function = waiting.pop()
        if isinstance(node, kinds):
            yield node, function
        here = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else function
        waiting.extend((child, here) for child in ast.iter_child_nodes(node))


@each()
def test_imports_go_down_only(file):
    assert [other for other in imported(file) if layer(other) > layer(file)] == []


def test_no_imports_go_in_a_circle():
    list(TopologicalSorter({file: {*imported(file)} - {file} for file in TREES}).static_order())


def test_the_pure_half_knows_nothing_of_the_live_half():
    pure = {f"_engine/{name}.py" for name in PURE}

    assert {other for file in pure for other in imported(file)} <= pure | {"errors.py"}


@each()
def test_an_integration_uses_only_what_everybody_may_use(file):
    if "_" not in file.replace("__", "") and file not in ("__init__.py", "errors.py", "files.py"):
        assert {*imported(file)} <= {"__init__.py", "_cli.py"}


@each()
def test_no_import_hides_in_a_function(file):
    assert [
        node.lineno for node, function in inside(file, ast.Import, ast.ImportFrom) if function
    ] == []


@each()
def test_code_is_run_only_where_that_is_the_job(file):
    calls = [
        node
        for node, _ in inside(file, ast.Call)
        if getattr(node.func, "id", "") in ("exec", "eval")
    ]

    assert not calls or file in EXECUTING


@each()
def test_live_objects_are_written_only_through_the_journal(file):
    found = set()
    for node, function in inside(file, ast.Call, ast.Attribute):
        if isinstance(node, ast.Call):
            writes = re.search(r"^(set|del)attr$|__(set|del)attr__$", ast.unparse(node.func))
        else:
            told = re.search(r"^__(?!traceback|context)\w+__$|^cell_contents$", node.attr)
            writes = told and not isinstance(node.ctx, ast.Load)
        if writes:
            found.add(function)

    if file not in ("_engine/journal.py", "_program.py", "_importing.py"):
        assert found == WRITERS.get(file, set())


@each(but=SILENT)
def test_no_exception_is_swallowed_in_silence(file):
    for node, _ in inside(file, ast.ExceptHandler):
        assert node.type, f"line {node.lineno}: say which exceptions"
        assert not all(isinstance(s, ast.Pass | ast.Continue) for s in node.body), node.lineno
        broad = getattr(node.type, "id", "") in ("Exception", "BaseException")
        assert not broad or file in CATCHERS, node.lineno


@each(but=TWO_SENTENCES)
def test_a_module_is_told_in_one_sentence(file):
    text = ast.get_docstring(TREES[file]) or ""

    assert re.fullmatch(r"[^\n]+\.", text), "its docstring is one line, with a full stop"
    assert not re.search(r"[.!?] [A-Z]", text), "one sentence"


@each(but=TOO_LONG)
def test_no_file_is_long(file):
    assert len((SRC / "heatsync" / file).read_text("utf-8").splitlines()) <= 400
