"""Search for the message that costs the ingress the most time: reading, refusing, redacting and dead-lettering it.

Costs are relative: the unit is what `json.loads` takes, in the same process at the same time, for a mebibyte of empty
objects. So a slow or busy machine changes little.
"""

import gc
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from time import monotonic, process_time
from typing import Any

from lambdas.common.batch.delivery import SqsEvent
from lambdas.queue_processor.handler import handler as ingress
from schemas.reasons import Outcome
from tests.bad_input import LARGEST
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.fuzz import seeds

NAME = "time"
ABOUT = "the costliest message for queue_processor"

LIMIT = 55.0
"""Units that no message may cost: one second where a unit takes 18 ms, as on the machine of `docs/fuzzing.md`."""

_ROOM = 2_048
"""Bytes of a largest message that are left for the message around its filling."""

_VALUES = (
    *("1", "-1", "12345", "9007199254740991", "1.5", "1e5", "0.1N", "1e-300", "true", "null"),
    *(
        '""',
        '"a"',
        '"N"',
        '"éN"',
        '"佐N"',
        r'"\u00e9N"',
        r'"\n"',
        r'"&%+\\N"',
        '"N@example.com"',
        '"+4930N"',
        '"must be"',
    ),
    *("{}", "[]", "[[]]", '{"a":1}', '{"N":1}', '{"":{}}', '{"a b N":[]}', '{"email":"N"}', '{"email":"N","name":7}'),
)
"""Members of an array or object; `N` becomes the member's number, in hexadecimal."""

_TEXTS = (
    "a",
    "a ",
    "é",
    r"\u0061",
    r"\n",
    r"\ud83d\ude00",
    "a.",
    "a@",
    "+1",
    "https://a",
    "&",
    "%",
    r"\\",
    "2030-04-15T",
)
"""Pieces of a long text."""

_SPOILED = (None, "type", "timestamp", "id", "attempts", "version", "payload.companyId", "payload.*")
"""Fields to replace by an object, so that the message is refused; `*` is the field after the tenant."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to fill a message to the largest size that SQS takes."""

    type_name: str
    place: str = "payload.unknown"
    """The field that is filled; `payload.*` is the field after the tenant."""

    container: str = "array"
    """`array`, `object` or `text`."""

    pieces: tuple[str, ...] = ("{}",)
    depth: int = 0
    """Arrays around each member."""

    spoiled: str | None = None
    with_id: bool = True
    bare: bool = False
    """Whether the payload lacks all its own fields."""

    def body(self, size: int = LARGEST) -> str:
        """Return the message with this many bytes, or slightly fewer."""
        message: dict[str, Any] = json.loads(seeds.valid()[self.type_name][0])
        message["id"] = "fuzz-1"
        if not self.with_id:
            del message["id"]
        if self.bare:
            message["payload"] = {}
        if self.spoiled:
            _put(message, self.spoiled, {})
        _put(message, self.place, "@filling@")
        return json.dumps(message, ensure_ascii=False).replace('"@filling@"', self._filling(size - _ROOM))

    def _filling(self, size: int) -> str:
        begin, end = {"array": ("[", "]"), "object": ("{", "}"), "text": ('"', '"')}[self.container]
        separator = "" if self.container == "text" else ","
        written, left = list[str](), size
        for piece in self._members():
            left -= len(piece.encode()) + len(separator)
            if left < 0:
                break
            written.append(piece)
        return begin + separator.join(written) + end

    def _members(self) -> Iterator[str]:
        number = 0
        while True:
            for piece in self.pieces:
                number += 1
                value = piece
                if self.container != "text":
                    value = "[" * self.depth + piece.replace("N", f"{number:x}") + "]" * self.depth
                yield f'"{number:x}":{value}' if self.container == "object" else value


def _put(message: dict[str, Any], place: str, value: object) -> None:
    path, _, name = place.rpartition(".")
    fields = message["payload"] if path and isinstance(message["payload"], dict) else message
    if name == "*":
        name = next((each for each in fields if each != "companyId"), "unknown")
    fields[name] = value


def random_recipe(random: Random) -> Recipe:
    """Return any recipe."""
    recipe = Recipe(type_name=random.choice(sorted(seeds.valid())))
    for change in _CHANGES:
        recipe = change(recipe, random)
    return recipe


def changed(recipe: Recipe, random: Random) -> Recipe:
    """Return a recipe that differs in one way."""
    return random.choice(_CHANGES)(recipe, random)


_Change = Callable[[Recipe, Random], Recipe]


def _change_filling(recipe: Recipe, random: Random) -> Recipe:
    container = random.choice(("array", "array", "object", "text"))
    known = _TEXTS if container == "text" else _VALUES
    pieces = tuple(random.choice(known) for _ in range(random.choice((1, 1, 2, 5))))
    return replace(recipe, container=container, pieces=pieces, depth=random.choice((0, 0, 0, 1, 8, 40, 58, 62)))


