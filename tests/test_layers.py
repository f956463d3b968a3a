"""The shape of the code: who may import whom, and who may do what."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

SRC = Path(__file__).parents[1] / "src" / "heatsync"
TEXTS = {str(path.relative_to(SRC)): path.read_text("utf-8") for path in sorted(SRC.rglob("*.py"))}
TREES = {file: ast.parse(text) for file, text in TEXTS.items()}

PURE = {file for file in TREES if file.startswith("_engine/texts/")} | {"_resident/brief.py"}
# Of the engine, each of which knows those before it only.
PARTS = ("texts", "objects", "files", "batches", "registries", "walking")
COMMAND_LINE = {"_cli.py", "_demo.py", "_options.py", "_program.py", "_terminal.py", "__main__.py"}
# Where the engine is loaded by those who were there before it.
DOOR = ("_resident/live.py", "'heatsync._engine'")
# Where code is run: statements again, a program for the first time, and one line for the interpreter.
EXECUTING = {"_engine/objects/execute.py", "_program.py", "_ending.py"}
# Where an exception of any kind ends: the user's code raised it, or there is nobody to tell.
CATCHING = {"_engine/__init__.py", "_engine/objects/fields.py", "_engine/objects/journal.py"}
CATCHING |= {
    "_engine/batches/libraries.py",
    "_engine/objects/endings.py",
    "_engine/objects/redirection.py",
    "_engine/objects/rehashing.py",
    "_engine/walking/walk.py",
    "_resident/brief.py",
    "_resident/owned.py",
    "_telling.py",
    "_terminal.py",
    "_timers.py",
    "_watching.py",
}
JOURNAL = {"_engine/objects/journal.py", "_engine/objects/memory.py"}
# Writers besides the journal: each writes to objects that it has just made, and nobody holds; but
# for redirection, which has no way back, and so begins when nothing can fail any more.
WRITING = {
    "_engine/objects/classes.py _member",
    "_engine/objects/execute.py __call__",
    "_engine/objects/functions.py with_code",
    "_engine/objects/handover.py reduce",
    "_engine/objects/merge.py _give_way",
    "_engine/objects/redirection.py _in_cell",
    "_engine/objects/redirection.py _in_class",
    "_engine/objects/redirection.py _in_function",
    "_importing.py ",
    # What a library writes itself: its adapter has had it remembered before.
    "adapters/discord.py _give_commands",
    "adapters/pydantic.py _inherit",
    "adapters/pydantic.py _mock",
}

# Known, and to be mended: what is mended has to be taken out.
TOO_LONG: set[str] = set()
SILENT = {
    "_engine/objects/memory.py retire",
    "_looking.py sends_no_events",
}


def layer(file):
    """How high a file stands. None imports from a higher layer."""
    if file.startswith("adapters/"):
        return 0 if file == "adapters/__init__.py" else 1
    if file.startswith("_resident/"):
        return 1
    if file.startswith("_engine/"):
        part = file.split("/")[1]
        return 2 + (PARTS.index(part) if part in PARTS else len(PARTS))
    if file in COMMAND_LINE or is_integration(file):
        return 12
    return {"errors.py": 0, "_sync.py": 10, "__init__.py": 11}.get(file, 9)


def is_integration(file):
    return "/" not in file and file[0] != "_" and file not in ("errors.py", "files.py")


def imported(file, by_name=True):
    """The files of ours that a file imports, those that it loads by name included.

    Not what it names in annotations only, nor the engine, for which there is one door.
    """
    for node in running(TREES[file]):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}:{node.lineno}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif (
            by_name
            and isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith("import_module")
        ):
            if (file, ast.unparse(node.args[0])) == DOOR:
                continue
            names = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        yield from (at(name) for name in names if name.partition(".")[0] == "heatsync")


def running(node):
    """The parts of a tree, but for what only type checkers read."""
    if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from running(child)


def at(name):
    """The file of a module, or of the module that a name stands in."""
    path = name.replace(".", "/").removeprefix("heatsync").removeprefix("/")
    parent = path.rpartition("/")[0]
    tries = [f"{path}.py", f"{path}/__init__.py", f"{parent}.py", f"{parent}/__init__.py"]
    return next(found for one in tries if (found := one.removeprefix("/")) in TREES)


def found(*kinds):
    """The nodes of these kinds, each with its file and the function that it stands in."""
    waiting = [(tree, file, "") for file, tree in TREES.items()]
    while waiting:
        node, file, function = waiting.pop()
        if isinstance(node, kinds):
            yield node, file, function
        here = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else function
        waiting.extend((child, file, here) for child in ast.iter_child_nodes(node))


def test_imports_go_down_only():
    up = [(file, other) for file in TREES for other in imported(file) if layer(other) > layer(file)]

    assert up == []


def test_no_imports_go_in_a_circle():
    list(TopologicalSorter({file: {*imported(file)} - {file} for file in TREES}).static_order())


def test_the_pure_half_knows_nothing_of_the_live_half():
    assert {other for file in PURE for other in imported(file)} <= PURE | {"errors.py"}


def test_there_is_one_door_to_the_engine():
    """What is there from the start does without it; what imports it is loaded by name."""
    start, reached = ["__init__.py", "_watching.py", "_cli.py"], set()
    while start:
        file = start.pop()
        if file not in reached:
            reached.add(file)
            start += imported(file, by_name=False)

    assert {file for file in reached if file.startswith("_engine/")} == set()


def test_an_integration_uses_only_what_everybody_may_use():
    integrations = filter(is_integration, TREES)

    assert {other for file in integrations for other in imported(file)} <= {"__init__.py"}


def test_no_import_hides_in_a_function():
    imports = found(ast.Import, ast.ImportFrom)

    assert [(file, node.lineno) for node, file, function in imports if function] == []


def test_code_is_run_only_where_that_is_the_job():
    runs = {file for node, file, _ in found(ast.Name) if node.id in ("exec", "eval")}

    assert runs == EXECUTING


def test_live_objects_are_written_only_through_the_journal():
    writers = set()
    for node, file, function in found(ast.Call, ast.Attribute):
        if isinstance(node, ast.Call):
            writes = re.search(r"^(set|del)attr$|__(set|del)attr__$", ast.unparse(node.func))
        else:
            told = re.search(r"^__(?!traceback|context)\w+__$|^cell_contents$", node.attr)
            writes = told and not isinstance(node.ctx, ast.Load)
        if writes:
            writers.add(f"{file} {function}")

    assert {writer for writer in writers if writer.partition(" ")[0] not in JOURNAL} == WRITING


def test_no_exception_is_swallowed():
    silent, catching = set(), set()
    for node, file, function in found(ast.ExceptHandler):
        assert node.type, f"{file}:{node.lineno}: say which exceptions"
        if all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body):
            silent.add(f"{file} {function}")
        broad = ast.unparse(node.type) in ("Exception", "BaseException")
        if broad and not isinstance(node.body[-1], ast.Raise):
            catching.add(file)

    assert silent == SILENT
    assert catching == CATCHING


def test_a_module_is_told_in_one_sentence():
    """In its first line; what else there is to know may follow."""
    told = {f: (ast.get_docstring(tree) or "").partition("\n")[0] for f, tree in TREES.items()}

    assert [file for file, text in told.items() if not text.endswith(".")] == []
    assert [file for file, text in told.items() if re.search(r"[.!?] [A-Z]", text)] == []


def test_no_file_is_long():
    assert {file for file, text in TEXTS.items() if text.count("\n") > 400} == TOO_LONG
