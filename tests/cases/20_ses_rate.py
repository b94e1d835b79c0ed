"""A burst against SES's default rate of 14 a second (a morning's 300 confirmations): what is throttled is late, not
dead. The functions' own decisions and figures, in simulated time: 20 workers, 90 ms a try.
"""

import heapq
import random
from collections import deque
from datetime import UTC, datetime

from kit import check, ok

from lambdas.common.batch import retry
from lambdas.common.batch.decision import DeadLetterDecision, RetryDecision
from lambdas.common.clients.ses import Mail, Ses
from lambdas.common.errors import NotNowError
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome, Reason
from tests.fakes.service import failing
from tests.fakes.ses import FakeSes

MAILS, RATE, SECONDS = 300, 14, 0.09
throttled = FakeSes(fail=failing("TooManyRequestsException"))
try:
    Ses(throttled, "a@b.c").send(Mail(to="x@y.z", subject="s", text="t", html="h"))
except Exception as error:
    raised = error


def decided(attempt: int, deferrals: int, waited: float) -> RetryDecision | DeadLetterDecision:
    """What becomes of a mail that is throttled, after it has waited for some seconds."""
    jitter, now = randomness.random(), datetime.now(UTC)
    if not isinstance(raised, NotNowError):
        return retry.after_failure(raised, attempt, EMAIL_SEND.max_attempts, EMAIL_SEND.backoff, jitter=jitter, now=now)
    if waited >= EMAIL_SEND.patience.total_seconds():
        return DeadLetterDecision(Reason.UNAVAILABLE)
    return retry.defer(attempt, retry.deferral_delay(deferrals + 1, waited, jitter), now)


randomness = random.Random(1)  # noqa: S311 a simulation, no secret
dead = 0
taken: deque[float] = deque()
ready = [(0.0, number, 1, 0) for number in range(MAILS)]
free = [0.0] * EMAIL_SEND.max_concurrency
heapq.heapify(ready)
heapq.heapify(free)
while ready:
    due, number, attempt, deferrals = heapq.heappop(ready)
    at = max(due, heapq.heappop(free))
    while taken and taken[0] <= at - 1:
        taken.popleft()
    if len(taken) < RATE:
        taken.append(at)
    else:
        decision = decided(attempt, deferrals, waited=at)
        if isinstance(decision, RetryDecision):
            is_deferred = decision.outcome is Outcome.DEFERRED
            again = at + SECONDS + decision.delay
            heapq.heappush(ready, (again, number, decision.attempts, deferrals + is_deferred))
        else:
            dead += 1
    heapq.heappush(free, at + SECONDS)
check(dead <= 3, f"{dead} of 300 mails are dead letters because SES takes 14 a second")
ok()