def _places(recipe: Recipe) -> Sequence[str]:
    payload = json.loads(seeds.valid()[recipe.type_name][0])["payload"]
    return ["unknown", "payload.unknown", *_SPOILED[1:], *(f"payload.{name}" for name in payload)]


_CHANGES: Sequence[_Change] = (
    _change_filling,
    _change_filling,
    lambda recipe, random: replace(recipe, type_name=random.choice(sorted(seeds.valid()))),
    lambda recipe, random: replace(recipe, place=random.choice(_places(recipe))),
    lambda recipe, random: replace(recipe, spoiled=random.choice(_SPOILED)),
    lambda recipe, random: replace(recipe, with_id=random.random() < 0.5),
    lambda recipe, random: replace(recipe, bare=random.random() < 0.5),
)


COSTLIEST = (
    Recipe(type_name="booking.created", pieces=("[]",), depth=58, bare=True),
    Recipe(type_name="report.generated", pieces=("[]",), depth=58, bare=True, spoiled="version"),
    Recipe(type_name="sms.send", pieces=("[]",), depth=58, spoiled="payload.*", with_id=False),
    Recipe(type_name="sms.send", place="timestamp", pieces=('"N"',), depth=40, spoiled="version", with_id=False),
    Recipe(type_name="report.generated", place="payload.recipients", pieces=("{}",), with_id=False),
    Recipe(type_name="report.generated", place="payload.recipients", pieces=("1",), with_id=False),
    Recipe(type_name="report.generated", place="payload.recipients", pieces=('{"email":"N","name":7}',)),
    Recipe(type_name="booking.created", pieces=('{"a":1}',), spoiled="payload.*", with_id=False),
    Recipe(type_name="booking.created", pieces=(r'"&%+\\N"', "1e5"), spoiled="payload.*"),
    Recipe(type_name="email.send", place="payload.values", container="object", pieces=("1.5",), spoiled="attempts"),
)
"""Costly recipes: what searches ended with, and what was costly once."""


def cost(body: str, handle: Callable[[SqsEvent], FunctionHarness] | None = None) -> float:
    """Return what the ingress takes for a batch of this message alone, in units.

    Args:
        body: the message.
        handle: what is measured instead of the ingress.
    """
    unit = min(_seconds(lambda: json.loads(_REFERENCE)) for _ in range(2))
    event = sqs_event(body)
    return _seconds(lambda: (handle or handled)(event), collect=True) / unit


def handled(event: SqsEvent) -> FunctionHarness:
    """Let the ingress handle a batch, and check that each record has an outcome."""
    harness = FunctionHarness()
    ingress.process(event, FakeContext(), harness.runtime())
    assert len(harness.lines) == len(event["Records"])
    assert set(harness.outcomes) <= {Outcome.ROUTED, Outcome.DEAD_LETTERED, Outcome.RETRYING}
    return harness


_REFERENCE = "[" + ",".join(["{}"] * (LARGEST // 3)) + "]"


def _seconds(work: Callable[[], object], *, collect: bool = False) -> float:
    """Seconds of processor time. The reference is measured without the garbage collector, whose share varies."""
    gc.collect()
    if not collect:
        gc.disable()
    try:
        started = process_time()
        work()
        return process_time() - started
    finally:
        gc.enable()


@dataclass(frozen=True, slots=True)
class Search:
    """The result of a search."""

    recipe: Recipe
    cost: float
    messages: int


def search(*, runs: int, seconds: float, seed: int, report: Callable[[str], None] = lambda _: None) -> Search:
    """Climb to the costliest recipe: change the best one, and begin anew where no change has helped for long.

    Args:
        runs: number of messages; 0 for no limit.
        seconds: time limit; 0 for no limit.
        seed: random seed of the recipes.
        report: gets a line for each costlier recipe.
    """
    random, deadline = Random(seed), monotonic() + seconds
    best, at, stuck, messages = Search(random_recipe(random), 0.0, 0), Search(random_recipe(random), 0.0, 0), 0, 0
    while (not runs or messages < runs) and (not seconds or monotonic() < deadline):
        candidate = random_recipe(random) if stuck > _PATIENCE else changed(at.recipe, random)
        messages += 1
        found = cost(body := candidate.body())
        if found > at.cost:  # measured again, as the first time may have been disturbed
            found = min(found, cost(body))
        if found > at.cost or stuck > _PATIENCE:
            at, stuck = Search(candidate, found, messages), 0
        else:
            stuck += 1
        if at.cost > best.cost:
            best = at
            report(f"{best.cost:.1f} units after {messages:,} messages: {best.recipe}")
    return replace(best, messages=messages)


_PATIENCE = 30
