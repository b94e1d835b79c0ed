"""`python -m tests.simulation` writes the table of `docs/reliability.md` anew; `… NAME` prints scenarios' figures.

A scenario is run if its name has the argument as a part.
"""

import sys

from ops.terminal.tables import written_anew
from tests.simulation.figures import run
from tests.simulation.page import BLOCK, PAGE, table
from tests.simulation.scenarios import SCENARIOS

_parts = sys.argv[1:]
_figures = {}
for _scenario in SCENARIOS:
    if _parts and not any(part in _scenario.name for part in _parts):
        continue
    _figures[_scenario.name] = _found = run(_scenario)[0]
    print(
        f"{_scenario.name}: {_found.accepted:,} messages, {_found.done:,} done, dead {_found.dead or 0}, "
        f"{_found.skipped} skipped, {_found.unfinished} unfinished, {_found.attempts:,} attempts spent, "
        f"{_found.calls:,} calls, {_found.refused:,} refused ({_found.refused_share:.1%}), "
        f"{_found.invocations:,} invocations, ${_found.dollars:.4f}, drained in {_found.drain:.0f} s, "
        f"at best {_found.ideal:.0f} s, {_found.doubled} doubled, at most {_found.most_runs} runs; "
        f"took {_found.seconds:.1f} s",
        flush=True,
    )
if not _parts:
    _page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(written_anew(_page, {BLOCK: table(_figures)}, name=PAGE.name), encoding="utf-8")
    print(f"docs/{PAGE.name}: its table is updated")
