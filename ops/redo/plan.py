"""Plan a redo from the logs: which messages, which are left out, who gets something a second time."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ops.dead_letters.search import FoundDeadLetter, search_silently
from ops.redo.anew import new_id
from ops.redo.effects import charging, repeated, with_follow_ups
from ops.redo.selection import Criteria, EndedMessage, Selection, select
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
    """Sentences by message id."""

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
    selection = select(lines, criteria)
    logged = {an_id for line in lines if isinstance(line.what, Outcome) for an_id in (line.id, line.sqs_message_id)}
    selection = _with_unlogged_dead_letters(stage, criteria.ids - logged, selection)
    allowed, left_out = _without_charges(selection, money=money)
    return RedoPlan(
        messages=allowed,
        left_out={**selection.left_out, **left_out},
        again=repeated(allowed, lines),
        redone_before=_redone_before(allowed, lines, run),
    )


def _lines(
    stage: DeployedStage, criteria: Criteria, since: datetime, on_log: Callable[[], object]
) -> Iterable[LogLine]:
    if 0 < len(criteria.ids) <= _SEARCHED_ONE_BY_ONE:
        search = LogSearch(stage, since=since, on_log=on_log)
        return {line for an_id in sorted(criteria.ids) for line in search.lines(an_id)}
    reader = LogGroups(stage.client("logs"))
    functions = log_groups.of_functions(stage)
    names = functions if criteria.ids else with_follow_ups(criteria.types)
    outcomes = reader.lines([functions[name] for name in names if name in functions], since, _OUTCOMES, on_log)
    audit = [group for name, group in log_groups.of_audit_and_alerts(stage).items() if name == AUDIT]
    return [*outcomes, *reader.lines(audit, since, _REDONE, on_log)]


def _with_unlogged_dead_letters(stage: DeployedStage, missing: frozenset[str], selection: Selection) -> Selection:
    """Add dead letters that were asked for by ids of which no log line of the time tells an outcome."""
    if not missing:
        return selection
    found = search_silently(stage, (), lambda each: bool(missing & {each.id, each.sqs_message_id}))
    dead = [_of_dead_letter(each) for each in found]
    lacking = missing - {an_id for each in dead for an_id in (each.id, each.sqs_message_id)}
    why = "no log of the time names it, and no dead-letter queue has it: give a longer --since"
    return Selection((*selection.messages, *dead), {**selection.left_out, **dict.fromkeys(sorted(lacking), why)})


def _of_dead_letter(found: FoundDeadLetter) -> EndedMessage:
    dead_letter = found.dead_letter
    at = dead_letter.dead_lettered_at or datetime.min.replace(tzinfo=UTC)
    return EndedMessage(
        id=dead_letter.id,
        type=dead_letter.type or found.service,
        company_id=dead_letter.company_id,
        outcome=Outcome.DEAD_LETTERED,
        service=found.service,
        first_at=at,
        last_at=at,
        correlation_id=dead_letter.claims.correlation_id,
        sqs_message_id=dead_letter.sqs_message_id,
    )


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


def _redone_before(messages: Iterable[EndedMessage], lines: Iterable[LogLine], run: str) -> tuple[LogLine, ...]:
    """The audit lines about these messages, apart from those of this run, which is being continued."""
    own = {each.id: new_id(run, each) for each in messages}
    found = [line for line in lines if line.what is OperatorAction.REDONE and line.id in own]
    return tuple(sorted((line for line in found if line.new_id != own[line.id]), key=lambda line: line.at))
