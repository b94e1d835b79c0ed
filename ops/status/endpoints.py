"""`endpoints`: list customers' webhook endpoints that fail or are disabled."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.output import counted, printable, show
from ops.terminal.times import minute, span
from schemas.availability import Item, UnprocessedError, read_items
from schemas.endpoints import INDEX_KEY, EndpointState, endpoint_state, keys_in
from schemas.names import IDEMPOTENCY, resource_name
from schemas.webhooks import WEBHOOK_DELIVER

_PLACES = ("ENDPOINT", "TENANT")
"""Placeholder in a command for one of several endpoints."""

_KEYS_A_CALL = 100
"""Keys of one read (DynamoDB, BatchGetItem)."""


def list_endpoints(stage: DeployedStage, *, tenant: str = "", now: datetime | None = None) -> bool:
    """Show the endpoints that fail or are disabled, the most urgent first; returns True.

    Args:
        stage: the stage.
        tenant: only endpoints of this company; empty for all.
        now: the time; by default the present.

    Raises:
        OperatorError: there is no such stage here, or AWS refuses.
    """
    stage.require()
    try:
        with aws_failures_as_sentences():
            found = read_endpoints(stage.client("dynamodb").batch_get_item, resource_name(stage.name, IDEMPOTENCY))
    except UnprocessedError as error:
        raise OperatorError(f"{error}. Try again") from None
    of_tenant = [each for each in found if tenant in {"", each.company_id}]
    scope = f"stage {stage.name}" + (f", tenant {tenant}" if tenant else "")
    at = now or datetime.now(UTC)
    show(_text(of_tenant, scope, stage.name, at), (record(each, at) for each in of_tenant))
    return True


def read_endpoints(batch_get_item: Callable[..., Mapping[str, Any]], table_name: str) -> Sequence[EndpointState]:
    """Return the endpoints that fail or are disabled, the most urgent first.

    The index may list an endpoint whose item is gone, as it expired or the endpoint works again: it is left out.

    Args:
        batch_get_item: DynamoDB's operation.
        table_name: the idempotency table.

    Raises:
        UnprocessedError: the table is throttled. What boto3 raises is raised as it is.
    """
    keys = list(keys_in(read_items(batch_get_item, table_name, [INDEX_KEY]).get(INDEX_KEY, {})))
    items: dict[str, Item] = {}
    for begin in range(0, len(keys), _KEYS_A_CALL):
        items |= read_items(batch_get_item, table_name, keys[begin : begin + _KEYS_A_CALL])
    states = [endpoint_state(key, item) for key, item in items.items()]
    return sorted((each for each in states if each.failing_since or each.disabled_at), key=_urgency)


def record(state: EndpointState, now: datetime) -> dict[str, Any]:
    """Return the JSON record of an endpoint; times are RFC 3339, null where there is none."""
    times = {
        "failing_since": state.failing_since,
        "last_failure": state.failed_at,
        "next_call": state.asked_from,
        "reported_at": state.reported_at,
        "disabled_from": None if state.disabled_at else state.disabled_from(now),
        "disabled_at": state.disabled_at,
    }
    return {
        "tenant": state.company_id,
        "endpoint": state.endpoint_id,
        "state": "disabled" if state.disabled_at else "failing",
        "failures": state.failures,
        "last_answer": state.last_answer,
        **{name: at.isoformat(timespec="seconds") if at else None for name, at in times.items()},
    }


def summary(states: Iterable[EndpointState]) -> str:
    """Return how many endpoints fail and how many are disabled, such as `2 fail, 1 is disabled`; empty for none."""
    disabled = [bool(each.disabled_at) for each in states]
    fail, off = disabled.count(False), disabled.count(True)
    parts = (
        f"{fail:,} {'fails' if fail == 1 else 'fail'}" if fail else "",
        f"{off:,} {'is' if off == 1 else 'are'} disabled" if off else "",
    )
    return ", ".join(filter(None, parts))


def _urgency(state: EndpointState) -> tuple[bool, float, str]:
    """Sort key: what fails before what is disabled; of these the one that is disabled next, or was disabled last."""
    if state.disabled_at:
        return True, -state.disabled_at.timestamp(), state.key
    return False, state.failing_since.timestamp() if state.failing_since else 0.0, state.key


def _text(states: Sequence[EndpointState], scope: str, stage: str, now: datetime) -> Iterator[Text]:
    if not states:
        yield Text.assemble(("✓ ", "green"), f"No webhook endpoint fails, and none is disabled ({scope}).")
        return
    tenants = counted(len({each.company_id for each in states}), "tenant")
    yield Text(f"{counted(len(states), 'webhook endpoint')} of {tenants}: {summary(states)} ({scope})", "bold")
    for each in states:
        mark = ("✗ ", "bold red") if each.disabled_at else ("… ", "yellow")
        yield Text.assemble(mark, (printable(each.endpoint_id), "bold"), f"  tenant {printable(each.company_id)}")
        for sentence in _sentences(each, now):
            yield Text(f"    {printable(sentence)}")
    is_one = len(states) == 1
    endpoint, tenant = (printable(states[0].endpoint_id), printable(states[0].company_id)) if is_one else _PLACES
    repair = "Its owner has to repair it" if is_one else "Their owners have to repair them"
    yield Text(
        f"  {repair}. Then send what was missed: "
        f"taly-async redrive {WEBHOOK_DELIVER.name} --endpoint {endpoint} --tenant {tenant} --stage {stage}",
        "dim",
    )


def _sentences(state: EndpointState, now: datetime) -> Iterator[str]:
    since = f" since {minute(state.failing_since)}" if state.failing_since else ""
    calls = f", {counted(state.failures, 'failure')} in a row" if state.failures else ""
    answer = f"; last: {state.last_answer}" if state.last_answer else ""
    yield f"{'failed' if state.disabled_at else 'fails'}{since}{calls}{answer}"
    if state.disabled_at:
        yield f"disabled on {minute(state.disabled_at)}: what comes for it is skipped until the CRM enables it"
        return
    waits = state.asked_from is not None and state.asked_from > now
    next_call = f"next call in {span(state.asked_from - now)}" if waits and state.asked_from else "called by the next"
    reported = f"admins informed on {minute(state.reported_at)}" if state.reported_at else "admins not informed yet"
    disabled = f"will be disabled on {minute(state.disabled_from(now))}"
    yield f"{next_call}{'' if waits else ' message'}; {reported}; {disabled}"
