"""The demonstration names what the morning contained, and finds what did harm."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from local.checks.records import Snapshot
from local.demo.incidents import Incident, incidents
from local.standins.crm.outage import CrmOutage
from local.standins.crm.state import CrmCall
from local.traffic.mix import Traffic
from local.traffic.publication import PublicationDoor
from local.traffic.publish import AcceptedPublication
from local.traffic.settings import ScheduleSettings
from local.traffic.shared_ids import SHARED_IDS
from ops.conserve.message_key import MessageKey
from ops.conserve.reconciliation import Reconciliation
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome, Reason

NOW = datetime(2026, 4, 14, 12, tzinfo=UTC)
TRAFFIC = Traffic(seed=1, now=NOW, settings=ScheduleSettings(reminder_leads=(), dunning=(timedelta(days=1),)))
PAIR = tuple(map(AcceptedPublication, TRAFFIC.sharing(SHARED_IDS[0], PublicationDoor.QUEUE, number=1)))
KEYS = Counter(item.key for item in PAIR)

BY_PROXY = CrmCall(method="POST", path="/internal/activity", about="b", key="k", body={}, status=404, by_proxy=True)
BY_THE_CRM = replace(BY_PROXY, status=200, by_proxy=False)
SENTENCE = "admins[1].email: must be an email address, found a string of 6 characters"
SERVED = LogLine(at=NOW, what=Outcome.SUCCEEDED, service="payment.failed", id="payment-1", left_out=(SENTENCE,))


AWAY = CrmOutage(503, NOW, NOW + timedelta(seconds=20))
WAITS = LogLine(
    at=NOW + timedelta(seconds=3), what=Outcome.DEFERRED, service="activity.record", id="a", destination="crm"
)
DONE = replace(WAITS, at=NOW + timedelta(seconds=31), what=Outcome.SUCCEEDED, destination="")

GENERATED = replace(BY_THE_CRM, path="/internal/reports/9/generate", key="r")
THROTTLED = replace(GENERATED, status=429)

INFORMED = replace(BY_THE_CRM, path="/internal/companies/7/contacts/email-status", key="s1")
DELIVERED = LogLine(at=NOW, what=Outcome.SUCCEEDED, service="email.delivered", id="d")
BOUNCED, COMPLAINED = (replace(DELIVERED, service=each) for each in ("email.bounced", "email.complained"))


class Incidents(NamedTuple):
    outage: Incident
    rate: Incident
    shared: Incident
    proxy: Incident
    odd: Incident
    undelivered: Incident


def happened(
    *,
    final: Counter[MessageKey] = KEYS,
    calls: Sequence[CrmCall] = (),
    lines: Sequence[LogLine] = (),
    outages: Sequence[CrmOutage] = (),
) -> Incidents:
    reconciliation = Reconciliation(final, KEYS, ())
    snapshot = Snapshot(PAIR, lines, [], [], [], [], [], Counter(), reconciliation, calls, outages)
    return Incidents(*incidents(snapshot))


def test_an_outage_whose_messages_waited_and_were_done_did_no_harm() -> None:
    outage = happened(outages=[AWAY], lines=[WAITS, DONE]).outage

    assert outage.holds
    assert "away for 20 s: 1 message waited, 0 died of it, and the backlog was done 11 s after" in outage.sentence


@pytest.mark.parametrize("reason", [Reason.UNAVAILABLE, Reason.ATTEMPTS_EXHAUSTED])
def test_a_message_that_died_of_an_outage_is_found(reason: Reason) -> None:
    died = replace(DONE, what=Outcome.DEAD_LETTERED, reason=reason)

    outage = happened(outages=[AWAY], lines=[WAITS, died]).outage

    assert not outage.holds
    assert "1 died of it" in outage.sentence


def test_a_message_that_the_crm_refuses_after_an_outage_did_not_die_of_it() -> None:
    refused = replace(DONE, what=Outcome.DEAD_LETTERED, reason=Reason.PERMANENT)

    assert happened(outages=[AWAY], lines=[WAITS, refused]).outage.holds


def test_an_outage_whose_backlog_takes_long_does_not_hold() -> None:
    late = replace(DONE, at=AWAY.ends + timedelta(seconds=61))

    outage = happened(outages=[AWAY], lines=[WAITS, late]).outage

    assert not outage.holds
    assert "61 s after" in outage.sentence


def test_a_rate_holds_once_all_refused_reports_are_generated() -> None:
    done = happened(calls=[THROTTLED, GENERATED]).rate
    missing = happened(calls=[GENERATED, replace(THROTTLED, key="another")]).rate

    assert (done.holds, missing.holds) == (True, False)
    assert "refused 1 call: 1 of 1 were generated" in done.sentence
    assert "1 of 2 were generated" in missing.sentence


def test_an_id_of_two_services_whose_messages_are_final_did_no_harm() -> None:
    shared = happened().shared

    assert shared.holds
    assert "1 id came from two services each: 2 of 2 messages" in shared.sentence


def test_an_id_of_two_services_one_of_which_is_lost_is_found() -> None:
    shared = happened(final=Counter([PAIR[0].key])).shared

    assert not shared.holds
    assert "1 of 2 messages" in shared.sentence


def test_a_call_that_a_proxy_answered_must_be_made_again() -> None:
    repeated = happened(calls=[BY_PROXY, BY_THE_CRM]).proxy
    believed = happened(calls=[BY_PROXY, replace(BY_THE_CRM, key="another job's")]).proxy

    assert (repeated.holds, believed.holds) == (True, False)
    assert "answered 1 call " in believed.sentence
    assert "0 made again" in believed.sentence


def test_an_odd_row_is_named_by_place_and_problem() -> None:
    odd = happened(lines=[SERVED]).odd

    assert odd.holds
    assert SENTENCE in odd.sentence


def test_the_crm_must_be_informed_of_each_bad_address() -> None:
    lines = [DELIVERED, BOUNCED, COMPLAINED]

    both = happened(lines=lines, calls=[INFORMED, replace(INFORMED, key="s2")]).undelivered
    one = happened(lines=lines, calls=[INFORMED, replace(INFORMED, key="s2", status=503)]).undelivered

    assert (both.holds, one.holds) == (True, False)
    assert "1 mail as delivered, 1 as bounced and 1 as spam" in both.sentence
    assert "informed of 1 of 2 addresses" in one.sentence


def test_an_incident_that_did_not_occur_does_not_hold() -> None:
    nothing = happened()

    assert not any(
        each.holds for each in (nothing.outage, nothing.rate, nothing.proxy, nothing.odd, nothing.undelivered)
    )
