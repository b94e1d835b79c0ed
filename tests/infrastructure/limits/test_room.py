"""A catalogue of 60 types, most of them of the largest kind, fits into AWS's limits; beyond them synth says which."""

import re
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import ROOT
from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind, Needs
from schemas.wire import Payload
from stacks.errors import CannotSynthesizeError
from stacks.limits import limit
from stacks.limits.check import stage_uses
from stacks.limits.limit import Limit, Use
from stacks.monitoring.dashboard.saved_queries import LogQuery, saved_name
from tests.infrastructure.deployment import LOG_GROUP, Deployment, synthesize
from tests.infrastructure.monitoring.test_dashboard import titled
from tests.infrastructure.monitoring.test_log_queries import definitions, each_query

TYPES = 60

UNUSED = {limit.BUS_POLICY.name, limit.MANAGED_POLICY.name}
"""Limits on what a stage has only by its settings."""


class Anything(Payload):
    pass


def catalogue_of(count: int) -> Sequence[EventType[Any]]:
    """Return the catalogue, filled up with types that have every alarm, need and follow-up, and a long name."""
    every = set(CATALOGUE)
    more = [
        EventType(
            f"partnerships.long_name_{number:04}",
            Anything,
            Kind.REACTION if number % 2 else Kind.JOB,
            needs=set(Needs),
            emits=every if number % 2 else set(),
            schedules=every if number % 2 else set(),
            objective=timedelta(minutes=5),
        )
        for number in range(count - len(CATALOGUE))
    ]
    return (*CATALOGUE, *more)


def synthesized(folder: Path, count: int) -> Deployment:
    root = folder / "checkout"
    shutil.copytree(ROOT / "lambdas", root / "lambdas", ignore=shutil.ignore_patterns("__pycache__"))
    catalogue = catalogue_of(count)
    for event_type in catalogue:
        handler = root / "lambdas" / event_type.folder / "handler.py"
        handler.parent.mkdir(exist_ok=True)
        handler.touch()
    return synthesize(folder / "synthesized", catalogue=catalogue, root=root, stage="prod")


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    return synthesized(tmp_path_factory.mktemp("sixty"), TYPES)


@pytest.fixture(scope="module")
def used(sixty: Deployment) -> list[Use]:
    return list(stage_uses(sixty.folder, "prod"))


def test_sixty_types_fit_in_an_account_without_requests(used: list[Use]) -> None:
    assert [use.sentence(TYPES) for use in used if use.figure > use.limit.allowed] == []


def test_sixty_types_use_a_part_of_every_limit(used: list[Use]) -> None:
    """Otherwise a measure would have missed its resources."""
    limits = {each.name for each in vars(limit).values() if isinstance(each, Limit)}

    assert {use.limit.name for use in used if use.figure} == limits - UNUSED


@each_query
def test_the_parts_of_a_query_read_all_functions_logs(sixty: Deployment, query: LogQuery) -> None:
    names = [saved_name("prod", f"{query.name} ({number} of 2)") for number in (1, 2)]
    parts = [definitions(sixty)[name].properties["LogGroupNames"] for name in names]

    groups = [sixty.follow(sixty.monitoring, name, LOG_GROUP) for part in parts for name in part]

    assert sorted(map(repr, groups)) == sorted(map(repr, sixty.function_log_groups()))


def test_the_dashboard_shows_the_parts_side_by_side_or_below(sixty: Deployment) -> None:
    first, second = (titled(sixty, f"Outcomes by type ({number} of 2)") for number in (1, 2))

    assert {first["properties"]["query"].count("SOURCE"), second["properties"]["query"].count("SOURCE")} == {50, 12}
    assert (first["x"], first["y"]) != (second["x"], second["y"])


def test_beyond_the_limits_synth_says_which_one_comes_first(tmp_path: Path) -> None:
    with pytest.raises(CannotSynthesizeError) as caught:
        synthesized(tmp_path, 80)

    (fit,) = re.findall("about ([0-9]+) of the 80 types fit", str(caught.value))
    assert "TalyAsync-Prod-Monitoring has " in str(caught.value)
    assert TYPES <= int(fit) < 80
