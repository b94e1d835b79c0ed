"""Run generated inputs without coverage guidance, which is many times faster; the same seed gives the same inputs."""

from random import Random
from time import monotonic

from tests.fuzz.encoding import data_of, text_of
from tests.fuzz.tally import Tally
from tests.fuzz.targets import Target


def run(target: Target, tally: Tally, *, runs: int, seconds: float, seed: int) -> None:
    """Run inputs until the number of parts or seconds is reached; 0 means no limit.

    Args:
        target: the target.
        tally: collects the results.
        runs: number of parts, such as messages of the ingress.
        seconds: time limit.
        seed: random seed of the inputs.
    """
    random, deadline = Random(seed), monotonic() + seconds
    for text in target.seeds:
        _run(target, tally, text)
    while (not runs or tally.parts < runs) and (not seconds or monotonic() < deadline):
        _run(target, tally, target.generate(random))


def _run(target: Target, tally: Tally, text: str) -> None:
    """Run a text as read from a file, so that a failing input can be run again."""
    as_read = text_of(data_of(text))
    tally.inputs += 1
    try:
        tally.outcomes.update(target.check(as_read))
    except Exception as error:  # noqa: BLE001 any exception is a finding
        tally.crashed(as_read, error)
