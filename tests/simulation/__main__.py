"""`python -m tests.simulation` writes the tables of `docs/reliability.md` anew; `… NAME` prints scenarios' figures.

A scenario is run if its name has the argument as a part. Each processor runs one scenario at a time.
"""

import sys
from concurrent.futures import ProcessPoolExecutor

from ops.terminal.tables import written_anew
from tests.simulation.figures import Figures, figures_of
from tests.simulation.page import PAGE, blocks
from tests.simulation.scenarios import SCENARIOS


def line(name: str, found: Figures) -> str:
    """The figures of a scenario in words."""
    return (
        f"{name}: {found.accepted:,} messages, {found.done:,} done, dead {found.dead or 0}, {found.skipped} skipped, "
        f"{found.unfinished} unfinished, {found.attempts:,} attempts spent, {found.calls:,} calls, {found.refused:,} "
        f"refused ({found.refused_share:.1%}), {found.invocations:,} invocations, ${found.dollars:.4f}, backlog done "
        f"after {found.drain:.0f} s, at best {found.ideal:.0f} s, {found.doubled} doubled, at most {found.most_runs} "
        f"runs of a message; took {found.seconds:.1f} s"
    )


if __name__ == "__main__":
    parts = sys.argv[1:]
    names = [name for name in SCENARIOS if not parts or any(part in name for part in parts)]
    figures = {}
    with ProcessPoolExecutor() as pool:
        for name, found in zip(names, pool.map(figures_of, names), strict=True):
            figures[name] = found
            print(line(name, found), flush=True)
    if not parts:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(written_anew(page, blocks(figures), name=PAGE.name), encoding="utf-8")
        print(f"docs/{PAGE.name}: its tables are updated")
