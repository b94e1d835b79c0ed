"""Signals that raise alarms: meaning, likely causes and first step of each.

The alarms' descriptions, the Slack cards and the sections of `docs/runbook.md` share these texts and slugs.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.event_type import EventType

LONGEST_DESCRIPTION = 1_024
"""Characters of an alarm's description (CloudWatch, PutMetricAlarm: AlarmDescription)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """One kind of alarm, for any subject: an event type, the ingress function, or the system."""

    slug: str
    """Part of the alarms' names, and anchor of the section in the runbook."""

    title: str
    """Headline of the alarm. In all texts, `{subject}` stands for the subject."""

    meaning: str
    causes: str
    first_step: str

    def headline(self, subject: str) -> str:
        """Return the title for one subject."""
        return self.title.format(subject=subject)

    def description(self, subject: str, runbook_url: str) -> str:
        """Return the alarm's description: four lines, the last one the link to the runbook's section."""
        lines = (self.meaning, f"Likely: {self.causes}", f"First: {self.first_step}")
        return "\n".join([*(line.format(subject=subject) for line in lines), f"{runbook_url}#{self.slug}"])


DEAD_LETTERS = Signal(
    slug="dead-letters",
    title="Dead letters of {subject}",
    meaning="Messages of {subject} were dead-lettered. They stay in its dead-letter queue until an operator acts.",
    causes="the service that its function calls refuses or is down; a bug; a message that its producer must fix.",
    first_step="read the cards of the last minutes, one for each cause. Fix the cause, then redrive.",
)

UNDELIVERED_WEBHOOKS = Signal(
    slug="undelivered-webhooks",
    title="Undelivered webhooks",
    meaning="Webhooks are in the dead-letter queue of {subject}: customers' endpoints did not take them for days. This "
    "pages nobody, and there is nothing to do at night.",
    causes="an endpoint that is down or refuses; rarely the CRM or a bug of ours, which has a card of its own.",
    first_step="run `taly-async endpoints`. The companies' admins are informed after three days. Once an endpoint "
    "works again, redrive what it missed with `--endpoint`.",
)

OLDEST = Signal(
    slug="oldest",
    title="{subject} waits too long",
    meaning="The oldest message in the queue of {subject} is too old: customers notice the delay.",
    causes="a system that it calls is unavailable, so that messages wait for it; a burst beyond its function's "
    "concurrency; throttling.",
    first_step="see in the last card about a system that does not answer, or in `taly-async status`, whether it waits "
    "for one: then it goes on by itself. Else see on the dashboard whether its queue shrinks, and what is slow.",
)

DEPTH = Signal(
    slug="depth",
    title="The queue of {subject} overflows",
    meaning="More messages wait in the queue of {subject} than its function can process in reasonable time.",
    causes="a system that it calls is unavailable, so that messages wait for it; a producer that sends in a loop or in "
    "bulk; a function that fails or is throttled.",
    first_step="see in the last card about a system that does not answer, or in `taly-async status`, whether it waits "
    "for one: then it goes on by itself. Else see which tenant sends so much (saved query `by tenant`).",
)

FAILING = Signal(
    slug="failing",
    title="{subject} fails often",
    meaning="A large share of the attempts of {subject} fails. They are retried; after the last attempt they are "
    "dead-lettered.",
    causes="a deploy in the last minutes; a service that it calls fails for some messages and works for others; data "
    "that it cannot process.",
    first_step="run the saved query `failures by fingerprint`. If a cause began with a deploy, roll the deploy back.",
)

SKIPPING = Signal(
    slug="skipping",
    title="{subject} skips often",
    meaning="A large share of {subject} is skipped: the CRM answers that there is nothing to do. They are not retried.",
    causes="the CRM does not find what exists, as after a failed migration; a producer that repeats itself; "
    "a company that unsubscribed or cancelled at once.",
    first_step="run the saved query `skipped`. If the CRM is wrong, fix it and replay the hour from the archive.",
)

