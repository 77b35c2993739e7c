"""Every operation under every fault, and a table of what came of it.

`python -m tests.faults` takes some twenty minutes on two cores. With `--broken` a counter is built
as one would first think of: that must be found.
"""

import argparse
import sys
from itertools import product

from rich.console import Console
from rich.table import Table

from tests.faults.injections import FAULTS
from tests.faults.matrix import BROKEN, OPERATIONS, Cell, cells
from tests.faults.running import end_in_order, run_all


def main() -> int:
    """Run what is asked for, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--operations", nargs="+", choices=list(OPERATIONS), default=[*OPERATIONS])
    parser.add_argument("--faults", nargs="+", choices=list(FAULTS), default=list(FAULTS))
    parser.add_argument("--seeds", type=int, default=3, help="runs of each cell")
    parser.add_argument("--side-by-side", type=int, default=2, help="runs at a time")
    parser.add_argument("--broken", action="store_true", help="an operation that must be found")
    given = parser.parse_args()
    end_in_order()
    pairs = list(cells(given.operations, given.faults))
    if given.broken:
        pairs = [(next(iter(BROKEN)), "worker killed")]
    found = run_all(list(product(pairs, range(given.seeds))), given.side_by_side)
    console = Console()
    console.print(_table(found))
    for cell in found:
        for kind, detail in cell.findings:
            console.print(f"{cell.operation} x {cell.fault}: {kind}: {detail}", markup=False)
    bad = sum(cell.verdict != "ok" for cell in found)
    console.print(f"{len(found) - bad} of {len(found)} cells survived, {given.seeds} seeds each")
    return int(bad > 0)


def _table(found: list[Cell]) -> Table:
    operations = list(dict.fromkeys(cell.operation for cell in found))
    verdicts = {(cell.operation, cell.fault): cell for cell in found}
    table = Table("fault", *operations, title="What comes of it")
    for fault in FAULTS:
        row = [verdicts.get((operation, fault)) for operation in operations]
        if any(row):
            table.add_row(fault, *("" if cell is None else _word(cell) for cell in row))
    return table


def _word(cell: Cell) -> str:
    colour = "green" if cell.verdict == "ok" else "red"
    return f"[{colour}]{cell.verdict}[/] {cell.seconds / max(1, cell.runs):.0f} s"


if __name__ == "__main__":
    sys.exit(main())
