"""The four places that hostile input reaches, each as a function of a text that checks all that must hold there."""

import json
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from schemas.catalogue import BY_NAME, CATALOGUE
from tests.fuzz import console, seeds, slack
from tests.fuzz.conservation import Ends
from tests.fuzz.consumers import at_its_function
from tests.fuzz.encoding import FIELD, RECORD
from tests.fuzz.ingress import at_the_ingress
from tests.fuzz.mutation import mutated
from tests.fuzz.records import MOST_RECORDS, records
from tests.unit.functions.slack_notifier.slack_fakes import alarm, dead_lettered

Mutate = Callable[[str, Random, Sequence[str]], str]
"""Changes something in an input; the others are inputs of its kind."""

_AS_IT_IS = 0.1
"""The share of what is left unchanged, so that good ones have bad neighbours."""

_TRAVELLED = 0.03
"""The share of records that were here before: one of them may put a whole batch back, to be run alone."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One of them."""

    name: str
    about: str
    seeds: Sequence[str]
    """Inputs to begin with."""

    check: Callable[[str], Counter[str]]
    """Gives what became of an input's parts. Raises whatever is a defect."""

    change: Mutate = mutated
    most: int = 1
    """Parts that an input has at most, one after the other."""

    alike: bool = False
    """Whether the parts of an input are made of one seed."""

    def mutate(self, text: str, random: Random) -> str:
        """An input with one of its parts changed, taken out, or doubled."""
        parts = text.split(RECORD)
        at = random.randrange(len(parts))
        match random.randrange(10):
            case 0 if len(parts) > 1:
                del parts[at]
            case 1 if len(parts) < self.most:
                parts.insert(at, random.choice(self.seeds))
            case _:
                parts[at] = self._changed(parts[at], random)
        return RECORD.join(parts)

    def made(self, random: Random) -> str:
        """A new input of as many parts as it can have."""
        first = random.choice(self.seeds)
        chosen = (first if self.alike else random.choice(self.seeds) for _ in range(self.most))
        return RECORD.join(each if random.random() < _AS_IT_IS else self._changed(each, random) for each in chosen)

    def _changed(self, part: str, random: Random) -> str:
        """A separator within a part would make two of it."""
        return self.change(part, random, self.seeds).replace(RECORD, " ")


def _with_attributes(part: str, random: Random, others: Sequence[str]) -> str:
    """A record with its body changed, or with attributes that were."""
    body, *attributes = part.split(FIELD)
    if random.random() < _TRAVELLED:
        attributes = random.choice(seeds.travelled()).split(FIELD)[1:]
        name, equals, value = attributes[-1].partition("=")
        attributes[-1] = f"{name}{equals}{mutated(value, random, seeds.travelled()).replace(FIELD, ' ')}"
    else:
        body = mutated(body, random, [other.split(FIELD)[0] for other in others[:50]]).replace(FIELD, " ")
    return FIELD.join([body, *attributes])


def _outcomes(ends: Ends) -> Counter[str]:
    return Counter(line["outcome"] + (f", {line['reason']}" if "reason" in line else "") for line in ends.values())


def _ingress(text: str) -> Counter[str]:
    return _outcomes(at_the_ingress(records(text)))


def _consumer(text: str) -> Counter[str]:
    """Of the type that the first record names; of any where it names none."""
    chance = Random(zlib.crc32(text.encode(errors="surrogatepass")))  # noqa: S311 the same input, the same end
    named = next((name for name in BY_NAME if f'"{name}"' in text), "")
    event_type = BY_NAME.get(named) or chance.choice(CATALOGUE)
    return _outcomes(at_its_function(event_type, records(text), chance))


def _console(text: str) -> Counter[str]:
    answer = console.asked(text)
    return Counter([str(answer.status) if answer else "no request"])


_ALERTS = tuple(
    json.dumps(each)
    for each in (
        dead_lettered(1),
        dead_lettered(2, reason="invalid_json", service="queue_processor", subject="queue_processor"),
        dead_lettered(3, fingerprint="0123456789ab", detail="<!channel> `rm` *all* & more", count=7),
        dead_lettered(4, error="DrillError", service="system.heartbeat", subject="system.heartbeat"),
        *(alarm(slug) for slug in ("oldest", "dead-letters", "depth")),
        alarm("unhealthy", subject="system"),
        alarm(state="OK"),
        alarm(state="INSUFFICIENT_DATA"),
        alarm("not-ours", AlarmName="others/alarm", AlarmDescription="what others say"),
    )
)

INGRESS = Target(
    name="ingress",
    about="messages through queue_processor",
    seeds=[*seeds.bodies(), *(body + more for body in seeds.bodies()[:10] for more in seeds.travelled())],
    check=_ingress,
    change=_with_attributes,
    most=MOST_RECORDS,
)
CONSUMER = Target(
    name="consumer",
    about="messages through the function of their type",
    seeds=[body for of_type in seeds.valid().values() for body in of_type],
    check=_consumer,
    change=_with_attributes,
    most=3,
    alike=True,
)
SLACK = Target(
    name="slack",
    about="alerts and alarms through slack_notifier",
    seeds=_ALERTS,
    check=lambda text: slack.told(slack.alerts(text)),
    most=12,
)
CONSOLE = Target(
    name="console",
    about="requests to the console",
    seeds=console.SEEDS,
    check=_console,
    change=console.changed,
)
TARGETS: Mapping[str, Target] = {target.name: target for target in (INGRESS, CONSUMER, SLACK, CONSOLE)}
