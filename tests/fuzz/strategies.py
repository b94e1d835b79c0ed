"""Hypothesis strategies for the targets: inputs like the fuzzer's; hypothesis shrinks failing ones."""

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from schemas.event_type import EventType
from tests.fuzz import seeds
from tests.fuzz.encoding import RECORD, data_of, text_of
from tests.fuzz.targets import CONSUMER, Target

SUITE = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
"""Settings for the same inputs in each run, so that failures are reproducible."""


def inputs(target: Target) -> st.SearchStrategy[str]:
    """Generate inputs of a target, with up to its maximum number of parts."""
    return _joined(_parts(target, target.seeds), target.max_parts)


def inputs_of_type(event_type: EventType[Any]) -> st.SearchStrategy[str]:
    """Generate valid and invalid messages for the function of a type."""
    return _joined(_parts(CONSUMER, seeds.valid()[event_type.name]), CONSUMER.max_parts)


def _joined(parts: st.SearchStrategy[str], max_parts: int) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=1, max_size=max_parts).map(lambda each: text_of(data_of(RECORD.join(each))))


def _parts(target: Target, initial: Sequence[str]) -> st.SearchStrategy[str]:
    chosen = st.sampled_from(list(dict.fromkeys(initial)))
    changed = st.builds(
        lambda seed, random: target.change(seed, random, target.seeds).replace(RECORD, " "),
        chosen,
        st.randoms(use_true_random=False),
    )
    return changed | changed | changed | chosen | st.text(max_size=20)
