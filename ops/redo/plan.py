"""Plan a redo from the logs: which messages, which are left out, who gets something a second time."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ops.dead_letters.search import search_silently
from ops.redo.anew import new_id
from ops.redo.covered import A_REPEAT, CAUSED_AGAIN, caused_again, id_of, repeats
from ops.redo.effects import charging, repeated, with_follow_ups
from ops.redo.selection import ON_ITS_WAY, Criteria, EndedMessage, Selection, ended_dead_letter, matches, select
from ops.stage import log_groups
from ops.stage.deployed import DeployedStage
from ops.stage.log_groups import LogGroups
from ops.stage.log_lines import LogLine, in_effect
from ops.trace.search import LogSearch
from schemas.names import AUDIT
from schemas.reasons import OperatorAction, Outcome

_SEARCHED_ONE_BY_ONE = 10
"""Ids whose chains are searched one by one; more are found by reading all outcomes of the time."""

_OUTCOMES = '{ $.outcome = "*" }'
_REDONE = f'{{ $.message = "{OperatorAction.REDONE}" || $.message = "{OperatorAction.REDO_REFUSED}" }}'


@dataclass(frozen=True, kw_only=True)
class RedoPlan:
    """What a redo will publish, and what that causes."""

    messages: tuple[EndedMessage, ...]
    left_out: Mapping[str, str]
    """Why messages that were asked for cannot be redone: sentences by message id."""

    covered: Mapping[str, str]
    """Why messages need no redo of their own: sentences by message id."""

    published: frozenset[str]
    """The messages that this run, which is continued, wrote to the audit log before, by message id."""

    again: Counter[str]
    """Jobs that would be done a second time, by type."""

    redone_before: tuple[LogLine, ...] = ()
    """Audit lines of other runs that published some of these messages anew."""


def plan(  # noqa: PLR0913 all by keyword but the stage
    stage: DeployedStage,
    *,
    criteria: Criteria,
    read_since: datetime,
    run: str,
    money: bool,
    on_log: Callable[[], object] = lambda: None,
) -> RedoPlan:
    """Plan a redo; nothing is published.

    Args:
        stage: the stage.
        criteria: which messages.
        read_since: the time from which on logs are read.
        run: the run's name.
        money: whether messages may be redone that charge a customer, themselves or by what they cause.
        on_log: called for each log that has been read.

    Raises:
        OperatorError: there is no such stage, or AWS refuses.
    """
    lines = in_effect(sorted(_lines(stage, criteria, read_since, on_log), key=lambda line: line.at))
    selection = _with_unlogged_dead_letters(stage, select(lines, criteria), lines, criteria)
    allowed, left_out = _without_charges(selection, money=money)
    covered = _covered(allowed, lines, by_id=bool(criteria.ids))
    messages = tuple(each for each in allowed if each not in covered)
    own, others = _redone_before(messages, lines, run)
    return RedoPlan(
        messages=messages,
        left_out={**selection.left_out, **left_out},
        covered={each.key: why for each, why in covered.items()},
        published=own,
        again=repeated(messages, lines),
        redone_before=others,
    )


def _lines(
    stage: DeployedStage, criteria: Criteria, since: datetime, on_log: Callable[[], object]
) -> Iterable[LogLine]:
    if 0 < len(criteria.ids) <= _SEARCHED_ONE_BY_ONE:
        search = LogSearch(stage, since=since, on_log=on_log)
        return dict.fromkeys(line for an_id in sorted(criteria.ids) for line in search.lines(an_id))
    reader = LogGroups(stage.client("logs"))
    functions = log_groups.of_functions(stage)
    names = functions if criteria.ids else with_follow_ups(criteria.types)
    outcomes = reader.lines([functions[name] for name in names if name in functions], since, _OUTCOMES, on_log)
    audit = [group for name, group in log_groups.of_audit_and_alerts(stage).items() if name == AUDIT]
    return [*outcomes, *reader.lines(audit, since, _REDONE, on_log)]


def _with_unlogged_dead_letters(
    stage: DeployedStage, selection: Selection, lines: Iterable[LogLine], criteria: Criteria
) -> Selection:
    """Add dead letters that were asked for by ids of which no log line of the time tells a final outcome.

    SQS itself moved them, perhaps after failures that were logged.
    """
    logged = {an_id for line in lines if isinstance(line.what, Outcome) for an_id in (line.id, line.sqs_message_id)}
    missing = criteria.ids - logged
    sought = missing | {an_id for an_id, why in selection.left_out.items() if why == ON_ITS_WAY}
    if not sought:
        return selection
    found = search_silently(stage, (), lambda each: bool(sought & {each.id, each.sqs_message_id}))
    dead = [each for each in map(ended_dead_letter, found) if matches(each, criteria)]
    ids = {an_id for each in dead for an_id in (each.id, each.sqs_message_id)}
    left_out = {an_id: why for an_id, why in selection.left_out.items() if why != ON_ITS_WAY or an_id not in ids}
    why = "no log of the time names it, and no dead-letter queue has it: give a longer --since"
    return Selection((*selection.messages, *dead), {**left_out, **dict.fromkeys(sorted(missing - ids), why)})


def _without_charges(selection: Selection, *, money: bool) -> tuple[tuple[EndedMessage, ...], dict[str, str]]:
    if money:
        return selection.messages, {}
    charges = {name: charging(name) for name in {each.type for each in selection.messages}}
    allowed = tuple(each for each in selection.messages if not charges[each.type])
    left_out = {
        each.key: f"{each.type} can charge a customer, by {charges[each.type][0]}: give --money"
        for each in selection.messages
        if charges[each.type]
    }
    return allowed, left_out


def _covered(messages: Iterable[EndedMessage], lines: Iterable[LogLine], *, by_id: bool) -> dict[EndedMessage, str]:
    """Which of these messages need no redo of their own, and why; one that is chosen by its id may be a repeat."""
    messages = list(messages)
    again = set() if by_id else repeats(lines)
    covered = {each: A_REPEAT for each in messages if id_of(each) in again}
    followers = caused_again((each for each in messages if each not in covered), lines)
    return covered | {each: CAUSED_AGAIN for each in messages if id_of(each) in followers}


def _redone_before(
    messages: Iterable[EndedMessage], lines: Iterable[LogLine], run: str
) -> tuple[frozenset[str], tuple[LogLine, ...]]:
    """The ids of messages that this run wrote to the audit log, and the audit lines of other runs."""
    ids = {each.id for each in messages}
    own = {new_id(run, each): each.key for each in messages}
    found = [line for line in lines if line.what is OperatorAction.REDONE and line.id in ids]
    others = sorted((line for line in found if line.new_id not in own), key=lambda line: line.at)
    return frozenset(own[line.new_id] for line in found if line.new_id in own), tuple(others)
