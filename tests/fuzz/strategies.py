"""Inputs of the targets, for hypothesis: made like the fuzzer's own, and made smaller where they break something."""

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from schemas.event_type import EventType
from tests.fuzz import seeds
from tests.fuzz.encoding import RECORD, data_of, text_of
from tests.fuzz.targets import CONSUMER, Target

SUITE = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
"""The same inputs in each run, so that a red build is red again."""


def inputs(target: Target) -> st.SearchStrategy[str]:
    """Of one target, with as many parts as it takes."""
    return _joined(_parts(target, target.seeds), target.most)


def inputs_of_type(event_type: EventType[Any]) -> st.SearchStrategy[str]:
    """Messages for the function of a type, good and bad."""
    return _joined(_parts(CONSUMER, seeds.valid()[event_type.name]), CONSUMER.most)


def _joined(parts: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=1, max_size=most).map(lambda each: text_of(data_of(RECORD.join(each))))


def _parts(target: Target, begin: Sequence[str]) -> st.SearchStrategy[str]:
    chosen = st.sampled_from(list(dict.fromkeys(begin)))
    changed = st.builds(
        lambda seed, random: target.change(seed, random, target.seeds).replace(RECORD, " "),
        chosen,
        st.randoms(use_true_random=False),
    )
    return changed | changed | changed | chosen | st.text(max_size=20)
