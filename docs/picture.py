"""Draws docs/demo.svg from what `heatsync demo` really prints: `python docs/picture.py`."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

COLUMNS = 96
ENVIRONMENT = {
    "COLORTERM": "truecolor",
    "COLUMNS": str(COLUMNS),
    "FORCE_COLOR": "1",
    "PYTHONIOENCODING": "utf-8",
    "TERM": "xterm-256color",
}
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {terminal_width} {terminal_height}">
<style>.{unique_id}-matrix {{ font: {char_height}px Menlo, Consolas, "DejaVu Sans Mono", monospace }}
{styles}</style>
<defs>{lines}</defs>
<rect fill="#1d1f21" width="{terminal_width}" height="{terminal_height}" rx="8"/>
<g transform="translate(12, 8)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "heatsync", "demo"],
        env=os.environ | ENVIRONMENT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    ).stdout
    shown = re.sub(r'"[^"]*/(\w+\.py)"', r'"\1"', shown)  # the demo's folder is a passing one
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(shown.strip("\n") + "\n"), soft_wrap=True)
    svg = console.export_svg(title="", theme=MONOKAI, code_format=SVG, unique_id="demo")
    # Nothing has to be clipped, and ends of lines need not be drawn.
    svg = re.sub(r"<clipPath.*?</clipPath>| clip-path=\"[^\"]*\"", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<text [^>]*>\s*</text>", "\n", svg)
    lines = [line.rstrip() for line in svg.splitlines() if line.strip()]
    Path(__file__).with_name("demo.svg").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
