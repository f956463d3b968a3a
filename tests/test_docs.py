"""What the pages say is true: their examples run, their links lead somewhere, their commands exist."""

import doctest
import importlib
import itertools
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import heatsync
from heatsync._cli import _program_begins
from heatsync._options import parser
from waiting import PATIENCE

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))
LINKED = [*PAGES, *sorted((ROOT / "examples").rglob("*.md"))]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
BLOCK = re.compile(r"^```(\w*) *(.*)\n((?:.*\n)*?)```$", re.MULTILINE)


def sections(page):
    """Each section of a page that has examples, with its line and the text up to its end."""
    text = page.read_text("utf-8")
    starts = [0, *(found.start() for found in re.finditer(r"^## ", text, re.MULTILINE)), len(text)]
    for start, end in itertools.pairwise(starts):
        title = text[start:end].partition("\n")[0].strip("# ")
        if re.search(r"^```(python|console)", text[start:end], re.MULTILINE):
            line = text.count("\n", 0, start)
            yield pytest.param(page, line, text[start:end], id=f"{page.name}: {title}")


class Reader:
    """Does what a section says, in a folder of its own.

    A block of Python that begins with the name of a file is that file; saved a second time, it is
    waited for to be live. Any other block of Python is run, and a console's commands are.
    """

    def __init__(self, page, folder):
        self.page = page
        self.folder = folder
        self.watching = []
        self.names = {"__name__": "docs", "__file__": str(folder / "example.py")}
        (folder / "example.py").touch()

    def read(self, kind, name, text, line):
        if kind == "python":
            name = found[1] if (found := re.match(r"# ([\w/]+\.py)\n", text)) else ""
        if kind == "console":
            self.type_in(text, line)
        elif name:
            self.save(self.folder / name, text)
        elif kind == "python":
            self.run(text, line)

    def save(self, file, text):
        waiting = []
        for sync in self.watching if file.exists() else ():
            done = threading.Event()
            sync.events.once("after", lambda report, done=done: done.set())
            waiting.append(done)
        file.parent.mkdir(exist_ok=True, parents=True)
        beside = file.with_name(file.name + "~")
        beside.write_text(text, "utf-8")
        beside.replace(file)
        importlib.invalidate_caches()
        assert all(done.wait(PATIENCE) for done in waiting), f"{file.name} did not go live"

    def run(self, text, line):
        if ">>>" not in text:
            exec(compile("\n" * line + text, self.page, "exec"), self.names)
            return
        test = doctest.DocTestParser().get_doctest(text, self.names, self.page.name, None, line)
        told = []
        runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
        runner.run(test, out=told.append, clear_globs=False)
        assert not told, "".join(told)
        self.names.update(test.globs)

    def type_in(self, text, line):
        commands = doctest.DocTestParser().get_examples(
            re.sub(r"^\$ ", ">>> ", text, flags=re.MULTILINE)
        )
        path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
        for command in commands:
            done = subprocess.run(
                command.source,
                shell=True,
                cwd=self.folder,
                env=os.environ | {"PATH": path},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                timeout=PATIENCE,
            )
            same = doctest.OutputChecker().check_output(command.want, done.stdout, FLAGS)
            assert same, f"line {line}: {command.source}{done.stdout}"


@pytest.mark.parametrize(("page", "line", "text"), [s for page in PAGES for s in sections(page)])
def test_every_example_runs(page, line, text, tmp_path, monkeypatch, fresh_modules):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    reader, made = Reader(page, tmp_path), []

    class Noted(heatsync.Heatsync):
        def __init__(self, *, watch=True, apply="auto", **options):
            super().__init__(watch=watch, apply=apply, **options)
            made.append(self)
            if watch and apply == "auto":
                reader.watching.append(self)

    monkeypatch.setattr(heatsync, "Heatsync", Noted)
    try:
        for block in BLOCK.finditer(text):
            reader.read(*block.groups(), line + text.count("\n", 0, block.start()) + 1)
    finally:
        for sync in made:
            sync.dispose()


def anchors(page):
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", LINKED, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    text = BLOCK.sub("", page.read_text("utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        if path.startswith("https:"):
            continue
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", LINKED, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_is_one(page):
    for kind, _, text in BLOCK.findall(page.read_text("utf-8")):
        for words in re.findall(
            r"^(?:\$ )?heatsync (.*)", text if kind in ("sh", "console") else "", re.MULTILINE
        ):
            given = words.partition("  #")[0].split()
            given = given[: _program_begins(given)]
            if "-h" not in given and "--version" not in given:
                parser().parse_args([word.replace("../lib", ".") for word in given])


def test_the_public_names_are_sorted_and_told():
    told = (ROOT / "docs" / "api.md").read_text("utf-8")

    assert sorted(heatsync.__all__) == heatsync.__all__
    assert [name for name in heatsync.__all__ if f"`{name}" not in told] == []
    methods = [name for name in vars(heatsync.Heatsync) if not name.startswith("_")]
    inner = {"wants", "keep", "forget", "prepared"}  # what the import hook calls
    assert [n for n in methods if n not in inner and f"sync.{n}" not in told] == []


def test_each_option_of_the_command_line_is_told():
    told = (ROOT / "docs" / "cli.md").read_text("utf-8")

    assert [
        option for option in re.findall(r"--\w+", parser().format_help()) if option not in told
    ] == []


def test_the_two_commands_are_those_that_ci_runs():
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    ours = [line for line in lines if line.startswith("python3 -m venv ")]
    ci = (ROOT / ".ci" / "run").read_text("utf-8")

    assert [line.rpartition(" && .venv/bin/")[2] for line in ours] == [
        "heatsync demo",
        "python -m pytest",
    ]
    for line in ours:
        assert f"readme_command '{line.rpartition(' && .venv/bin/')[2]}'" in ci


def test_contributing_tells_every_file():
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    files = (ROOT / "src" / "heatsync").rglob("*.py")

    assert [
        file.name for file in files if not re.search(rf"\b{file.name}\b|\B{file.name}\b", told)
    ] == []


def test_every_dependency_has_its_reason():
    told = (ROOT / "docs" / "how-it-works.md").read_text("utf-8")
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    names = re.findall(
        r'^    "([\w-]+)[><=]', text.partition("\ndependencies")[2].partition("]")[0], re.MULTILINE
    )

    assert names
    assert [name for name in names if f"**{name}**" not in told] == []
