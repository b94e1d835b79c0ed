"""The tables of `docs/security.md`, generated from the data that the tests use, so that page and tests agree."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from app import ROOT
from schemas.catalogue import CATALOGUE
from schemas.event_type import Kind
from schemas.names import DEAD_LETTER_KEEPER, QUEUE_PROCESSOR, SLACK_NOTIFIER
from tests.infrastructure.deployment import Deployment
from tests.security import safekeeping
from tests.security.access import (
    ACTORS,
    DEPLOYER,
    EACH_DAY,
    EACH_MINUTE,
    OPERATOR,
    PEOPLE,
    ROLES,
    SCHEDULES,
    VIEWER,
    Access,
    Place,
    allowed,
)
from tests.security.trials import TRIALS, UNTRIED, tried_by

PAGE = ROOT / "docs" / "security.md"

_TYPES = frozenset(event_type.name for event_type in CATALOGUE)
_JOBS = frozenset(event_type.name for event_type in CATALOGUE if event_type.kind is Kind.JOB)
_GROUPS = {
    "every function": _TYPES | {QUEUE_PROCESSOR, SLACK_NOTIFIER, DEAD_LETTER_KEEPER},
    "every consumer": _TYPES | {QUEUE_PROCESSOR},
    "each type": _TYPES,
    "each job": _JOBS,
    "the ingress": frozenset({QUEUE_PROCESSOR}),
    "the notifier": frozenset({SLACK_NOTIFIER}),
    "the dead-letter keeper": frozenset({DEAD_LETTER_KEEPER}),
    "the schedules' role": frozenset({SCHEDULES}),
    "the role of the notifier's schedule": frozenset({EACH_MINUTE}),
    "the role of the keeper's schedule": frozenset({EACH_DAY}),
    "people": frozenset(person.name for person in PEOPLE),
    "a viewer": frozenset({VIEWER.name}),
    "an operator": frozenset({OPERATOR.name}),
    "a deployer": frozenset({DEPLOYER.name}),
}
"""Roles and people by a common name, the largest group first."""


def blocks(deployments: Mapping[str, Deployment]) -> dict[str, str]:
    """The page's generated blocks by their names."""
    return {
        "access": access_table(),
        "access-counts": counts(),
        "safekeeping": safekeeping.table(deployments),
    }


def access_table() -> str:
    """Each action on each resource, and the roles that may perform it."""
    rows: dict[tuple[Place, str], list[str]] = {}
    for access in _tried_and_granted():
        rows.setdefault((access.place, _whom(access)), []).append(access.action)
    lines = [
        f"| {place} | {_actions(actions)} | {whom} |"
        for (place, whom), actions in sorted(rows.items(), key=lambda row: list(Place).index(row[0][0]))
    ]
    return "\n".join(["| on | actions | allowed to |", "|---|---|---|", *lines])


def counts() -> str:
    """The number of trials and their results."""
    tried = [access in allowed(actor) for actor in ACTORS for access in tried_by(actor)]
    yes, no = tried.count(True), tried.count(False)
    return (
        f"{len(ROLES)} roles and {len(PEOPLE)} policies for people, {len(tried):,} trials: {yes} are allowed and work, "
        f"{no:,} are denied.\n\n"
        + "\n".join(["Granted and not tried:\n", *(f"- `{action}`: {reason}" for action, reason in UNTRIED.items())])
    )


def _tried_and_granted() -> Iterator[Access]:
    """Every row of the table once, in the order of the trials."""
    tried = (Access(trial.action, place) for trial in TRIALS for place in trial.places)
    granted = (access for actor in ACTORS for access in sorted(allowed(actor)) if access.action in UNTRIED)
    return iter(dict.fromkeys([*tried, *granted]))


def _whom(access: Access) -> str:
    may = {actor.name for actor in ACTORS if access in allowed(actor)}
    return ", ".join(_named(may)) or "nobody"


def _named(names: Collection[str]) -> Iterator[str]:
    remaining = set(names)
    for name, members in _GROUPS.items():
        if members <= remaining:
            yield name
            remaining -= members
    yield from sorted(f"`{name}`" for name in remaining)


def _actions(actions: Iterable[str]) -> str:
    return ", ".join(f"`{action}`" for action in actions)
