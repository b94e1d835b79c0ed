"""The one context manager that starts the whole system on this machine and stops all of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError

from botocore.exceptions import BotoCoreError

from local.clock.clock import ScheduledTasks, scheduled_tasks
from local.clock.simulated_clock import SimulatedClock
from local.emulator.deployment import MAIL_DOMAIN, Deployed, bootstrap, deploy, synthesis
from local.emulator.emulator import HOST, Emulator, Enforcement, emulator, free_port
from local.emulator.fault_proxy import FaultProxy, fault_proxy
from local.run_folder import RunFolder, run_folder
from local.standins.crm.server import CrmStandIn, crm_stand_in
from local.standins.crm.state import Facts
from local.standins.slack.server import SlackStandIn, slack_stand_in
from local.standins.webhooks.server import WebhookReceiver, webhook_receiver
from ops.stage.endpoint import Endpoint
from ops.stage.log_groups import LogGroups
from ops.terminal.errors import OperatorError
from schemas.crm import WebhookEndpoint

Steps = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class LocalStage:
    """The deployed system and what stands around it."""

    emulator: Emulator
    crm: CrmStandIn
    receiver: WebhookReceiver
    slack: SlackStandIn
    deployed: Deployed
    folder: RunFolder
    scheduled_tasks: ScheduledTasks
    """What happens each minute; the minutes pass by themselves where that was asked for."""

    faults: FaultProxy | None = None
    """What stands between its functions and AWS; None where they meet at once."""

    @property
    def endpoint(self) -> Endpoint:
        """Where AWS is."""
        return self.emulator.endpoint

    @property
    def minutes(self) -> SimulatedClock:
        """Those of its clock."""
        return self.scheduled_tasks.minutes

    def learn(self, facts: Facts) -> None:
        """Tell the stand-ins what they are to know before a message comes."""
        for subscriber in facts.subscribers:
            self.receiver.books.open(subscriber)
            url = self.receiver.address(subscriber.endpoint_id)
            endpoint = WebhookEndpoint(id=subscriber.endpoint_id, url=url, secrets=subscriber.secrets)
            self.crm.books.subscribe(subscriber.company_id, subscriber.event, [endpoint])
        self.crm.books.learn(facts)


def _silently(_what: str) -> AbstractContextManager[None]:
    return nullcontext()


@contextmanager
def local_stage(
    label: str,
    step: Steps = _silently,
    *,
    faults: bool = False,
    minutes: bool = False,
    enforcement: Enforcement | None = None,
) -> Iterator[LocalStage]:
    """Start the emulator and the stand-ins, deploy, run the block, stop everything, however the block ends.

    Args:
        label: names the run's folder.
        step: wraps each step with a sentence for the one who waits.
        faults: whether its functions reach AWS through a proxy that can be told to fail.
        minutes: whether minutes pass by themselves: heartbeats, alarms, Slack.
        enforcement: what makes its AWS enforce policies; none: everyone may do everything.

    Raises:
        LocalStageError: a part did not start, the emulator died meanwhile, or the Slack notifier failed.
    """
    with ExitStack() as parts:
        folder = parts.enter_context(run_folder(label))
        crm = parts.enter_context(crm_stand_in(folder.log("crm")))
        receiver = parts.enter_context(webhook_receiver(folder.log("webhooks")))
        slack = parts.enter_context(slack_stand_in(folder.log("slack")))
        synthesized = parts.enter_context(synthesis(folder, crm_base_url=crm.base_url))
        with step("Start the AWS emulator"):
            proxy = f"http://{HOST}:{free_port()}" if faults else ""
            running = parts.enter_context(emulator(folder, functions_endpoint=proxy, enforcement=enforcement))
            between = parts.enter_context(fault_proxy(folder, proxy, running.endpoint.url)) if faults else None
        with _blaming(running):
            with step("Bootstrap it, as an AWS account"):
                bootstrap(folder, running.endpoint)
            with step("Synthesize the stacks and build the layers"):
                synthesized.succeed()
            with step("Deploy the stacks"):
                deployed = deploy(folder, running.endpoint)
            _provide(running.endpoint, deployed, crm, slack)
            clock = scheduled_tasks(running.endpoint, deployed)
            try:
                with clock.minutes.ended():
                    if minutes:
                        clock.minutes.start()
                    yield LocalStage(running, crm, receiver, slack, deployed, folder, clock, between)
            finally:
                if running.process.exit_code is None:
                    _keep_function_logs(deployed, folder.functions)


def _provide(endpoint: Endpoint, deployed: Deployed, crm: CrmStandIn, slack: SlackStandIn) -> None:
    """What a real stage is given by hand, once: the CRM's token, a webhook of Slack's, a verified sender of mail."""
    endpoint.secrets.put_secret_value(SecretId=deployed.slack_webhook_secret_arn, SecretString=slack.webhook_url)
    endpoint.secrets.put_secret_value(SecretId=deployed.crm_token_secret_arn, SecretString=crm.token)
    endpoint.ses.create_email_identity(EmailIdentity=MAIL_DOMAIN)


def _keep_function_logs(deployed: Deployed, folder: Path) -> None:
    """Write each function's log group into a file: CloudWatch Logs ends with the emulator."""
    folder.mkdir(exist_ok=True)
    groups = deployed.log_groups
    begin = datetime.fromtimestamp(0, UTC)
    events = LogGroups(deployed.client("logs")).read_from(dict.fromkeys(groups.values(), begin), "")
    for name, group in groups.items():
        (folder / f"{name}.log").write_text("".join(f"{event.text}\n" for event in events if event.group == group))


@contextmanager
def _blaming(running: Emulator) -> Iterator[None]:
    """Where AWS does not answer because the emulator died, say that instead."""
    try:
        yield
    except (BotoCoreError, URLError, ConnectionError, OperatorError):
        running.must_live()
        raise
