"""The kinds of AWS failures: throttling, errors, latency, and a connection lost before or after the call."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from local.emulator.fault_proxy import Fault
from local.standins.crm.state import CrmFailure
from local.traffic.publication import Publication
from tests.e2e.chaos.chaos import Chaos, SettledScenario

THROTTLED = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "events": "ThrottlingException",
    "scheduler": "ThrottlingException",
    "secretsmanager": "ThrottlingException",
    "ses": "TooManyRequestsException",
    "sqs": "RequestThrottled",
}
"""Each service's error code for throttling."""


_PRIMES = (23, 29, 31, 37, 41)


def in_sequence(service: str, operation: str, *, times: int, queue: str = "") -> list[Fault]:
    """Each kind of failure for this many calls, one kind after the other."""
    return _kinds(Fault(service=service, operation=operation, queue=queue, times=times))


def every_nth_call(service: str, operation: str) -> list[Fault]:
    """Each kind at every nth call, each with another prime number, so that the kinds rarely coincide."""
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


def settle_during(chaos: Chaos, faults: Sequence[Fault], publications: Sequence[Publication]) -> SettledScenario:
    """Publish messages while AWS fails, and check that each fault was injected as often as planned."""
    expected: Counter[str] = Counter()
    for fault in faults:
        expected[fault.service] += fault.times or 0
    name = " + ".join(sorted({fault.operation or fault.service for fault in faults}))
    with chaos.faults.injecting(*faults):
        settled = chaos.settle(name, chaos.send(publications))
        happened = chaos.faults.injected()
    assert happened == expected
    assert settled.findings == []
    return settled


def with_failing_crm(chaos: Chaos, jobs: Sequence[Publication], failure: CrmFailure) -> Sequence[Publication]:
    """Let the CRM fail for these jobs."""
    for job in jobs:
        chaos.stage.crm.state.fail(job.subject, failure)
    return jobs
