"""The corners of JSON (RFC 8259) and of I-JSON (RFC 7493) at the ingress: what is taken, what is refused, and why.

Each row stands in a message as the value of a field that no contract names, or is a whole body. What is refused lies in
the dead-letter queue as it came; what is taken is on the bus, every byte as it came.
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
from tests.fakes.function import FakeContext, World, sqs_event

MESSAGE = json.dumps(good(id="corner"))
TAKEN = None
NO_JSON, NO_ENVELOPE = Reason.INVALID_JSON, Reason.INVALID_ENVELOPE
IN_A_FIELD = MESSAGE.replace("{", '{"x": @, ', 1)


@dataclass(frozen=True, slots=True)
class Corner:
    """One row."""

    section: str
    """Of RFC 8259, or of RFC 7493 where it begins with I-JSON."""

    name: str
    body: str
    end: Reason | None
    """The reason that it is refused for; None: it is taken."""

    why: str = ""

    def __repr__(self) -> str:
        return f"{self.section} {self.name}"


def value(section: str, text: str, end: Reason | None, why: str = "", *, name: str = "") -> Corner:
    return Corner(section, name or ascii(text)[1:-1][:40], IN_A_FIELD.replace("@", text), end, why)


def numbers() -> Iterator[Corner]:
    for text in ("0", "-0", "-0.0", "1E5", "1e+05", "0.1e-2", "1e-400", "5e-324", "1.7976931348623157e308"):
        yield value("6", text, TAKEN, "the grammar allows it, and a double has it")
    for text in ("01", "-01", "00", "+1", "1.", ".5", "-.5", "1e", "1e+", "- 1", "--1", "0x1F", "0b1", "1_000", "1,5"):
        yield value("6", text, NO_JSON, "the grammar has none such")
    for text in ("\uff11", "\u0661", "\u00bd"):
        yield value("6", text, NO_JSON, "a digit is 0 to 9")
    for text in ("NaN", "-NaN", "nan", "Infinity", "-Infinity", "inf"):
        yield value("6", text, NO_JSON, "no number of JSON's, though Python would read some")
    for text in ("1E400", "-1e400", "1.7976931348623159e308", "1e99999"):
        yield value("6", text, NO_JSON, "in a double it is infinite, which JSON cannot write again")
    for text in ("9007199254740991", "-9007199254740991", "9007199254740993.0"):
        yield value("I-JSON 2.2", text, TAKEN, "an integer that all keep, or a double that says it is one")
    for text in ("9007199254740992", "-9007199254740992", "18446744073709551616"):
        yield value("I-JSON 2.2", text, NO_JSON, "others would read another number")
    yield value("9", "1" * 400, NO_JSON, "likewise", name="400 digits")
    yield value("9", "1" * 5_000, NO_JSON, "Python itself reads none of more than 4,300", name="5,000 digits")
    yield value("9", "-" + "9" * 100_000, NO_JSON, "and it takes no time to say so", name="100,000 digits")
    yield value("9", "0." + "1" * 5_000, TAKEN, "a double has the nearest value", name="5,000 decimals")
    yield value("9", "1e" + "9" * 5_000, NO_JSON, "infinite", name="an exponent of 5,000 digits")


def strings() -> Iterator[Corner]:
    for text in (r'"\/\b\f\n\r\t\"\\"', r'"\u00e9"', r'"\u00E9"', r'"\u0000"', r'"\u001f"', '"\x7f"', '"/"', '""'):
        yield value("7", text, TAKEN, "one of its escapes, or what needs none")
    for text in (r'"\x41"', r'"\a"', r'"\v"', r'"\0"', r'"\'"', r'"\U0041"', '"\\\n"', '"\\"', '"a', "'a'", "a", "`a`"):
        yield value("7", text, NO_JSON, "no escape, or no string, of JSON's")
    for text in (r'"\u"', r'"\u12"', r'"\u 123"', r'"\u+123"', r'"\u12_3"', r'"\u00g0"', r'"\u-001"', '"\\u\uff11234"'):
        yield value("7", text, NO_JSON, "an escape has four hexadecimal digits, and no int() is to read them")
    for text in ('"\t"', '"\n"', '"\r"'):
        yield value("7", text, NO_JSON, "a control character must be escaped, though SQS takes these three")
    for text in ('"\u2028"', '"\u2029"', '"\ufeff"', '"\u200b"', '"\u202e"', '"\u0085"', '"\U0001f4a9"', '"e\u0301"'):
        yield value("7", text, TAKEN, "any other character may stand as it is")
    yield value("8.2", r'"\ud83d\udca9"', TAKEN, "two halves that are one character")
    for text in (
        r'"\ud800"',
        r'"\udfff"',
        r'"\ude00\ud83d"',
        r'"\ud83dA"',
        r'"\ud83d\ud83d\udca9"',
        r'"\ud83d\n\udca9"',
    ):
        yield value("8.2", text, NO_JSON, "half a pair is no character: AWS and others would refuse or replace it")
    yield value("8.2", r'{"\ud800":1}', NO_JSON, "in a name as well")
    for text in (r'"\ufffe"', r'"\uFFFF"', r'"\ufdd0"', '"\ufdd0"', r'"\ud83f\udffe"'):
        yield value("I-JSON 2.1", text, TAKEN, "a noncharacter; it stays as it was written, so that nobody minds it")


def structures() -> Iterator[Corner]:
    for text in ("[]", "{}", "[[],{}]", '{"":{"":[]}}', "[1,null,true,false]", '{"a":1,"A":1,"a ":1}'):
        yield value("4", text, TAKEN, "empty is something too, and names differ by any character")
    yield value("8.3", '{"\u00e9":1,"e\u0301":1}', TAKEN, "names are compared by code points, never normalised")
    for text in ('{"a":1,"a":1}', '{"a":1,"a":2}', '{"":1,"":2}', '[[{"a":1,"b":2,"a":3}]]'):
        yield value("I-JSON 2.3", text, NO_JSON, "of two members of one name readers take the first, the last or none")
    yield value("8.3", r'{"a":1,"\u0061":2}', NO_JSON, "the same name, once it is read")
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
        yield value("2", text, NO_JSON, "one comma between two, one colon, and nothing else")
    for text in ("{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", '{"a"}', '{"a":}', "{:1}"):
        yield value("4", text, NO_JSON, "a name is a string, and has a value")
    for text in ("[1", '{"a":1', "[1}", '{"a":1]', "]", "}", "[[1]", '[{"a":[}]'):
        yield value("2", text, NO_JSON, "what opens must close, and the right way")
    for text in ("1 // a\n", "1 /* a */", "/**/1", "1 # a\n", "<!-- a -->1"):
        yield value("2", text, NO_JSON, "there are no comments")
    for text in ("True", "TRUE", "nul", "None", "undefined", "nil", "truefalse", "t", "@1"):
        yield value("3", text, NO_JSON, "three literal names in lower case")
    for levels, end in ((62, TAKEN), (63, TAKEN), (64, NO_JSON), (65, NO_JSON), (100_000, NO_JSON)):
        why = "with the message around it, 64 levels; readers may set such a limit"
        yield value("9", "[" * levels + "]" * levels, end, why, name=f"{levels:,} arrays in a field")
        if levels < 1_000:
            yield value("9", '{"a":' * levels + "1" + "}" * levels, end, why, name=f"{levels:,} objects in a field")
    yield value("9", "[" * 100_000, NO_JSON, "and none of them closed", name="100,000 open brackets")
    yield value(
        "9", "[" + "[]," * 5_000 + "[]]", TAKEN, "brackets alone are no depth", name="5,001 arrays side by side"
    )
    yield value("9", json.dumps("[{" * 500), TAKEN, "and those in a string are none", name="brackets in a string")


def bodies() -> Iterator[Corner]:
    def row(section: str, name: str, body: str, end: Reason | None, why: str = "") -> Corner:
        return Corner(section, name, body, end, why)

    for space, name in (
        (" ", "space"),
        ("\t", "tab"),
        ("\n", "line feed"),
        ("\r", "carriage return"),
        (" \t\r\n", "all four"),
    ):
        yield row("2", f"{name} around all", MESSAGE.replace(", ", f"{space},{space}").join([space] * 2), TAKEN)
    for space in ("\u00a0", "\u2028", "\u0085", "\u3000", "\u200b", "\u2003", "\u180e"):
        yield row("2", f"U+{ord(space):04X} before it", space + MESSAGE, NO_JSON, "white space is those four")
        yield row("2", f"U+{ord(space):04X} behind it", MESSAGE + space, NO_JSON, "likewise")
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
        yield row("2", name, body, NO_JSON, "a text is one value")
    for name, body in {
        "42": "42",
        "a string": '"a"',
        "null": "null",
        "true": "true",
        "JSON in JSON": json.dumps(MESSAGE),
    }.items():
        yield row("2", f"{name} alone", body, NO_ENVELOPE, "JSON, since RFC 7159, but no message")
    for name, body in {"an array": f"[{MESSAGE}]", "an empty array": "[]", "an empty object": "{}"}.items():
        yield row("2", f"{name} alone", body, NO_ENVELOPE, "JSON, but no message")
    yield row(
        "8.1",
        "a BOM before it",
        f"\ufeff{MESSAGE}",
        NO_JSON,
        "a writer must not add one, and a reader need not ignore it",
    )
    yield row(
        "8.1",
        "UTF-16, read as Latin-1",
        MESSAGE.encode("utf-16-le").decode("latin-1").replace("\0", "\ufffd"),
        NO_JSON,
        "UTF-8 alone",
    )
    yield value("8.1", '"\u00c3\u00a9"', TAKEN, "what somebody read as Latin-1 is a text like any other")
    yield row("8.3", "the name of a field escaped", MESSAGE.replace('"type"', r'"\u0074ype"'), TAKEN, "the same name")
    yield row(
        "8.3",
        "a field twice, once escaped",
        MESSAGE.replace("{", r'{"\u0074ype":"a.b",', 1),
        NO_JSON,
        "two types in one",
    )


CORNERS = [*numbers(), *strings(), *structures(), *bodies()]

UNSENDABLE = [
    *(value("7", f'"{each}"', NO_JSON, "a control character must be escaped") for each in "\x00\x01\x08\x0b\x0c\x1f"),
    *(Corner("2", f"U+{ord(each):04X} behind it", MESSAGE + each, NO_JSON) for each in "\x00\x0b\x0c\x1c\x1e"),
    value("8.1", '"\ud800"', NO_JSON, "half a pair as it is: no UTF-8 says that"),
    Corner(
        "8.1",
        "bytes that are no UTF-8",
        MESSAGE.encode().replace(b"reminder", b"r\xffminder").decode(errors="surrogateescape"),
        NO_JSON,
    ),
    value("I-JSON 2.1", '"\ufffe"', TAKEN, "a noncharacter as it is, which SQS refuses"),
]
"""What SQS takes from nobody, so that no row of it can come: read all the same, and for the right reason."""

at_corners = pytest.mark.parametrize("corner", CORNERS, ids=repr)


def ingested(*bodies: str) -> World:
    world = World()
    answer = ingress.process(sqs_event(*bodies), FakeContext(), world.runtime())
    assert answer == {"batchItemFailures": []}
    return world


def test_no_two_rows_are_alike() -> None:
    assert len({corner.body for corner in CORNERS}) == len({repr(corner) for corner in CORNERS}) == len(CORNERS)


@at_corners
def test_a_corner_of_json_is_taken_as_it_came_or_refused_for_its_reason(corner: Corner) -> None:
    world = ingested(corner.body)

    details = [entry["Detail"] for entry in world.events.published]
    letters = [letter["MessageBody"] for letter in world.letters]
    reasons = [line.get("reason") for line in world.lines]
    assert reasons == [corner.end]
    assert (details, letters) == (([corner.body], []) if corner.end is TAKEN else ([], [corner.body]))


@at_corners
def test_strict_json_says_the_same_by_itself(corner: Corner) -> None:
    if corner.end is NO_JSON:
        with pytest.raises(strict_json.NotStrictJsonError) as raised:
            strict_json.loads(corner.body)
        assert len(str(raised.value)) < 200
    else:
        assert strict_json.loads(corner.body) == json.loads(corner.body)


@pytest.mark.parametrize("corner", UNSENDABLE, ids=repr)
def test_what_sqs_would_not_take_is_read_for_what_it_is(corner: Corner) -> None:
    read: Any = ingress.read(corner.body)

    assert getattr(read, "reason", None) == corner.end


def test_all_corners_in_batches_of_ten_end_as_they_do_alone() -> None:
    for begin in range(0, len(CORNERS), 10):
        batch = CORNERS[begin : begin + 10]

        world = ingested(*(corner.body for corner in batch))

        ends = {line["sqs_message_id"]: line.get("reason") for line in world.lines}
        assert ends == {f"m-{number}": corner.end for number, corner in enumerate(batch)}
