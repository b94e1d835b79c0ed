"""Made inputs, one after the other, the same ones for the same seed: without coverage, and so many times as fast."""

from random import Random
from time import monotonic

from tests.fuzz.encoding import data_of, text_of
from tests.fuzz.tally import Tally
from tests.fuzz.targets import Target


def run(target: Target, tally: Tally, *, runs: int, seconds: float, seed: int) -> None:
    """Go on until so many parts had their outcome, or so many seconds are over; 0: no such end.

    Args:
        target: where.
        tally: takes what is found.
        runs: parts, as messages at the ingress.
        seconds: on the clock.
        seed: of all that is made.
    """
    random, ends = Random(seed), monotonic() + seconds  # noqa: S311 so that it can be made again
    for text in target.seeds:
        _one(target, tally, text)
    while (not runs or tally.parts < runs) and (not seconds or monotonic() < ends):
        _one(target, tally, target.made(random))


def _one(target: Target, tally: Tally, text: str) -> None:
    """As it would come out of a file: what breaks something can be read again."""
    as_read = text_of(data_of(text))
    tally.inputs += 1
    try:
        tally.outcomes.update(target.check(as_read))
    except Exception as error:  # noqa: BLE001 whatever is raised is what is looked for
        tally.crashed(as_read, error)
