"""The environment in which the other systems are installed, made by `run.py --setup`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".venv-benchmarks"
NODE_MODULES = FOLDER / "node" / "node_modules"
OTHERS = ["fastapi", "hmr", "ipython", "jurigged", "sympy", "uvicorn", "uvicorn-hmr"]
TOLD = [*OTHERS, "watchdog", "watchfiles"]
NPM = "heatsync@3"


#: Use the environment that runs this, and none that was made before.
here = False
#: The heatsync that is measured.
source = str(ROOT / "src")


def set_up() -> None:
    """Installs the other systems, in their newest versions, and what heatsync itself needs."""
    venv.create(FOLDER, with_pip=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pip = [python(), "-m", "pip", "install", "-q", "--upgrade"]
    subprocess.run([*pip, *project["dependencies"], *OTHERS], check=True)
    if shutil.which("npm") and shutil.which("node"):
        set_up_node()
    else:
        print("node and npm were not found: the npm package is left out")


def set_up_node() -> None:
    """Installs the npm package; with the newest there is of what it needs, where its own is not served."""
    folder = NODE_MODULES.parent
    folder.mkdir(exist_ok=True)
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", NPM]
    for overrides in ({}, {"backtracker": "latest"}):
        package = {"private": True, "overrides": overrides}
        (folder / "package.json").write_text(json.dumps(package))
        if subprocess.run(install, cwd=folder, capture_output=bool(not overrides)).returncode == 0:
            return
    print("the npm package could not be installed: it is left out")


def python() -> str:
    """The Python of that environment, or else the one that runs this."""
    if here:
        return sys.executable
    ours = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return str(ours) if ours.exists() else sys.executable


def node() -> str | None:
    """Node, where it and the npm package are installed."""
    return shutil.which("node") if (NODE_MODULES / "heatsync").exists() and not here else None


def variables() -> dict[str, str]:
    """The environment variables of a measured process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    path = os.pathsep.join([source, str(ROOT / "benchmarks")])
    return kept | {"PYTHONPATH": path, "NODE_PATH": str(NODE_MODULES)}


def versions() -> dict[str, str]:
    """The versions of all that is installed there."""
    code = (
        "import importlib.metadata as m, json, platform, sys\n"
        "found = {d.metadata['Name'].lower(): d.version for d in m.distributions()}\n"
        "print(json.dumps({'python': platform.python_version()} |"
        " {name: found[name] for name in sys.argv[1:] if name in found}))"
    )
    done = subprocess.run([python(), "-c", code, *TOLD], capture_output=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    if runs := node():
        said = subprocess.run([runs, "--version"], capture_output=True, check=True, text=True)
        found["node"] = said.stdout.strip().removeprefix("v")
        package = json.loads((NODE_MODULES / "heatsync" / "package.json").read_text("utf-8"))
        found["npm heatsync"] = package["version"]
    return found
