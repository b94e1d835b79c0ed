"""The cost of `cdk synth` for a developer: only the first app of a process has to start jsii."""

import json
import subprocess
import sys
from collections.abc import Iterable

from tests.benchmarks.bench import Bench
from tests.benchmarks.child import synthesis
from tests.benchmarks.function_folders import ROOT
from tests.benchmarks.rounds import Round, median_of, ratio
from tests.benchmarks.row import Row

_SECONDS = 300


def synth(bench: Bench) -> Iterable[Row]:
    """Seconds of stage `dev`, all three stacks with cdk-nag: the import of the CDK, the first app, the second app."""
    rounds = [_round() for _ in range(bench.rounds(3))]
    for part, name in {"import": "import aws_cdk", "first": "first app", "second": "second app"}.items():
        seconds = median_of([each[part] for each in rounds])
        yield Row(name=f"synth({name})", value=seconds.value, unit="seconds", spread=seconds.spread)
    value = ratio(rounds, "second", "first")
    yield Row(name="synth(second to first)", value=value.value, unit="first app", spread=value.spread)


def _round() -> Round:
    command = [sys.executable, synthesis.__file__, str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if run.returncode:
        raise RuntimeError(f"stage dev cannot be synthesized: {run.stderr.strip()[-2000:]}")
    seconds: Round = json.loads(run.stdout)
    return seconds
