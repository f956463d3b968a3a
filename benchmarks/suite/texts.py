"""Modules of so many lines of ordinary code, with one function in the middle to edit."""

from __future__ import annotations

from functools import cache
from typing import Any

FIRST = 1000  # the value before any edit

PYTHON: dict[str, Any] = {
    "head": '"""A module of the benchmarks."""\n\nimport math\nfrom collections import Counter\n',
    "answer": '''

def another():
    return {another}


def answer(factor=1):
    """What the benchmark asks for."""
    steps = [step for step in range(4)]
{extra}    number = {value}  # {dots}
    return number * factor + sum(steps) - 6

''',
    "extra": "    steps.append(0)\n",
    "blocks": [
        """
RATE_{n} = {n} / 100
NAMES_{n} = ["north", "east", "south", "west"]
PRICES_{n} = {{"bolt": {n}, "nut": {n} + 1, "washer": 3}}

""",
        '''
def mean_{n}(values, *, weights=None, digits=2):
    """The weighted mean of some values, rounded."""
    if weights is None:
        weights = [1] * len(values)
    if len(weights) != len(values):
        raise ValueError(f"{{len(values)}} values, but {{len(weights)}} weights")
    total = 0.0
    for value, weight in zip(values, weights):
        if math.isnan(value):
            continue
        total += value * weight
    whole = sum(weights)
    return round(total / whole, digits) if whole else None

''',
        '''
class Stock{n}:
    """What lies on shelf {n}."""

    limit = 40 + {n}

    def __init__(self, place, amounts=()):
        self.place = place
        self.amounts = Counter(dict(amounts))
        self.orders = []

    @property
    def full(self):
        return self.amounts.total() >= self.limit

    def put(self, kind, amount=1):
        """Puts some of a kind there, as long as there is room."""
        if self.full:
            raise OverflowError(f"{{self.place}} is full")
        self.amounts[kind] += amount
        self.orders.append(("put", kind, amount))
        return self.amounts[kind]

    def take(self, kind, amount=1):
        left = self.amounts[kind] - amount
        if left < 0:
            raise KeyError(kind)
        self.amounts[kind] = left
        self.orders.append(("take", kind, amount))
        return left

    @classmethod
    def merged(cls, stocks):
        pairs = [pair for stock in stocks for pair in stock.amounts.items()]
        return cls("+".join(stock.place for stock in stocks), pairs)

    def report(self):
        lines = [f"{{kind:>10}} {{amount}}" for kind, amount in sorted(self.amounts.items())]
        return "\\n".join(lines) or "nothing"

''',
    ],
    "filler": "# The end.\n",
    "foot": "",
}

NODE: dict[str, Any] = {
    "head": '"use strict";\n',
    "answer": """

function another() {{
	return {another};
}}

function answer(factor = 1) {{
	const steps = [0, 1, 2, 3];
{extra}	const number = {value}; // {dots}
	return number * factor + steps.reduce((a, b) => a + b) - 6;
}}

""",
    "extra": "\tsteps.push(0);\n",
    "blocks": [
        """
const RATE_{n} = {n} / 100;
const NAMES_{n} = ["north", "east", "south", "west"];
const PRICES_{n} = {{ bolt: {n}, nut: {n} + 1, washer: 3 }};

""",
        """
function mean_{n}(values, weights, digits = 2) {{
	weights ??= values.map(() => 1);
	if (weights.length !== values.length) {{
		throw new RangeError(`${{values.length}} values, but ${{weights.length}} weights`);
	}}
	let total = 0;
	values.forEach((value, index) => {{
		if (Number.isNaN(value)) return;
		total += value * weights[index];
	}});
	const whole = weights.reduce((a, b) => a + b, 0);
	return whole ? Number((total / whole).toFixed(digits)) : null;
}}

""",
        """
class Stock{n} {{
	static limit = 40 + {n};

	constructor(place, amounts = []) {{
		this.place = place;
		this.amounts = new Map(amounts);
		this.orders = [];
	}}

	get full() {{
		return [...this.amounts.values()].reduce((a, b) => a + b, 0) >= Stock{n}.limit;
	}}

	put(kind, amount = 1) {{
		if (this.full) throw new RangeError(`${{this.place}} is full`);
		this.amounts.set(kind, (this.amounts.get(kind) ?? 0) + amount);
		this.orders.push(["put", kind, amount]);
		return this.amounts.get(kind);
	}}

	take(kind, amount = 1) {{
		const left = (this.amounts.get(kind) ?? 0) - amount;
		if (left < 0) throw new RangeError(kind);
		this.amounts.set(kind, left);
		this.orders.push(["take", kind, amount]);
		return left;
	}}

	report() {{
		return [...this.amounts].map(([kind, amount]) => `${{kind}} ${{amount}}`).join("\\n");
	}}
}}

""",
    ],
    "filler": "// The end.\n",
    "foot": "module.exports = { answer };\n",
}


class Text:
    """A short text, in which each edit puts the next value."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.value = FIRST
        self.shifted = False
        self.another = 0

    def edit_another(self) -> None:
        """Another function than the one that is called."""
        self.another += 1

    def edit(self, shift: bool = False) -> None:
        """With `shift` it has one line more, or less, than it had before."""
        self.value += 1
        self.shifted ^= shift

    def render(self, node: bool) -> bytes:
        return self.fill(self.template).encode()

    def fill(self, template: str, extra: str = "") -> str:
        """No two in a row are of one size: bytecode files are told apart by size and second."""
        dots = "." * (self.value % 7)
        extra = extra if self.shifted else ""
        return template.format(value=self.value, dots=dots, extra=extra, another=self.another)


class Module(Text):
    """A text of so many lines of ordinary code; each edit gives `answer()` the next value."""

    def __init__(self, lines: int) -> None:
        super().__init__("")
        self.lines = lines

    def render(self, node: bool) -> bytes:
        kind = NODE if node else PYTHON
        head, tail = surroundings(self.lines, node)
        return (head + self.fill(kind["answer"], kind["extra"]) + tail).encode()


@cache
def surroundings(lines: int, node: bool) -> tuple[str, str]:
    """What stands before and behind the function that is edited."""
    kind = NODE if node else PYTHON
    room = lines - sum(kind[part].count("\n") for part in ("head", "answer", "foot"))
    before, after = blocks(kind, room // 2, 0), blocks(kind, room - room // 2, 10_000)
    return kind["head"] + before, after + kind["foot"]


def blocks(kind: dict[str, Any], lines: int, first: int) -> str:
    """Blocks of code up to so many lines, with numbers from the first one on."""
    text, number = [], first
    while lines:
        block = kind["blocks"][number % 3]
        size = block.count("\n")
        if size > lines:
            text.append(kind["filler"] * lines)
            break
        text.append(block.format(n=number))
        lines -= size
        number += 1
    return "".join(text)
