"""Text messages: their segments, and the limit of AWS."""

from typing import Any

import pytest

from lambdas.common.errors import PermanentError
from lambdas.sms_send.handler import handler
from lambdas.sms_send.segments import Encoding, segments
from schemas.message import Message
from schemas.sms import SmsSend
from tests.messages import message, text


class FakeSms:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, to: str, text: str) -> None:
        self.sent.append((to, text))


def send(body: str) -> list[tuple[str, str]]:
    sms = FakeSms()
    parsed = Message[SmsSend].model_validate_json(text(message("sms.send", {"to": "+14155550123", "text": body})))
    handler.decide(parsed, sms=sms)
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
    ],
)
def test_segments_are_counted(body: str, encoding: Encoding, characters: int, count: int) -> None:
    size = segments(body)

    assert (size.encoding, size.characters, size.count) == (encoding, characters, count)


def test_gsm_alphabet_is_complete() -> None:
    alphabet = [chr(code) for code in range(0x10000) if segments(chr(code)).encoding is Encoding.GSM_7]

    assert len(alphabet) == 127 + 10  # 3GPP TS 23.038: 128 codes, one of them the escape to ten more characters


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