ERRORS = Signal(
    slug="errors",
    title="The function of {subject} crashes",
    meaning="Invocations of the function of {subject} ended with an error. SQS delivers its messages again; they are "
    "dead-lettered if it crashes on them repeatedly.",
    causes="a deploy with an import error; too little memory or time; one message that crashes its process.",
    first_step="read the last lines of its log: an import error names the module, a timeout the request.",
)

LATE = Signal(
    slug="late",
    title="{subject} is late",
    meaning="Fewer than 95% of {subject} succeed within the objective: the promised time after their timestamp.",
    causes="retries against a failing service; a backlog; a producer that publishes late.",
    first_step="see on the dashboard whether its queue grows (backlog) or its attempts fail (retries).",
)

WAITING = frozenset({OLDEST, DEPTH, LATE})
"""Alarms that go on because messages wait: an outage of a called system, or a pause, explains it."""

REFUSED = Signal(
    slug="refused",
    title="The ingress refuses messages",
    meaning="Invalid messages, or messages of an unknown type, are in the ingress dead-letter queue, unchanged.",
    causes="a producer that violates the contract, or is newer than this deploy.",
    first_step="read the card: it says what is wrong. Inform the producer; `taly-async validate` shows it in full.",
)

UNROUTED = Signal(
    slug="unrouted",
    title="Events without a rule",
    meaning="Events of a type that is not in the catalogue were put on the bus. They are in the holding queue "
    "`unrouted`.",
    causes="a producer that is newer than this deploy; a misspelt detail-type.",
    first_step="read one: `source` names the producer. Deploy its type and redrive `unrouted`, or tell the producer.",
)

UNDELIVERABLE = Signal(
    slug="undeliverable",
    title="EventBridge could not deliver",
    meaning="EventBridge could not deliver events to a queue. They are in the holding queue `undeliverable`.",
    causes="a changed policy or encryption of a queue; a deleted queue.",
    first_step="read ERROR_CODE and ERROR_MESSAGE of one event; fix the policy, then redrive `undeliverable`.",
)

DEAD_SCHEDULES = Signal(
    slug="dead-schedules",
    title="Schedules that could not be delivered",
    meaning="EventBridge Scheduler could not send due messages: reminders or retries of payments. They "
    "are in the holding queue `dead-schedules`.",
    causes="a changed role of the schedules, or a changed policy of the ingress queue.",
    first_step="read ERROR_MESSAGE of one message; fix the role, then redrive `dead-schedules`.",
)

THROTTLES = Signal(
    slug="throttles",
    title="Functions are throttled",
    meaning="Lambda throttles invocations of this account in this region: messages wait, and are processed later.",
    causes="the account's concurrency is used up, by these functions or by others in the account.",
    first_step="see in the Lambda console which functions use it. Ask AWS for more, or lower a `max_concurrency`.",
)

TEXT_BUDGET = Signal(
    slug="text-budget",
    title="The month's budget for texts is nearly spent",
    meaning="Texts have cost 80% of the stage's `text_budget` this month, over the whole account. At the account's "
    "limit SNS accepts texts and sends none, without an error.",
    causes="more texts than planned; a limit that nobody raised from AWS's $1; a producer that sends in a loop.",
    first_step="read `MonthlySpendLimit` (`aws sns get-sms-attributes`). Request a higher limit, then raise "
    "`text_budget`.",
)

UNDELIVERED_TEXTS = Signal(
    slug="undelivered-texts",
    title="Texts do not arrive",
    meaning="In two of the last three hours SNS accepted the account's texts and did not deliver at least 20% of them.",
    causes="the SMS sandbox or the spending limit; a country that needs a registered sender; numbers that do not "
    "exist.",
    first_step="see whether the alarm `text-budget` is on. Else read the reasons in SNS's delivery status logs.",
)

BOUNCES = Signal(
    slug="bounces",
    title="Too many emails bounce",
    meaning="At least 5% of the account's emails bounce. From 5% SES may review the account, from 10% pause its "
    "sending.",
    causes="an import of old or invented addresses; a producer that never checks them.",
    first_step="see which tenant's emails bounce: the saved query `by tenant` counts `email.bounced`. Stop the "
    "producer that sends to these addresses.",
)

