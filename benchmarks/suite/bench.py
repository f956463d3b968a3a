"""What every measure works with: processes of all systems, taken in turns, and the results."""

from __future__ import annotations

import contextlib
import copy
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from suite import environment
from suite.figures import Results
from suite.process import Child, FailedError, MissingError
from suite.texts import Text

PYTHON_SYSTEMS = ["heatsync", "hmr", "jurigged", "autoreload", "reload"]
WATCHING = ["heatsync", "hmr", "jurigged", "npm heatsync", "event floor", "function floor"]
APPLYING = ["heatsync", "hmr", "jurigged", "autoreload", "reload", "npm heatsync", "function floor"]
AnyContender = TypeVar("AnyContender", bound="Contender")
PATIENCE = 15  # seconds that a single reload may take


@dataclass(frozen=True)
class Profile:
    """How much is measured."""

    rounds: int
    #: Seconds that one system may take of one measure at one size; slow ones get fewer rounds.
    patience: float
    lines: tuple[int, ...] = (100, 1000, 10_000)
    modules: tuple[int, ...] = (10, 100, 1000, 10_000)
    reloads: int = 10_000
    #: Seconds: who takes longer to start is not asked for ten times as many modules.
    slow: float = 1


PROFILES = {
    "quick": Profile(2, 2, (100, 1000), (10, 100), 300),
    "normal": Profile(6, 8),
    "full": Profile(30, 60, slow=10),
}


@dataclass
class Contender:
    """A system with the folder whose files it keeps live."""

    system: str
    root: str
    texts: dict[str, Text]
    #: Seconds of the present measure.
    spent: float = field(default=0.0, kw_only=True)

    @property
    def node(self) -> bool:
        return self.system.startswith("npm")

    def edit(self, name: str, shift: bool = False) -> Any:
        """Edits the text of a module, without saving it; what its function is going to give."""
        self.texts[name].edit(shift)
        return self.texts[name].value

    def save(self, *names: str) -> int:
        """Saves modules as most editors do, in place; the moment just before, in nanoseconds."""
        written = [(self.file(name), self.texts[name].render(self.node)) for name in names]
        moment = time.monotonic_ns()
        for file, data in written:
            with open(file, "wb", buffering=0) as out:
                out.write(data)
        return moment

    def file(self, name: str) -> str:
        suffix = "cjs" if self.node else "py"
        return os.path.join(self.root, f"{name.replace('.', os.sep)}.{suffix}")


@dataclass
class Subject(Contender):
    """One that runs in a process that does what it is told."""

    child: Child
    #: What it took to import the modules.
    loaded: dict[str, float] = field(default_factory=dict)

    def applied(self, names: Sequence[str], module: str, value: Any) -> float:
        """Reloads these modules, which were saved, and asks one for the value; milliseconds."""
        what = {"names": list(names), "module": module, "function": "answer", "value": value}
        return self.child.ask("apply", patience=PATIENCE, **what)["ms"]

    def settle(self) -> None:
        """Waits until the process has nothing left to do, and its debounce is over."""
        before = self.child.ask("spent")
        for _ in range(100):
            time.sleep(0.15)
            now = self.child.ask("spent")
            if now - before < 0.01:
                return
            before = now

    def live(self, names: Sequence[str], value: Any) -> float:
        """Saves modules, and waits until all of them give the value; milliseconds."""
        self.child.tell("wait", modules=list(names), function="answer", value=value, limit=PATIENCE)
        self.child.hear(PATIENCE)
        moment = self.save(*names)
        return (self.child.hear(PATIENCE * 2)["live"] - moment) / 1e6


class Bench:
    """One run of the suite."""

    def __init__(
        self, profile: Profile, systems: Sequence[str], results: Results, work: str
    ) -> None:
        self.profile, self.results, self.work = profile, results, work
        self.wanted = systems
        self.missing: dict[str, str] = {}
        self.random = random.Random(1)

    def systems(self, able: Iterable[str]) -> list[str]:
        """Those of them that are asked for and not known to be missing."""
        return [
            name
            for name in able
            if name not in self.missing and (not self.wanted or name in self.wanted)
        ]

    def folder(self) -> str:
        return tempfile.mkdtemp(dir=self.work)

    def child(self, system: str) -> Child:
        if system.startswith("npm"):
            node = environment.node()
            if node is None:
                raise MissingError("node, or the npm package")
            script = Path(__file__).parents[1] / "measured" / "node.mjs"
            command = [node, "--expose-gc", str(script)]
        else:
            command = [environment.python(), "-m", "measured"]
        return Child(command, self.folder(), environment.variables())

    @contextlib.contextmanager
    def subject(
        self, system: str, texts: Mapping[str, Text], watch: bool = False
    ) -> Iterator[Subject]:
        """A process that has imported the modules with these texts, in this order."""
        subject = Subject(system, self.folder(), copy.deepcopy(dict(texts)), self.child(system))
        try:
            for package in {name.rpartition(".")[0] for name in texts} - {""}:
                os.mkdir(os.path.join(subject.root, package))
                Path(subject.root, package, "__init__.py").touch()
            subject.save(*texts)
            subject.loaded = subject.child.ask(
                "load", system=system, root=subject.root, names=list(texts), watch=watch
            )
            yield subject
        finally:
            subject.child.close()
            shutil.rmtree(subject.root)

    @contextlib.contextmanager
    def subjects(
        self,
        measure: str,
        at: float,
        able: Iterable[str],
        texts: Mapping[str, Text],
        watch: bool = False,
    ) -> Iterator[list[Subject]]:
        """One Subject of each system that can do it."""
        with contextlib.ExitStack() as stack:
            started = []
            for system in self.systems(able):
                with self.told(measure, system, at):
                    started.append(stack.enter_context(self.subject(system, texts, watch)))
            yield started

    @contextlib.contextmanager
    def told(self, measure: str, system: str, at: float) -> Iterator[None]:
        """Notes who is not installed and what cannot be done, and goes on."""
        try:
            yield
        except MissingError as error:
            self.missing[system] = str(error)
        except FailedError as error:
            self.results.failed(measure, system, at, str(error)[:200])

    def turns(
        self,
        measure: str,
        at: float,
        subjects: Sequence[AnyContender],
        turn: Callable[[Bench, AnyContender, float], object],
        rounds: int = 0,
        patience: float = 0,
    ) -> None:
        """Lets all take turns, in a new order each round; who fails, or is too slow, is out."""
        left = list(subjects)
        for subject in left:
            subject.spent = 0
        for number in range(rounds or self.profile.rounds):
            for subject in self.random.sample(left, len(left)):
                start = time.monotonic()
                with self.told(measure, subject.system, at):
                    turn(self, subject, at)
                subject.spent += time.monotonic() - start
                expected = subject.spent * (number + 2) / (number + 1)
                failed = self.results.failure(measure, subject.system, at)
                if failed or expected > (patience or self.profile.patience):
                    left.remove(subject)
            self.steady(measure)

    def steady(self, measure: str) -> None:
        """Times a piece of work that is always the same: how steady the machine is."""
        start = time.perf_counter()
        sum(number for number in range(50_000))
        self.results.add("steady", measure, 0, (time.perf_counter() - start) * 1000)
