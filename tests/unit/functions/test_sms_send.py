"""Text messages: their segments, and the limit of AWS."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.errors import PermanentError
from lambdas.contact_sms_status.handler import handler as status_handler
from lambdas.sms_send.handler import handler
from lambdas.sms_send.segments import Encoding, segments
from schemas.destinations import Destination
from schemas.message import Message
from schemas.sms import SmsSend
from schemas.wire import timestamp
from tests.fakes.crm import FakeCrmHttp, answer, connect
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.fakes.secrets import FakeSecrets
from tests.fakes.service import client_error, failing, refusing, works
from tests.fakes.sns import FakeSns
from tests.messages import COMPANY, message, text


class FakeSms:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, to: str, text: str) -> None:
        self.sent.append((to, text))


def send(body: str) -> list[tuple[str, str]]:
    sms = FakeSms()
    parsed = Message[SmsSend].model_validate_json(text(message("sms.send", {"to": "+14155550123", "text": body})))
    handler.decide(parsed, sms=sms, opt_outs=None)
    return sms.sent


def test_text_is_sent_unchanged_to_its_number() -> None:
    assert send("Café Zoë: 16:00 ✨\nsee you") == [("+14155550123", "Café Zoë: 16:00 ✨\nsee you")]


@pytest.mark.parametrize(
    ("body", "encoding", "characters", "count"),
    [
        ("a" * 160, Encoding.GSM_7, 160, 1),
        ("a" * 161, Encoding.GSM_7, 161, 2),
        ("a" * 306, Encoding.GSM_7, 306, 2),
        ("a" * 307, Encoding.GSM_7, 307, 3),
        ("a" * 1530, Encoding.GSM_7, 1530, 10),
        ("€" * 80, Encoding.GSM_7, 160, 1),
        ("€" * 81, Encoding.GSM_7, 162, 2),
        ("{[~]}|\\^€", Encoding.GSM_7, 18, 1),
        ("Grüße, ÆØÅ ñ à Ω @ £ ¿", Encoding.GSM_7, 22, 1),
        ("ç", Encoding.UCS_2, 1, 1),
        ("a…", Encoding.UCS_2, 2, 1),
        ("a`", Encoding.UCS_2, 2, 1),
        ("日" * 70, Encoding.UCS_2, 70, 1),
        ("日" * 71, Encoding.UCS_2, 71, 2),
        ("日" * 134, Encoding.UCS_2, 134, 2),
        ("日" * 135, Encoding.UCS_2, 135, 3),
        ("😀" * 35, Encoding.UCS_2, 70, 1),
        ("😀" * 36, Encoding.UCS_2, 72, 2),
        ("\ud800", Encoding.UCS_2, 1, 1),
        ("€" * 76, Encoding.GSM_7, 152, 1),
        ("€" * 152, Encoding.GSM_7, 304, 2),
        ("€" * 153, Encoding.GSM_7, 306, 3),
        ("a" * 152 + "€" + "a" * 7, Encoding.GSM_7, 161, 2),
        ("a" * 152 + "€" + "a" * 151, Encoding.GSM_7, 305, 2),
        ("a" * 152 + "€" + "a" * 152, Encoding.GSM_7, 306, 3),
        ("a" + "€" * 152 + "a", Encoding.GSM_7, 306, 2),
        ("日" * 66 + "😀" + "日" * 65, Encoding.UCS_2, 133, 2),
        ("日" * 66 + "😀" + "日" * 66, Encoding.UCS_2, 134, 3),
        ("😀" * 66, Encoding.UCS_2, 132, 2),
        ("😀" * 67, Encoding.UCS_2, 134, 3),
    ],
)
def test_segments_are_counted(body: str, encoding: Encoding, characters: int, count: int) -> None:
    size = segments(body)

    assert (size.encoding, size.characters, size.count) == (encoding, characters, count)


def test_gsm_alphabet_is_complete() -> None:
    alphabet = [chr(code) for code in range(0x10000) if segments(chr(code)).encoding is Encoding.GSM_7]

    assert len(alphabet) == 127 + 10  # 3GPP TS 23.038: 128 codes, one of them the escape to ten more characters


@given(st.text(st.sampled_from("aé€[日😀"), max_size=700))
@settings(max_examples=200, derandomize=True, database=None, deadline=None)
def test_no_character_is_split_between_two_segments(body: str) -> None:
    size = segments(body)
    single, part = (160, 153) if size.encoding is Encoding.GSM_7 else (70, 67)
    wide = "€[" if size.encoding is Encoding.GSM_7 else "😀"

    filled, segment = [], 0
    for character in body:
        width = 1 + (character in wide)
        if segment + width > part:
            filled.append(segment)
            segment = 0
        segment += width

    assert size.characters == sum(filled) + segment
    assert size.count == (1 if size.characters <= single else len(filled) + 1)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("see you\r\nat 16:00\rthere\u2028now\u2029or\u0085later", "see you\nat 16:00\nthere\nnow\nor\nlater"),
        ("Grace\u202e\u2066\u200f Hopper\u061c", "Grace Hopper"),
        ("a\tb\x00c\x1bd\x7fe", "a b c d e"),
        ("👩\u200d🔬  two blanks", "👩\u200d🔬  two blanks"),
    ],
)
def test_control_and_bidi_characters_are_not_sent(body: str, shown: str) -> None:
    assert send(body) == [("+14155550123", shown)]


@pytest.mark.parametrize("body", [" ", "\n\n", "\u00a0", "\u200b\ufeff", "\u202e", "\x00", "\u3164"])
def test_a_text_that_shows_nothing_is_permanent(body: str) -> None:
    with pytest.raises(PermanentError, match="shows nothing"):
        send(body)


@pytest.mark.parametrize("body", ["a" * 1530, "€" * 765, "日" * 630, "😀" * 315])
def test_longest_allowed_texts_are_sent(body: str) -> None:
    assert send(body)


@pytest.mark.parametrize("body", ["€" * 766, "日" * 631, "😀" * 316, "a" * 1000 + "日"])
def test_overlong_text_is_permanent_and_names_its_length(body: str) -> None:
    with pytest.raises(PermanentError, match=r"takes \d+ characters in (GSM-7|UCS-2), \d+ segments: AWS sends \d+"):
        send(body)


@pytest.mark.parametrize(
    "payload",
    [{"to": "004930123", "text": "x"}, {"to": "+49301234567", "text": ""}, {"to": "+0123456789", "text": "x"}],
)
def test_contract_refuses_numbers_not_in_e_164_and_empty_texts(payload: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="SmsSend"):
        SmsSend.model_validate_json(text(message("sms.send", payload)["payload"]))


OPTED_OUT = "+14155550199"
KEY_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:suppression-key"


def opted_out(_operation: str, request: Mapping[str, Any]) -> Exception | None:
    return client_error("OptedOut", "Publish") if request.get("PhoneNumber") == OPTED_OUT else None


def with_opt_outs(key: str | None = "a random text") -> FunctionHarness:
    """A function whose SNS knows a number that opted out."""
    secrets = {} if key is None else {KEY_ARN: key}
    return FunctionHarness(
        clients={"sns": FakeSns(fail=opted_out), "secretsmanager": FakeSecrets(secrets=secrets)},
        settings={"suppression_key_secret_arn": KEY_ARN},
    )


def send_texts(harness: FunctionHarness, *ids: str, to: str = OPTED_OUT, company_id: str = COMPANY) -> None:
    for message_id in ids:
        payload = {"to": to, "text": "Hello", "companyId": company_id}
        body = text(message("sms.send", payload, id=message_id, correlationId="root"))
        handler.process(sqs_event(body), FakeContext(), harness.runtime())


def reports(harness: FunctionHarness) -> list[dict[str, Any]]:
    return [json.loads(entry["Detail"]) for entry in harness.events.published]


def test_a_text_to_a_number_that_opted_out_is_skipped_and_reported() -> None:
    harness = with_opt_outs()

    send_texts(harness, "sms-1")

    assert harness.outcomes == ["skipped"]
    assert harness.lines[0]["detail"] == "the number opted out of texts"
    (report,) = reports(harness)
    assert report["type"] == "contact.sms_status"
    assert report["payload"] == {"companyId": COMPANY, "phone": OPTED_OUT}
    assert (report["correlationId"], report["hops"]) == ("root", 1)


def test_the_crm_is_informed_once_of_a_number_however_many_texts_it_gets() -> None:
    harness = with_opt_outs()
    send_texts(harness, "sms-1", "sms-2", "sms-3")
    crm = FakeCrmHttp(lambda _method, _url: answer(200, {"result": "done"}))
    connect(harness, crm)

    published = reports(harness)
    for report in published:
        status_handler.process(sqs_event(text(report)), FakeContext(), harness.runtime())

    assert len(published) == 3
    assert harness.outcomes[3:] == ["succeeded", "duplicate", "duplicate"]
    (request,) = crm.requests
    assert json.loads(request["body"]) == {
        "companyId": COMPANY,
        "phone": OPTED_OUT,
        "occurredAt": timestamp(datetime.fromisoformat(published[0]["timestamp"])),
    }


def test_reports_of_two_tenants_or_numbers_have_ids_of_their_own() -> None:
    harness = with_opt_outs()
    harness.clients["sns"].fail = failing("OptedOut", "publish")

    send_texts(harness, "sms-1")
    send_texts(harness, "sms-1", to="+14155550198")
    send_texts(harness, "sms-1", company_id="11111111-3c1e-4d5b-9a64-2f8e1c0b9a11")

    assert len({report["id"] for report in reports(harness)}) == 3


def test_the_id_of_a_report_cannot_be_computed_without_the_key() -> None:
    harness, other = with_opt_outs("one key"), with_opt_outs("another key")

    send_texts(harness, "sms-1")
    send_texts(other, "sms-1")

    assert reports(harness)[0]["id"] != reports(other)[0]["id"]


def test_a_report_that_the_bus_refuses_is_made_when_the_text_comes_again() -> None:
    harness = with_opt_outs()
    harness.events.refuse = refusing("ThrottlingException")

    send_texts(harness, "sms-1")

    assert harness.outcomes == ["deferred"]
    assert "the event bus did not take the report: ThrottlingException" in harness.lines[0]["detail"]
    harness.events.refuse = works
    handler.process({"Records": [harness.next_copy()]}, FakeContext(), harness.runtime())
    assert harness.outcomes == ["deferred", "skipped"]
    assert len(reports(harness)) == 1


@pytest.mark.parametrize("key", [None, ""], ids=["missing", "empty"])
def test_without_the_key_an_opt_out_waits(key: str | None) -> None:
    harness = with_opt_outs(key)

    send_texts(harness, "sms-1")

    assert harness.outcomes == ["deferred"]
    assert reports(harness) == []


def test_a_key_that_is_read_again_ends_the_outage_of_the_secrets() -> None:
    harness = with_opt_outs()
    secrets = harness.clients["secretsmanager"]
    secrets.fail = failing("InternalServiceError")
    send_texts(harness, "sms-1")
    assert [circuit.destination for circuit in harness.tripped] == [Destination.SECRETS]

    secrets.fail = works
    handler.process({"Records": [harness.next_copy()]}, FakeContext(), harness.runtime())

    assert harness.outcomes == ["deferred", "skipped"]
    assert harness.tripped == []


def test_a_text_that_is_sent_needs_no_key() -> None:
    harness = with_opt_outs()

    send_texts(harness, "sms-1", to="+14155550123")

    assert harness.outcomes == ["succeeded"]
    assert harness.clients["secretsmanager"].calls == []
