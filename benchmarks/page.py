"""Draws docs/benchmarks.md and its plots from the figures of a run.

python benchmarks/page.py results.json
"""

from __future__ import annotations

import argparse
from pathlib import Path

from suite.aims import aims, grown
from suite.figures import Results, share
from suite.others import not_first
from suite.plots import plot
from suite.tables import NAMES, cell, curves, failures, number, ordered, sized, table

DOCS = Path(__file__).parents[1] / "docs"
CALLS = ["function", "function of a module", "method", "attribute of a module"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results")
    parser.add_argument("--docs", type=Path, default=DOCS, help="the folder to write to")
    asked = parser.parse_args()
    results = Results.load(asked.results)
    plots = asked.docs / "plots"
    plots.mkdir(exist_ok=True)
    for name, measure, title, across in PLOTS:
        if found := curves(results, measure):
            (plots / f"{name}.svg").write_text(plot(title, across, found), "utf-8")
    told = [section(results) for section, measure in SECTIONS if results.systems(measure)]
    text = "\n\n".join([opening(results), glance(results), second(results), *told, HOW])
    (asked.docs / "benchmarks.md").write_text(text + "\n", "utf-8")


PLOTS = [
    ("latency", "latency", "Save → live, as installed", "lines in the file"),
    ("apply", "apply later", "A reload without a watcher", "lines in the file"),
    ("modules", "modules", "Save → live, one module edited", "live modules"),
    ("files", "files", "Save → all live, many files at once", "files saved"),
    ("wide", "dependents wide", "One constant, used by many modules", "modules that import it"),
    ("deep", "dependents deep", "One constant, at the end of a chain", "modules in the chain"),
    ("registered", "registered", "One of many registered functions", "registered functions"),
    ("heap", "heap", "A reload in a process with many objects", "objects"),
]


def opening(results: Results) -> str:
    about = results.about
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    steady = [
        value for row in results.rows.values() if row.measure == "steady" for value in row.values
    ]
    left_out = [f"{NAMES.get(name, name)} ({why})" for name, why in about["missing"].items()]
    return f"""\
# Benchmarks

What a reload costs with heatsync, beside other systems, and beside the least that the platform allows.
All numbers are milliseconds unless they say otherwise: the median / what 95 % do not exceed, and in brackets how many times heatsync's median that is.

Measured on {about["date"]}, on {about["machine"]} with other work beside; a piece of work that is always the same took {number(share(steady, 0.95) / share(steady, 0.5))} times its median in the worst 5 % of cases, so trust ratios more than numbers, and no small difference.
Profile *{about["profile"]}*. {versions}.{" Left out: " + ", ".join(left_out) + "." if left_out else ""}"""


def glance(results: Results) -> str:
    lines = [["what", "measured", "quickest", "aim", ""]]
    lines += [[*aim[:4], "met" if aim.met else "**not met**"] for aim in aims(results)]
    return f"""\
## What we aim at

The quickest of all tries is told, too: it shows what the code takes when nothing else disturbs.

{table(lines)}

In most of these the function that was edited last is edited again, as in most saves, so that it is known what follows; the rows that say *another function* tell what one takes that was not. What is known of the rest: a save goes through the watcher's thread, which shares the interpreter with the program, and finds the processor's caches cold, in which all takes twice as long. Compiled to C by Cython, as it is, the engine took a fifth longer, and a quarter longer after a pause, so there is no compiled helper. Of what an import costs more than Python's, most is to read the text and to keep it, without which the first edit could not be told from what runs. Half of `import heatsync` is what it needs of Python's own library (`typing`, `threading`, `contextlib`). The engine, which is most of heatsync, is loaded half a second after the last new module was imported, which takes it three times as long as that import; an edit that comes before waits for it."""


def latency(results: Results) -> str:
    return f"""\
## Save → live

One function in the middle of a file is edited and saved in place. Measured from just before the save, in another process, until a call gives the new value; each system as it is installed, with its own watcher and debounce.

{sized(results, "latency", "{:,.0f} lines")}

![Save → live by lines](plots/latency.svg)

Another function was edited before, for which heatsync has to find out what follows from it:

{sized(results, "latency of another", "{:,.0f} lines")}

The first edit of a file, for which some systems have work to do that was not done at import:

{sized(results, "latency of the first edit", "{:,.0f} lines")}{troubles(results, "latency")}"""


def applying(results: Results) -> str:
    held = [
        [NAMES.get(system, system), "yes" if results.median("held", system) else "no"]
        for system in ordered(results, "held")
        if results.found("held", system) and "floor" not in system
    ]
    return f"""\
## A reload without a watcher

The same edit, applied by a call (`sync.refresh()`), the first call of the new function included: some systems do their work there.

{sized(results, "apply later", "{:,.0f} lines")}

![A reload by lines](plots/apply.svg)

Another function was edited before:

{sized(results, "apply another", "{:,.0f} lines")}

The first edit of each file, the very first of which loads the engine, as no watcher has done it before:

{sized(results, "apply first", "{:,.0f} lines")}

An edit that also adds or removes a line, so that all that follows moves; tracebacks have to stay right:

{sized(results, "apply shifted", "{:,.0f} lines")}

Does the new code reach a module that had said `from subject import answer`?

{table([["", "reached"], *held])}{troubles(results, "apply")}"""


def modules(results: Results) -> str:
    return f"""\
## The size of the project

So many live modules of 30 lines; one is edited. Measured as in *save → live*.

{sized(results, "modules", "{:,.0f} modules")}

![Save → live by modules](plots/modules.svg)

Seconds until all are imported and watched:

{sized(results, "modules ready", "{:,.0f} modules")}

Milliseconds of processor time for each second in which nothing happens:

{sized(results, "modules idle", "{:,.0f} modules")}{troubles(results, "modules")}"""


def files(results: Results) -> str:
    return f"""\
## Many files at once

Of 2,000 live modules so many are saved, one right after the other; from the first save until the last one is live.

{sized(results, "files", "{:,.0f} at once")}

![Many files at once](plots/files.svg){troubles(results, "files")}"""


def dependents(results: Results) -> str:
    return f"""\
## What depends on the edit

A constant is edited, and modules compute something of it: so many that import it from its module, and so many in a chain, each importing from the one before. The time includes finding out which. `importlib.reload` cannot: it is told all modules, in the right order.

Imported by so many:

{sized(results, "dependents wide", "{:,.0f} modules")}

![By modules that import it](plots/wide.svg)

A chain of so many:

{sized(results, "dependents deep", "{:,.0f} modules")}

![By modules in the chain](plots/deep.svg){troubles(results, "dependents wide", "dependents deep")}"""


def registered(results: Results) -> str:
    return f"""\
## What decorators register

One of so many functions that `@board.route("/path")` puts into a list and a dict gets another path. With heatsync the new entry takes the place of the old one; who runs the whole file again registers all of its functions a second time.

{sized(results, "registered", "{:,.0f} functions")}

![By registered functions](plots/registered.svg){troubles(results, "registered")}"""


def heap(results: Results) -> str:
    return f"""\
## The size of the heap

One function of a file of 300 lines is edited, in a process that holds so many more objects.

{sized(results, "heap", "{:,.0f} objects")}

![By objects](plots/heap.svg){troubles(results, "heap")}"""


def importing(results: Results) -> str:
    imports = [["", "import", "its processor time", "start of the system", "peak memory, MB"]]
    kinds = ["importing", "importing spent", "importing start", "importing memory"]
    imports += [
        [NAMES.get(system, system), *(cell(results, kind, system, 0) for kind in kinds)]
        for system in ordered(results, kinds[0])
    ]
    modules = results.median("importing modules", "heatsync")
    text = results.median("importing text", "heatsync")
    return f"""\
## Imports

sympy, {number(modules)} modules of it with {number(text)} MB of text, in a new process, with its bytecode at hand:

{table(imports)}{troubles(results, "importing")}"""


def starting(results: Results) -> str:
    return f"""\
## Starting

A program that imports one module and ends, with `python app.py` and with `heatsync app.py`:

{sized(results, "start", "start to end")}

`import heatsync` alone takes {number(results.median("import heatsync", "heatsync"))} of the processor."""


def calls(results: Results) -> str:
    kinds = [f"calls: {name}" for name in CALLS]
    lines = [["nanoseconds", *CALLS]]
    lines += [
        [NAMES.get(system, system), *(cell(results, kind, system, 0) for kind in kinds)]
        for system in ordered(results, kinds[0])
    ]
    return f"""\
## Running code

After a reload, nanoseconds for each call or read, the best of five tries in each turn:

{table(lines)}"""


def memory(results: Results) -> str:
    return f"""\
## Memory over many reloads

In the second half of so many reloads of one module:

{growth(results)}{troubles(results, "growth")}"""


def serving(results: Results) -> str:
    return f"""\
## A web server

A FastAPI program with a module of 1,000 lines behind its one page, run with `heatsync -m uvicorn main:app` and its like; from the save until the first answer with the new value.

{sized(results, "serving", "save → new answer")}{troubles(results, "serving")}"""


def growth(results: Results) -> str:
    lines = [["", "reloads", "KB a reload", "objects a reload"]]
    for system in ordered(results, "growth memory"):
        kb, objects = (grown(results, f"growth {what}", system) for what in ("memory", "objects"))
        lines.append(
            [NAMES.get(system, system), f"{kb.reloads:,.0f}", *map(number, (kb.each, objects.each))]
        )
    return table(lines)


def second(results: Results) -> str:
    lines = "\n".join(f"- {line}" for line in not_first(results))
    return f"""\
## Where we are not first, and why

Where another system takes less than nine tenths of heatsync's time: how many times that it takes, and at which size.

{lines or "Nowhere in these figures."}"""


HOW = """\
## Run them

```sh
python benchmarks/run.py --setup
python benchmarks/run.py --out results.json
python benchmarks/page.py results.json
```

The first makes an environment with the other systems in `.venv-benchmarks` (and the npm package, where node is found); without it, heatsync is measured alone. The second takes about ten minutes, with `--quick` two, with `--full` an hour; `--only latency,apply` measures a part, `--systems heatsync,hmr` some of the systems, `--source ../older/src` another version of heatsync. The third writes this page. They run on Linux, and for the most part on macOS.

Each system runs in a process of its own, on files of its own, and all take turns in a new order each round, so that what else the machine does hits all alike. Before each edit one waits until the process has nothing left to do. A system that is slow gets fewer rounds. The figures of the floors come from a few lines of Python that are told of the save by the system, read the file, compile the function around the lines that differ, and exchange its code: the least that any reloader of that kind has to do, without knowing whether that was right.

Beside these: `benchmarks/leak.py` repeats ten thousand reloads of every kind of code and looks for what is left behind; `benchmarks/soak.py` edits, breaks and moves the files of a live server under load, for as long as one likes; `benchmarks/watchers.py` compares the libraries that could watch directories."""


def troubles(results: Results, *measures: str) -> str:
    """Who could not do it, as a sentence below the table."""
    found = failures(results, *dict.fromkeys(measures))
    return f"\n\nNot measured: {'; '.join(found)}." if found else ""


SECTIONS = [
    (latency, "latency"),
    (applying, "apply later"),
    (modules, "modules"),
    (files, "files"),
    (dependents, "dependents wide"),
    (registered, "registered"),
    (heap, "heap"),
    (importing, "importing"),
    (starting, "start"),
    (calls, "calls: function"),
    (memory, "growth memory"),
    (serving, "serving"),
]

if __name__ == "__main__":
    main()
