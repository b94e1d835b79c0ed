"""Change one field of an answer of the CRM, or of a message, and check what that costs: its row or channel at most.

The rule: what cannot be read counts as if it were not there, and is named without its value; everything else is served
as usual. What the function cannot do without refuses the whole document. So the expectation needs no reader: it is the
delivery of the document in the agreed form, without the place, and the scenario says whom that must serve.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from schemas.reasons import Outcome, Reason
from tests.fuzz.crm import values
from tests.fuzz.crm.changes import Case, Changed, changed, lost, read_case
from tests.fuzz.crm.delivery import Delivered, Served
from tests.fuzz.crm.roles import Role
from tests.fuzz.crm.scenarios import SCENARIOS, Scenario
from tests.fuzz.crm.values import Verdict

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_NO_NAMES = {"email", "to", "acceptUrl", "downloadUrl"}
_ADDRESSES = {"email", "companyEmail", "replyTo"}
_DEFAULTS = {"locale": "en", "timeZone": "UTC"}


def check(text: str) -> Counter[str]:
    """Run a case.

    Raises:
        AssertionError: the change costs more than its row or channel, or is not named, or shows its value.
    """
    case = read_case(text)
    if case is None:
        return Counter(["no case"])
    scenario, change = SCENARIOS[case.scenario], changed(case)
    delivered = scenario.run(change.text)
    try:
        _check(case, scenario, change, delivered)
    except AssertionError as error:
        error.add_note(f"{case} is {change.text[:2_000]}, of which came {dict(delivered.line)}")
        raise
    return Counter([f"{case.change}, {delivered.outcome}"])


def _check(case: Case, scenario: Scenario, change: Changed, delivered: Delivered) -> None:
    assert not any(canary in delivered.log for canary in values.CANARIES), "the log shows a value"
    role, verdict = change.field.role, change.value.verdict
    if _refuses(role, verdict) or (
        verdict is Verdict.UNSURE and _may_refuse(role) and _is_refused(scenario, delivered)
    ):
        _check_refused(case, scenario, delivered)
        return
    _check_places(case, change, delivered)
    if verdict is Verdict.UNSURE:
        _check_unsure(case, scenario, change, delivered)
        return
    usual = _usual(scenario.name, json.dumps(change.agreed))
    outcome = scenario.outcome(change.agreed)
    assert (usual.outcome, sorted(usual.units)) == (outcome, sorted(scenario.units(change.agreed))), (
        "the agreed form is not served"
    )
    if _is_lost(change) and not _somebody(scenario, change.agreed):
        assert delivered.outcome == Outcome.DEAD_LETTERED, "nobody is served, and nobody sees it"
        assert _top(case.place) in delivered.line["detail"], "the line does not say where the problem is"
        assert delivered.served == []
        return
    assert delivered.outcome == outcome, f"{delivered.outcome} instead of {outcome}"
    assert _comparable(delivered.served) == _comparable(usual.served), "another row or channel is not served as usual"
    _check_named(case, scenario, change, delivered)


def _refuses(role: Role, verdict: Verdict) -> bool:
    """Whether a value certainly refuses the whole document."""
    if role is Role.NEEDED:
        return verdict in {Verdict.NOTHING, Verdict.UNREADABLE}
    return role is Role.OPTIONAL and verdict is Verdict.UNREADABLE


def _may_refuse(role: Role) -> bool:
    return role in {Role.NEEDED, Role.OPTIONAL}


def _is_refused(scenario: Scenario, delivered: Delivered) -> bool:
    return delivered.outcome in {scenario.refused, Outcome.DEAD_LETTERED}


def _check_refused(case: Case, scenario: Scenario, delivered: Delivered) -> None:
    assert _is_refused(scenario, delivered), f"{delivered.outcome} without what is needed"
    assert delivered.served == [], "something was done without what is needed"
    if scenario.is_message:
        reason = delivered.line["reason"]
        assert reason in {Reason.INVALID_PAYLOAD, Reason.INVALID_JSON}  # half a surrogate pair is no text
        assert reason == Reason.INVALID_JSON or f"payload.{case.place}" in delivered.line["detail"]
    elif delivered.outcome == scenario.refused:
        assert case.place in delivered.line["detail"], "the line does not say where the problem is"


def _is_lost(change: Changed) -> bool:
    """Whether a row or channel is lost because of what cannot be read; a channel that is null was never there."""
    unreadable = change.value.verdict is Verdict.UNREADABLE
    if change.field.role is Role.ROW:
        return unreadable or change.value.verdict is Verdict.NOTHING
    return unreadable and change.field.role is Role.CHANNEL


def _somebody(scenario: Scenario, document: Any) -> bool:
    """Whether a document in the agreed form has somebody to serve."""
    return any(kind != "activity.record" for kind, _ in scenario.units(document))


def _top(place: str) -> str:
    return place.partition(".")[0]


def _check_unsure(case: Case, scenario: Scenario, change: Changed, delivered: Delivered) -> None:
    """Check a value that is read or left out: all others are served as usual."""
    document = scenario.document(case.rows)
    if delivered.outcome == Outcome.DEAD_LETTERED:
        assert not _somebody(scenario, change.agreed), "an odd value costs the whole message"
        return
    usual = _usual(scenario.name, json.dumps(change.agreed))
    assert not Counter(usual.units) - Counter(delivered.units), "somebody is not served"
    assert len(delivered.units) <= max(len(scenario.units(document)), len(usual.units)), "too many are served"
    if change.field.role in {Role.ROW, Role.CHANNEL, Role.UNREAD}:
        others = Counter(_comparable(usual.served)) - Counter(_comparable(delivered.served))
        assert not others, "another row or channel is not served as usual"
    allowed = {scenario.outcome(change.agreed), scenario.outcome(document)}
    assert delivered.outcome in allowed, f"{delivered.outcome} instead of {allowed}"


def _check_named(case: Case, scenario: Scenario, change: Changed, delivered: Delivered) -> None:
    """Check that what was left out is named, and nothing else."""
    named = delivered.line.get("left_out", [])
    is_repeated = case.change == "twice" and case.place.endswith("]") and not scenario.is_message
    if change.field.role is Role.UNREAD:
        return
    if not (is_repeated or _is_lost(change) or change.value.verdict is Verdict.UNREADABLE):
        assert not named, "something is named that was not left out"
    elif scenario.names_what_is_left_out and delivered.outcome == Outcome.SUCCEEDED:
        assert len(named) == 1, "what was left out is not named"


def _check_places(case: Case, change: Changed, delivered: Delivered) -> None:
    """Check that the line names no other place than the changed one; of a row that stands twice, either may be."""
    begin = case.place.partition("[")[0] if case.change == "twice" else lost(case.place, change.field)
    for sentence in delivered.line.get("left_out", []):
        assert sentence.startswith(begin), "another place is named than the one that was left out"


@cache
def _usual(scenario: str, document: str) -> Delivered:
    """Deliver a document in the agreed form."""
    return SCENARIOS[scenario].run(document)


def forget_usual() -> None:
    """Deliver agreed documents again, as after a change of the code."""
    _usual.cache_clear()


@cache
def _zones() -> Mapping[str, str]:
    return {name.lower(): name for name in available_timezones()}


def _comparable(served: Sequence[Served]) -> list[str]:
    """Write what was served in one form: two forms of an instant, a locale, a zone or a domain are equal."""
    return sorted(
        _written(_one_form([each.unit[0], _one_form(each.unit[1], "email"), each.content])) for each in served
    )


def _written(content: Any) -> str:
    return json.dumps(content, sort_keys=True).casefold()


def _one_form(content: Any, name: str = "") -> Any:  # noqa: PLR0911 one line a kind of value
    match content:
        case dict():
            return {key: _one_form(value, key) for key, value in content.items()}
        case list():
            once = {_written(each): each for each in (_one_form(each, name) for each in content)}
            return [once[key] for key in sorted(once)]
        case None if name in _DEFAULTS:
            return _DEFAULTS[name]
        case str() if name == "timeZone":
            return _zones().get(content.strip().replace(" ", "_").lower(), "UTC")
        case str() if name == "locale":
            return content.replace("_", "-")
        case str() if name in _ADDRESSES:
            local, at, domain = content.rpartition("@")
            return f"{local}{at}{values.DOMAINS.get(domain, domain)}"
        case str() if _INSTANT.fullmatch(content):
            return datetime.fromisoformat(content.strip().upper()).astimezone(UTC).isoformat()
        case str() if name not in _NO_NAMES:
            return content.strip()
        case _:
            return content
