"""The targets of hostile input, each with a function that runs a text and checks the guarantees."""

import json
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from schemas.catalogue import BY_NAME, CATALOGUE
from tests.fuzz import console, seeds, slack
from tests.fuzz.conservation import OutcomeLines
from tests.fuzz.consumers import check_function
from tests.fuzz.crm import changes, odd_fields, proxies, responses
from tests.fuzz.encoding import FIELD, RECORD
from tests.fuzz.ingress import check_ingress
from tests.fuzz.mutation import mutated
from tests.fuzz.records import MAX_RECORDS, records
from tests.unit.functions.slack_notifier.slack_fakes import alarm, dead_lettered

Mutate = Callable[[str, Random, Sequence[str]], str]
"""Changes an input; `others` are inputs of the same kind."""

_UNCHANGED_SHARE = 0.1
"""Share of parts that stay unchanged, so that valid parts have invalid neighbours."""

_RETRIED_SHARE = 0.03
"""Share of retried and redriven records; one of them can defer a whole batch to run alone."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A target."""

    name: str
    about: str
    seeds: Sequence[str]
    """The initial inputs."""

    check: Callable[[str], Counter[str]]
    """Runs an input and returns the outcomes of its parts; raises an error for a defect."""

    change: Mutate = mutated
    max_parts: int = 1
    """Maximum number of parts of an input."""

    same_seed: bool = False
    """Whether all parts of an input come from the same seed."""

    def mutate(self, text: str, random: Random) -> str:
        """Return an input with one part changed, removed or added."""
        parts = text.split(RECORD)
        at = random.randrange(len(parts))
        match random.randrange(10):
            case 0 if len(parts) > 1:
                del parts[at]
            case 1 if len(parts) < self.max_parts:
                parts.insert(at, random.choice(self.seeds))
            case _:
                parts[at] = self._changed(parts[at], random)
        return RECORD.join(parts)

    def generate(self, random: Random) -> str:
        """Return a new input with the maximum number of parts."""
        first = random.choice(self.seeds)
        chosen = (first if self.same_seed else random.choice(self.seeds) for _ in range(self.max_parts))
        return RECORD.join(
            each if random.random() < _UNCHANGED_SHARE else self._changed(each, random) for each in chosen
        )

    def _changed(self, part: str, random: Random) -> str:
        """Change a part; separators in it are replaced, since they would split it."""
        return self.change(part, random, self.seeds).replace(RECORD, " ")


def _with_attributes(part: str, random: Random, others: Sequence[str]) -> str:
    """Change a record's body, or give it changed attributes."""
    body, *attributes = part.split(FIELD)
    if random.random() < _RETRIED_SHARE:
        attributes = random.choice(seeds.record_attributes()).split(FIELD)[1:]
        name, equals, value = attributes[-1].partition("=")
        attributes[-1] = f"{name}{equals}{mutated(value, random, seeds.record_attributes()).replace(FIELD, ' ')}"
    else:
        body = mutated(body, random, [other.split(FIELD)[0] for other in others[:50]]).replace(FIELD, " ")
    return FIELD.join([body, *attributes])


def _outcomes(lines: OutcomeLines) -> Counter[str]:
    return Counter(line["outcome"] + (f", {line['reason']}" if "reason" in line else "") for line in lines.values())


def _ingress(text: str) -> Counter[str]:
    return _outcomes(check_ingress(records(text)))


def _consumer(text: str) -> Counter[str]:
    """Check the function of the first type that the text names, or of a random one."""
    chance = Random(zlib.crc32(text.encode(errors="surrogatepass")))
    named = next((name for name in BY_NAME if f'"{name}"' in text), "")
    event_type = BY_NAME.get(named) or chance.choice(CATALOGUE)
    return _outcomes(check_function(event_type, records(text), chance))


def _console(text: str) -> Counter[str]:
    answer = console.check_response(text)
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
    seeds=[*seeds.bodies(), *(body + more for body in seeds.bodies()[:10] for more in seeds.record_attributes())],
    check=_ingress,
    change=_with_attributes,
    max_parts=MAX_RECORDS,
)
CONSUMER = Target(
    name="consumer",
    about="messages through the function of their type",
    seeds=[body for bodies_of_type in seeds.valid().values() for body in bodies_of_type],
    check=_consumer,
    change=_with_attributes,
    max_parts=3,
    same_seed=True,
)
SLACK = Target(
    name="slack",
    about="alerts and alarms through slack_notifier",
    seeds=_ALERTS,
    check=lambda text: slack.check_notifier(slack.alerts(text)),
    max_parts=12,
)
CONSOLE = Target(
    name="console",
    about="requests to the console",
    seeds=console.SEEDS,
    check=_console,
    change=console.changed,
)
ODD_FIELDS = Target(
    name="odd_fields",
    about="answers of the CRM, and messages, with one field changed",
    seeds=[case.text() for case in changes.all_cases()],
    check=odd_fields.check,
    change=lambda text, random, _others: changes.neighbour(text, random),
)
PROXIES = Target(
    name="proxies",
    about="proxies that answer in the CRM's place",
    seeds=[case.text() for case in responses.all_cases()],
    check=proxies.check,
    change=lambda text, random, _others: responses.neighbour(text, random),
)
TARGETS: Mapping[str, Target] = {
    target.name: target for target in (INGRESS, CONSUMER, SLACK, CONSOLE, ODD_FIELDS, PROXIES)
}
