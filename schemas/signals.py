"""What people are alarmed about: what each alarm means, what it is likely to come from, and what to do first.

One vocabulary for the alarms' descriptions, the cards in Slack and the sections of `docs/runbook.md`.
"""

from dataclasses import dataclass

LONGEST_DESCRIPTION = 1_024
"""Characters (CloudWatch, PutMetricAlarm: AlarmDescription)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """One thing to be alarmed about, of whatever subject: a type, the ingress's function, or the system."""

    slug: str
    """Names it in alarms' names, and its section of the runbook."""

    title: str
    """`{subject}` stands for the subject, here and below."""

    meaning: str
    causes: str
    first_step: str

    def headline(self, subject: str) -> str:
        """What is the matter, in a few words."""
        return self.title.format(subject=subject)

    def description(self, subject: str, runbook_url: str) -> str:
        """The alarm's description: four lines, the last of them the link to the runbook's section."""
        lines = (self.meaning, f"Likely: {self.causes}", f"First: {self.first_step}")
        return "\n".join([*(line.format(subject=subject) for line in lines), f"{runbook_url}#{self.slug}"])


DEAD_LETTERS = Signal(
    slug="dead-letters",
    title="Dead letters of {subject}",
    meaning="Messages of {subject} were given up. They lie in its dead-letter queue, and nothing becomes of them by "
    "itself.",
    causes="the service that its function calls refuses or is down; a bug; a message that its sender must mend.",
    first_step="read the cards of the last minutes, one for each cause. Mend the cause, then redrive.",
)

OLDEST = Signal(
    slug="oldest",
    title="{subject} waits too long",
    meaning="The oldest message in the queue of {subject} waits longer than it should: customers notice.",
    causes="a burst that is larger than its function's concurrency; a slow service behind it; throttles.",
    first_step="see on the dashboard whether its queue grows or shrinks. If it shrinks, wait; else see what is slow.",
)

DEPTH = Signal(
    slug="depth",
    title="The queue of {subject} overflows",
    meaning="More messages wait in the queue of {subject} than its function works off in reasonable time.",
    causes="a producer that sends in a loop or a bulk; a function that fails or is throttled.",
    first_step="see by tenant who sends so much (saved query `by tenant`), and whether the function's failures rise.",
)

FAILING = Signal(
    slug="failing",
    title="{subject} fails often",
    meaning="A large share of the attempts of {subject} fails. They are tried again, and dead-lettered in the end.",
    causes="the service behind it is down or refuses; a deploy in the last minutes.",
    first_step="see the saved query `failures by fingerprint`. If one began with a deploy, roll that back.",
)

ERRORS = Signal(
    slug="errors",
    title="The function of {subject} dies",
    meaning="Lambda could not run the function of {subject} to its end. Its messages come back, and are dead-lettered "
    "if it dies of them again.",
    causes="a deploy that cannot be imported; too little memory or time; one message that kills its process.",
    first_step="read the last lines of its log: an import error names the module, a timeout the request.",
)

LATE = Signal(
    slug="late",
    title="{subject} comes late",
    meaning="Of {subject}, fewer than 95 of 100 are done as soon after their time as was promised.",
    causes="retries against a failing service; a backlog; a producer that publishes late.",
    first_step="see on the dashboard whether its queue waits (backlog) or its attempts fail (retries).",
)

REFUSED = Signal(
    slug="refused",
    title="The ingress refuses messages",
    meaning="Messages that are none, or of no known type, lie in the ingress dead-letter queue, unchanged.",
    causes="a producer that does not keep the contract, or is newer than this deploy.",
    first_step="read the card: it says what is wrong. Tell the sender; `python -m ops validate` shows it all.",
)

UNROUTED = Signal(
    slug="unrouted",
    title="Events without a rule",
    meaning="Events of a type that the catalogue lacks were put on the bus. They lie in the queue `unrouted`.",
    causes="a producer that is newer than this deploy; a misspelt detail-type.",
    first_step="read one: its type says whose it is. Deploy it, then redrive `unrouted`; or tell its sender.",
)

UNDELIVERABLE = Signal(
    slug="undeliverable",
    title="EventBridge could not deliver",
    meaning="EventBridge could not hand events to a queue. They lie in the queue `undeliverable`.",
    causes="a queue's policy or encryption that was changed; a queue that is gone.",
    first_step="read ERROR_CODE and ERROR_MESSAGE of one of them; mend the policy, then redrive `undeliverable`.",
)

DEAD_SCHEDULES = Signal(
    slug="dead-schedules",
    title="Schedules that could not be sent",
    meaning="EventBridge Scheduler could not send what was due, reminders or retries of payments. It lies in the "
    "schedules' dead-letter queue.",
    causes="the schedules' role or the ingress queue's policy was changed.",
    first_step="read ERROR_MESSAGE of one of them; mend the role, then redrive `dead-schedules`.",
)

THROTTLES = Signal(
    slug="throttles",
    title="Functions are throttled",
    meaning="Lambda refuses invocations of this account in this region: messages wait, and get through later.",
    causes="the account's concurrency is used up, by these functions or by others of the account.",
    first_step="see in the Lambda console who uses the concurrency; ask AWS for more, or lower a type's maximum.",
)

HEARTBEAT = Signal(
    slug="heartbeat",
    title="No heartbeat",
    meaning="For five minutes no sign of life has come the whole way: schedule, ingress queue, bus, queue, function.",
    causes="an outage of one of them; a deploy that broke the ingress; a schedule that was switched off.",
    first_step="see which of the queues on the dashboard still move: the first that does not is where it stops.",
)

NOTIFIER_FAILS = Signal(
    slug="notifier-fails",
    title="The Slack notifier fails",
    meaning="The function that posts to Slack ends with an error. What it could not post waits in the alerts queue.",
    causes="a deploy; its secret or its queue cannot be read.",
    first_step="read its log. Until it runs, alarms come by email alone.",
)

NOTIFIER_SILENT = Signal(
    slug="notifier-silent",
    title="The Slack notifier does not run",
    meaning="The function that posts to Slack has not been started for five minutes.",
    causes="its schedule was switched off, or may not start it.",
    first_step="see its schedule in EventBridge Scheduler. Until it runs, alarms come by email alone.",
)

UNTOLD = Signal(
    slug="untold",
    title="Alerts wait for Slack",
    meaning="Alerts have waited for ten minutes to be posted to Slack. None is lost: they are posted once Slack takes "
    "them.",
    causes="Slack is down; its incoming webhook was revoked or its channel archived.",
    first_step="read the notifier's log: it has Slack's answer. Look into the dead-letter queues meanwhile.",
)

UNHEALTHY = Signal(
    slug="unhealthy",
    title="The asynchronous backbone is unhealthy",
    meaning="Messages were given up, or something that all messages pass does not work. This is the one to page on.",
    causes="see which of its alarms are on: each says its own.",
    first_step="open the dashboard: the first row shows what is red.",
)

SIGNALS = (
    DEAD_LETTERS,
    OLDEST,
    DEPTH,
    FAILING,
    ERRORS,
    LATE,
    REFUSED,
    UNROUTED,
    UNDELIVERABLE,
    DEAD_SCHEDULES,
    THROTTLES,
    HEARTBEAT,
    NOTIFIER_FAILS,
    NOTIFIER_SILENT,
    UNTOLD,
    UNHEALTHY,
)

BY_SLUG = {signal.slug: signal for signal in SIGNALS}
