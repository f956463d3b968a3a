"""The suite of benchmarks runs, and makes a page of what it measured."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]


def run(script, *arguments):
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / script, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_quick_run_becomes_a_page_with_plots(tmp_path):
    results = tmp_path / "results.json"
    systems = "heatsync,reload,function floor"
    only = ["--only", "apply,dependents", "--systems", systems]

    run("run.py", "--quick", "--here", *only, "--out", results)
    run("page.py", results, "--docs", tmp_path)

    rows = json.loads(results.read_text("utf-8"))["figures"]
    assert [row for row in rows if row["failed"]] == []
    assert {row["system"] for row in rows if row["measure"] == "apply later"} == {
        *systems.split(",")
    }
    page = (tmp_path / "benchmarks.md").read_text("utf-8")
    assert "## A reload without a watcher\n" in page
    assert "\n| **heatsync** | " in page
    assert "\n## A web server" not in page  # it was not measured
    plots = sorted((tmp_path / "plots").glob("*.svg"))
    assert [plot.stem for plot in plots] == ["apply", "deep", "wide"]
    for plot in plots:
        assert "heatsync" in "".join(ElementTree.parse(plot).getroot().itertext())


def test_a_system_that_is_not_installed_is_left_out_and_said_so(tmp_path):
    results = tmp_path / "results.json"

    run("run.py", "--quick", "--here", "--only", "heap", "--systems", "jurigged", "--out", results)
    run("page.py", results, "--docs", tmp_path)

    assert "Left out: jurigged (No module named 'jurigged')" in (
        tmp_path / "benchmarks.md"
    ).read_text("utf-8")
