"""The demonstration names what the morning contained, and finds what did harm."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from local.checks.conservation import Reconciliation
from local.checks.message_key import MessageKey
from local.checks.records import Snapshot
from local.demo.incidents import Incident, incidents
from local.standins.crm.state import CrmCall
from local.traffic.mix import Traffic
from local.traffic.publication import PublicationDoor
from local.traffic.publish import AcceptedPublication
from local.traffic.settings import ScheduleSettings
from local.traffic.shared_ids import SHARED_IDS
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome

NOW = datetime(2026, 4, 14, 12, tzinfo=UTC)
TRAFFIC = Traffic(seed=1, now=NOW, settings=ScheduleSettings(reminder_leads=(), dunning=(timedelta(days=1),)))
PAIR = tuple(map(AcceptedPublication, TRAFFIC.sharing(SHARED_IDS[0], PublicationDoor.QUEUE, number=1)))
KEYS = Counter(item.key for item in PAIR)

BY_PROXY = CrmCall(method="POST", path="/internal/activity", about="b", key="k", body={}, status=404, by_proxy=True)
BY_THE_CRM = replace(BY_PROXY, status=200, by_proxy=False)
SENTENCE = "admins[1].email: must be an email address, found a string of 6 characters"
SERVED = LogLine(at=NOW, what=Outcome.SUCCEEDED, service="payment.failed", id="payment-1", left_out=(SENTENCE,))


def happened(
    *, final: Counter[MessageKey] = KEYS, calls: Sequence[CrmCall] = (), lines: Sequence[LogLine] = ()
) -> tuple[Incident, Incident, Incident]:
    snapshot = Snapshot(PAIR, lines, [], [], [], [], [], Counter(), Reconciliation(final, KEYS, ()), calls)
    shared, proxy, odd = incidents(snapshot)
    return shared, proxy, odd


def test_an_id_of_two_services_whose_messages_are_final_did_no_harm() -> None:
    shared, _, _ = happened()

    assert shared.holds
    assert "1 id came from two services each: 2 of 2 messages" in shared.sentence


def test_an_id_of_two_services_one_of_which_is_lost_is_found() -> None:
    shared, _, _ = happened(final=Counter([PAIR[0].key]))

    assert not shared.holds
    assert "1 of 2 messages" in shared.sentence


def test_a_call_that_a_proxy_answered_must_be_made_again() -> None:
    _, repeated, _ = happened(calls=[BY_PROXY, BY_THE_CRM])
    _, believed, _ = happened(calls=[BY_PROXY, replace(BY_THE_CRM, key="another job's")])

    assert (repeated.holds, believed.holds) == (True, False)
    assert "answered 1 call " in believed.sentence
    assert "0 made again" in believed.sentence


def test_an_odd_row_is_named_by_place_and_problem() -> None:
    _, _, odd = happened(lines=[SERVED])

    assert odd.holds
    assert SENTENCE in odd.sentence


def test_an_incident_that_did_not_occur_does_not_hold() -> None:
    _, proxy, odd = happened()

    assert (proxy.holds, odd.holds) == (False, False)
