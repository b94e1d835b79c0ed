"""`python -m tests.simulation` writes the tables of `docs/reliability.md` anew; `… NAME` prints scenarios' figures.

A scenario is run if its name has the argument as a part.
"""

import sys

from ops.terminal.tables import written_anew
from tests.simulation.figures import figures_of
from tests.simulation.page import PAGE, blocks
from tests.simulation.scenarios import SCENARIOS

_parts = sys.argv[1:]
_figures = {}
for _name in SCENARIOS:
    if _parts and not any(part in _name for part in _parts):
        continue
    _figures[_name] = _found = figures_of(_name)
    print(
        f"{_name}: {_found.accepted:,} messages, {_found.done:,} done, dead {_found.dead or 0}, "
        f"{_found.skipped} skipped, {_found.unfinished} unfinished, {_found.attempts:,} attempts spent, "
        f"{_found.calls:,} calls, {_found.refused:,} refused ({_found.refused_share:.1%}), "
        f"{_found.invocations:,} invocations, ${_found.dollars:.4f}, backlog done after {_found.drain:.0f} s, "
        f"at best {_found.ideal:.0f} s, {_found.doubled} doubled, at most {_found.most_runs} runs of a message; "
        f"took {_found.seconds:.1f} s",
        flush=True,
    )
if not _parts:
    _page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(written_anew(_page, blocks(_figures), name=PAGE.name), encoding="utf-8")
    print(f"docs/{PAGE.name}: its tables are updated")
