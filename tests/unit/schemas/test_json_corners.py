"""Case cases of JSON (RFC 8259) and I-JSON (RFC 7493) at the ingress: accepted or refused, and why.

Each case is the value of an unknown field of a message, or a whole body. Accepted messages are on the bus unchanged;
refused ones are in the dead-letter queue unchanged.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lambdas.queue_processor.handler import handler as ingress
from schemas import strict_json
from schemas.reasons import Reason
from tests.bad_input import good
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event

MESSAGE = json.dumps(good(id="case"))
ACCEPTED = None
NO_JSON, NO_ENVELOPE = Reason.INVALID_JSON, Reason.INVALID_ENVELOPE
IN_A_FIELD = MESSAGE.replace("{", '{"x": @, ', 1)


@dataclass(frozen=True, slots=True)
class Case:
    """One case."""

    section: str
    """Section of RFC 8259, or of RFC 7493 where it begins with I-JSON."""

    name: str
    body: str
    reason: Reason | None
    """The reason of the refusal; None where the case is accepted."""

    why: str = ""

    def __repr__(self) -> str:
        return f"{self.section} {self.name}"


def value(section: str, text: str, reason: Reason | None, why: str = "", *, name: str = "") -> Case:
    return Case(section, name or ascii(text)[1:-1][:40], IN_A_FIELD.replace("@", text), reason, why)


def numbers() -> Iterator[Case]:
    for text in ("0", "-0", "-0.0", "1E5", "1e+05", "0.1e-2", "1e-400", "5e-324", "1.7976931348623157e308"):
        yield value("6", text, ACCEPTED, "valid by the grammar, and a double holds it")
    for text in ("01", "-01", "00", "+1", "1.", ".5", "-.5", "1e", "1e+", "- 1", "--1", "0x1F", "0b1", "1_000", "1,5"):
        yield value("6", text, NO_JSON, "invalid by the grammar")
    for text in ("\uff11", "\u0661", "\u00bd"):
        yield value("6", text, NO_JSON, "a digit is 0 to 9")
    for text in ("NaN", "-NaN", "nan", "Infinity", "-Infinity", "inf"):
        yield value("6", text, NO_JSON, "not a JSON number, though Python reads some of them")
    for text in ("1E400", "-1e400", "1.7976931348623159e308", "1e99999"):
        yield value("6", text, NO_JSON, "infinite in a double, which JSON cannot write")
    for text in ("9007199254740991", "-9007199254740991", "9007199254740993.0"):
        yield value("I-JSON 2.2", text, ACCEPTED, "an integer that all readers keep, or a number written as a double")
    for text in ("9007199254740992", "-9007199254740992", "18446744073709551616"):
        yield value("I-JSON 2.2", text, NO_JSON, "some readers would read another number")
    yield value("9", "1" * 400, NO_JSON, "some readers would read another number", name="400 digits")
    yield value("9", "1" * 5_000, NO_JSON, "Python reads at most 4,300 digits", name="5,000 digits")
    yield value("9", "-" + "9" * 100_000, NO_JSON, "refused without delay", name="100,000 digits")
    yield value("9", "0." + "1" * 5_000, ACCEPTED, "a double has the nearest value", name="5,000 decimals")
    yield value("9", "1e" + "9" * 5_000, NO_JSON, "infinite", name="an exponent of 5,000 digits")


def strings() -> Iterator[Case]:
    for text in (r'"\/\b\f\n\r\t\"\\"', r'"\u00e9"', r'"\u00E9"', r'"\u0000"', r'"\u001f"', '"\x7f"', '"/"', '""'):
        yield value("7", text, ACCEPTED, "a valid escape, or a character that needs none")
    for text in (r'"\x41"', r'"\a"', r'"\v"', r'"\0"', r'"\'"', r'"\U0041"', '"\\\n"', '"\\"', '"a', "'a'", "a", "`a`"):
        yield value("7", text, NO_JSON, "not a JSON escape, or not a JSON string")
    for text in (r'"\u"', r'"\u12"', r'"\u 123"', r'"\u+123"', r'"\u12_3"', r'"\u00g0"', r'"\u-001"', '"\\u\uff11234"'):
        yield value("7", text, NO_JSON, "an escape has four hexadecimal digits; Python's int() would accept more")
    for text in ('"\t"', '"\n"', '"\r"'):
        yield value("7", text, NO_JSON, "control characters must be escaped, though SQS accepts these three")
    for text in ('"\u2028"', '"\u2029"', '"\ufeff"', '"\u200b"', '"\u202e"', '"\u0085"', '"\U0001f4a9"', '"e\u0301"'):
        yield value("7", text, ACCEPTED, "all other characters may be unescaped")
    yield value("8.2", r'"\ud83d\udca9"', ACCEPTED, "a surrogate pair is one character")
    for text in (
        r'"\ud800"',
        r'"\udfff"',
        r'"\ude00\ud83d"',
        r'"\ud83dA"',
        r'"\ud83d\ud83d\udca9"',
        r'"\ud83d\n\udca9"',
    ):
        yield value("8.2", text, NO_JSON, "half a pair is no character: AWS and other readers refuse or replace it")
    yield value("8.2", r'{"\ud800":1}', NO_JSON, "in a name as well")
    for text in (r'"\ufffe"', r'"\uFFFF"', r'"\ufdd0"', '"\ufdd0"', r'"\ud83f\udffe"'):
        yield value("I-JSON 2.1", text, ACCEPTED, "a noncharacter: passed on as it was written")


def structures() -> Iterator[Case]:
    for text in ("[]", "{}", "[[],{}]", '{"":{"":[]}}', "[1,null,true,false]", '{"a":1,"A":1,"a ":1}'):
        yield value("4", text, ACCEPTED, "empty values are valid, and any character makes a name different")
    yield value("8.3", '{"\u00e9":1,"e\u0301":1}', ACCEPTED, "names are compared by code points, never normalised")
    for text in ('{"a":1,"a":1}', '{"a":1,"a":2}', '{"":1,"":2}', '[[{"a":1,"b":2,"a":3}]]'):
        yield value(
            "I-JSON 2.3", text, NO_JSON, "of two members with one name, readers take the first, the last or none"
        )
    yield value("8.3", r'{"a":1,"\u0061":2}', NO_JSON, "the same name after unescaping")
    for text in (
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[,]",
        '{"a":1,}',
        "{,}",
        '{,"a":1}',
        "[1 2]",
        "[1;2]",
        '{"a" 1}',
        '{"a"=1}',
    ):
        yield value("2", text, NO_JSON, "exactly one comma or colon between tokens")
    for text in ("{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", '{"a"}', '{"a":}', "{:1}"):
        yield value("4", text, NO_JSON, "a name is a string with a value")
    for text in ("[1", '{"a":1', "[1}", '{"a":1]', "]", "}", "[[1]", '[{"a":[}]'):
        yield value("2", text, NO_JSON, "brackets must be closed in order")
    for text in ("1 // a\n", "1 /* a */", "/**/1", "1 # a\n", "<!-- a -->1"):
        yield value("2", text, NO_JSON, "JSON has no comments")
    for text in ("True", "TRUE", "nul", "None", "undefined", "nil", "truefalse", "t", "@1"):
        yield value("3", text, NO_JSON, "only the three literal names, in lower case")
    for levels, reason in ((62, ACCEPTED), (63, ACCEPTED), (64, NO_JSON), (65, NO_JSON), (100_000, NO_JSON)):
        why = "the limit is 64 levels with the message around it; RFC 8259 allows a limit"
        yield value("9", "[" * levels + "]" * levels, reason, why, name=f"{levels:,} arrays in a field")
        if levels < 1_000:
            yield value("9", '{"a":' * levels + "1" + "}" * levels, reason, why, name=f"{levels:,} objects in a field")
    yield value("9", "[" * 100_000, NO_JSON, "the limit holds for unclosed brackets too", name="100,000 open brackets")
    yield value(
        "9",
        "[" + "[]," * 5_000 + "[]]",
        ACCEPTED,
        "the limit counts levels, not brackets",
        name="5,001 arrays side by side",
    )
    yield value("9", json.dumps("[{" * 500), ACCEPTED, "brackets in a string do not count", name="brackets in a string")


def bodies() -> Iterator[Case]:
    def row(section: str, name: str, body: str, reason: Reason | None, why: str = "") -> Case:
        return Case(section, name, body, reason, why)

    for space, name in (
        (" ", "space"),
        ("\t", "tab"),
        ("\n", "line feed"),
        ("\r", "carriage return"),
        (" \t\r\n", "all four"),
    ):
        yield row("2", f"{name} around all", MESSAGE.replace(", ", f"{space},{space}").join([space] * 2), ACCEPTED)
    for space in ("\u00a0", "\u2028", "\u0085", "\u3000", "\u200b", "\u2003", "\u180e"):
        yield row("2", f"U+{ord(space):04X} before it", space + MESSAGE, NO_JSON, "JSON has four kinds of white space")
        yield row("2", f"U+{ord(space):04X} behind it", MESSAGE + space, NO_JSON, "JSON has four kinds of white space")
    for name, body in {
        "white space alone": " \n",
        "two documents": MESSAGE + MESSAGE,
        "two documents, a line each": f"{MESSAGE}\n{MESSAGE}",
        "a comma behind it": f"{MESSAGE},",
        "a bracket too much": f"{MESSAGE}}}",
        "JSONP": f"f({MESSAGE})",
        "a prefix against inclusion": f")]}}'\n{MESSAGE}",
        "JSON in JSON, half": json.dumps(MESSAGE)[:-1],
    }.items():
        yield row("2", name, body, NO_JSON, "a JSON text is one value")
    for name, body in {
        "42": "42",
        "a string": '"a"',
        "null": "null",
        "true": "true",
        "JSON in JSON": json.dumps(MESSAGE),
    }.items():
        yield row("2", f"{name} alone", body, NO_ENVELOPE, "JSON since RFC 7159, but not a message")
    for name, body in {"an array": f"[{MESSAGE}]", "an empty array": "[]", "an empty object": "{}"}.items():
        yield row("2", f"{name} alone", body, NO_ENVELOPE, "JSON, but not a message")
    yield row(
        "8.1",
        "a BOM before it",
        f"\ufeff{MESSAGE}",
        NO_JSON,
        "writers must not add a BOM, and readers may refuse it",
    )
    yield row(
        "8.1",
        "UTF-16, read as Latin-1",
        MESSAGE.encode("utf-16-le").decode("latin-1").replace("\0", "\ufffd"),
        NO_JSON,
        "only UTF-8 is allowed",
    )
    yield value("8.1", '"\u00c3\u00a9"', ACCEPTED, "text that was decoded as Latin-1 is still valid text")
    yield row(
        "8.3", "the name of a field escaped", MESSAGE.replace('"type"', r'"\u0074ype"'), ACCEPTED, "the same name"
    )
    yield row(
        "8.3",
        "a field twice, once escaped",
        MESSAGE.replace("{", r'{"\u0074ype":"a.b",', 1),
        NO_JSON,
        "the same name twice after unescaping",
    )


CASES = [*numbers(), *strings(), *structures(), *bodies()]

UNSENDABLE = [
    *(value("7", f'"{each}"', NO_JSON, "control characters must be escaped") for each in "\x00\x01\x08\x0b\x0c\x1f"),
    *(Case("2", f"U+{ord(each):04X} behind it", MESSAGE + each, NO_JSON) for each in "\x00\x0b\x0c\x1c\x1e"),
    value("8.1", '"\ud800"', NO_JSON, "an unescaped half of a pair has no UTF-8 form"),
    Case(
        "8.1",
        "bytes that are no UTF-8",
        MESSAGE.encode().replace(b"reminder", b"r\xffminder").decode(errors="surrogateescape"),
        NO_JSON,
    ),
    value("I-JSON 2.1", '"\ufffe"', ACCEPTED, "an unescaped noncharacter, which SQS refuses"),
]
"""Bodies that SQS refuses, so that only direct invocations can contain them."""

each_case = pytest.mark.parametrize("case", CASES, ids=repr)


def ingested(*bodies: str) -> FunctionHarness:
    harness = FunctionHarness()
    answer = ingress.process(sqs_event(*bodies), FakeContext(), harness.runtime())
    assert answer == {"batchItemFailures": []}
    return harness


def test_all_cases_are_different() -> None:
    assert len({case.body for case in CASES}) == len({repr(case) for case in CASES}) == len(CASES)


@each_case
def test_the_ingress_accepts_a_case_unchanged_or_gives_its_reason(case: Case) -> None:
    harness = ingested(case.body)

    details = [entry["Detail"] for entry in harness.events.published]
    dead_letters = [each["MessageBody"] for each in harness.dead_letters]
    reasons = [line.get("reason") for line in harness.lines]
    assert reasons == [case.reason]
    assert (details, dead_letters) == (([case.body], []) if case.reason is ACCEPTED else ([], [case.body]))


@each_case
def test_strict_json_agrees_with_the_ingress(case: Case) -> None:
    if case.reason is NO_JSON:
        with pytest.raises(strict_json.NotStrictJsonError) as raised:
            strict_json.loads(case.body)
        assert len(str(raised.value)) < 200
    else:
        assert strict_json.loads(case.body) == json.loads(case.body)


@pytest.mark.parametrize("case", UNSENDABLE, ids=repr)
def test_input_that_sqs_refuses_has_the_right_reason(case: Case) -> None:
    read: Any = ingress.read(case.body)

    assert getattr(read, "reason", None) == case.reason


def test_cases_in_batches_of_ten_have_the_same_results() -> None:
    for start in range(0, len(CASES), 10):
        batch = CASES[start : start + 10]

        harness = ingested(*(case.body for case in batch))

        reasons = {line["sqs_message_id"]: line.get("reason") for line in harness.lines}
        assert reasons == {f"m-{number}": case.reason for number, case in enumerate(batch)}
