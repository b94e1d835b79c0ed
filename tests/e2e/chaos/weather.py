"""The kinds of trouble that AWS can be in.

Throttled, broken, slow, cut off before the call is heard, cut off after it was done.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from local.emulator.fault_proxy import Fault
from local.standins.crm.state import CrmFailure
from local.traffic.publication import Publication
from tests.e2e.chaos.chaos import Chaos, Settled

THROTTLED = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "events": "ThrottlingException",
    "scheduler": "ThrottlingException",
    "secretsmanager": "ThrottlingException",
    "ses": "TooManyRequestsException",
    "sqs": "RequestThrottled",
}
"""What each service says to who asks too often."""


_PRIMES = (23, 29, 31, 37, 41)


def one_after_the_other(service: str, operation: str, *, times: int, queue: str = "") -> list[Fault]:
    """Each kind so many calls long: fifteen faults for three."""
    return _kinds(Fault(service=service, operation=operation, queue=queue, times=times))


def now_and_then(service: str, operation: str) -> list[Fault]:
    """Each kind at every so manieth call, so that they meet in ever new ways and seldom come in a row."""
    kinds = _kinds(Fault(service=service, operation=operation))
    return [replace(kind, every=prime) for kind, prime in zip(kinds, _PRIMES, strict=True)]


def _kinds(call: Fault) -> list[Fault]:
    return [
        replace(call, code=THROTTLED[call.service], status=400),
        replace(call, code="InternalFailure", status=500),
        replace(call, milliseconds=400),
        replace(call, is_reset=True),
        replace(call, is_lost=True),
    ]


def under(chaos: Chaos, faults: Sequence[Fault], publications: Sequence[Publication]) -> Settled:
    """Let messages come while AWS is in trouble, until each fault has happened as often as it shall."""
    foretold: Counter[str] = Counter()
    for fault in faults:
        foretold[fault.service] += fault.times or 0
    name = " + ".join(sorted({fault.operation or fault.service for fault in faults}))
    with chaos.faults.causing(*faults):
        settled = chaos.settle(name, chaos.hand_over(publications))
        happened = chaos.faults.happened()
    assert happened == foretold
    assert settled.findings == []
    return settled


def failing(chaos: Chaos, jobs: Sequence[Publication], failure: CrmFailure) -> Sequence[Publication]:
    """Let the CRM fail at these jobs."""
    for job in jobs:
        chaos.stage.crm.books.fail(job.subject, failure)
    return jobs
