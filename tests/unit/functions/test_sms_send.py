"""Text messages: their segments, and the limit of AWS."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