COMPLAINTS = Signal(
    slug="complaints",
    title="Too many emails are marked as spam",
    meaning="Recipients mark at least 0.1% of the account's emails as spam. From 0.1% SES may review the account, from "
    "0.5% pause its sending.",
    causes="emails that nobody asked for; one email that is sent again and again.",
    first_step="see whose emails: the saved query `by tenant` counts `email.complained`. `taly-async trace` with the "
    "id of one shows the email.",
)

HEARTBEAT = Signal(
    slug="heartbeat",
    title="No heartbeat",
    meaning="For five minutes no heartbeat has passed the whole way: schedule, ingress queue, bus, queue, function.",
    causes="an outage of one of them; a deploy that broke the ingress; a disabled schedule.",
    first_step="see on the dashboard which queues still move: the heartbeat stops at the first that does not.",
)

NOTIFIER_FAILS = Signal(
    slug="notifier-fails",
    title="The Slack notifier fails",
    meaning="The function that posts to Slack ends with an error. Alerts that it has not posted wait in their queue.",
    causes="a deploy; its secret or the alerts queue cannot be read.",
    first_step="read its log. Until it runs, alarms arrive by email only.",
)

NOTIFIER_SILENT = Signal(
    slug="notifier-silent",
    title="The Slack notifier does not run",
    meaning="The function that posts to Slack has not been started for five minutes.",
    causes="a disabled schedule, or a schedule without permission to start it.",
    first_step="check its schedule in EventBridge Scheduler. Until it runs, alarms arrive by email only.",
)

ALERT_NOT_PUBLISHED = Signal(
    slug="alert-not-published",
    title="Alerts wait for Slack",
    meaning="Alerts have waited for Slack for ten minutes. None is lost: they are posted once Slack accepts them.",
    causes="Slack is down; the incoming webhook was revoked, or the channel archived.",
    first_step="read the notifier's log: it has Slack's response. Meanwhile, inspect the dead-letter queues.",
)

KEEPER_FAILS = Signal(
    slug="keeper-fails",
    title="The dead-letter keeper fails",
    meaning="The function that renews old dead letters ends with an error. SQS deletes those that it does not renew "
    "within four days.",
    causes="a deploy; a changed policy of a queue; SQS or EventBridge refused a call.",
    first_step="read its log: each warning names a queue and AWS's error. The next day's run tries again.",
)

KEEPER_SILENT = Signal(
    slug="keeper-silent",
    title="The dead-letter keeper does not run",
    meaning="The function that renews old dead letters has not been started for two days. SQS deletes dead letters "
    "that are not renewed within four days.",
    causes="a disabled schedule, or a schedule without permission to start it.",
    first_step="check its schedule in EventBridge Scheduler, and start the function by hand.",
)

UNHEALTHY = Signal(
    slug="unhealthy",
    title="The asynchronous backbone is unhealthy",
    meaning="Messages were dead-lettered, except by customers' webhook endpoints, or a part that all messages pass is "
    "broken. Page on this alarm.",
    causes="see which of its alarms are on: each names its causes.",
    first_step="open the dashboard: its first row shows the alarms that are on.",
)

SIGNALS = (
    DEAD_LETTERS,
    UNDELIVERED_WEBHOOKS,
    OLDEST,
    DEPTH,
    FAILING,
    SKIPPING,
    ERRORS,
    LATE,
    REFUSED,
    UNROUTED,
    UNDELIVERABLE,
    DEAD_SCHEDULES,
    THROTTLES,
    TEXT_BUDGET,
    UNDELIVERED_TEXTS,
    BOUNCES,
    COMPLAINTS,
    HEARTBEAT,
    NOTIFIER_FAILS,
    NOTIFIER_SILENT,
    ALERT_NOT_PUBLISHED,
    KEEPER_FAILS,
    KEEPER_SILENT,
    UNHEALTHY,
)

BY_SLUG = {signal.slug: signal for signal in SIGNALS}


def dead_letter_signal(event_type: "EventType[Any]") -> Signal:
    """Return what a dead letter of a type signals: a receiver that is not ours is nobody's to repair here."""
    return UNDELIVERED_WEBHOOKS if event_type.delivery_delays else DEAD_LETTERS
