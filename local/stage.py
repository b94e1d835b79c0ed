"""The context manager that starts the whole system on this machine and stops all of it."""

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
from local.standins.ses.server import SesStandIn, ses_stand_in
from local.standins.slack.server import SlackStandIn, slack_stand_in
from local.standins.webhooks.server import WebhookReceiver, webhook_receiver
from ops.stage.endpoint import Endpoint
from ops.stage.log_groups import LogGroups
from ops.terminal.errors import OperatorError
from schemas.crm import WebhookEndpoint

Steps = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class LocalStage:
    """The deployed system with its emulator and stand-ins."""

    emulator: Emulator
    crm: CrmStandIn
    receiver: WebhookReceiver
    slack: SlackStandIn
    ses: SesStandIn
    deployed: Deployed
    folder: RunFolder
    scheduled_tasks: ScheduledTasks
    """The tasks of each simulated minute; the clock passes on `tick`, or by itself after `start`."""

    faults: FaultProxy | None = None
    """The proxy between the functions and AWS; None if they are connected directly."""

    @property
    def endpoint(self) -> Endpoint:
        """The address of AWS."""
        return self.emulator.endpoint

    @property
    def clock(self) -> SimulatedClock:
        """The clock that runs the scheduled tasks."""
        return self.scheduled_tasks.clock

    def prepare(self, facts: Facts) -> None:
        """Give the stand-ins the data that they need before a message arrives."""
        for subscriber in facts.subscribers:
            self.receiver.state.add_endpoint(subscriber)
            url = self.receiver.url(subscriber.endpoint_id)
            endpoint = WebhookEndpoint(id=subscriber.endpoint_id, url=url, secrets=subscriber.secrets)
            self.crm.state.subscriptions.subscribe(subscriber.company_id, subscriber.event, [endpoint])
        self.crm.state.add(facts)


def _silently(_what: str) -> AbstractContextManager[None]:
    return nullcontext()


@contextmanager
def local_stage(
    label: str,
    step: Steps = _silently,
    *,
    faults: bool = False,
    enforcement: Enforcement | None = None,
) -> Iterator[LocalStage]:
    """Start the emulator and the stand-ins, deploy, run the block, and stop everything, however the block ends.

    Args:
        label: part of the name of the run's folder.
        step: wraps each step with its title.
        faults: whether the functions reach AWS through a proxy that can inject faults.
        enforcement: lets the emulator enforce policies; without it, everything is allowed.

    Raises:
        LocalStageError: a part did not start, the emulator ended early, or the Slack notifier failed.
    """
    with ExitStack() as parts:
        folder = parts.enter_context(run_folder(label))
        crm = parts.enter_context(crm_stand_in(folder.log("crm")))
        receiver = parts.enter_context(webhook_receiver(folder.log("webhooks")))
        slack = parts.enter_context(slack_stand_in(folder.log("slack")))
        ses = parts.enter_context(ses_stand_in(folder.log("ses")))
        synthesized = parts.enter_context(synthesis(folder, crm_base_url=crm.base_url))
        with step("Start the AWS emulator"):
            proxy_url = f"http://{HOST}:{free_port()}" if faults else ""
            endpoints = {"AWS_ENDPOINT_URL_SESV2": ses.base_url} | ({"AWS_ENDPOINT_URL": proxy_url} if faults else {})
            running = parts.enter_context(emulator(folder, functions_endpoints=endpoints, enforcement=enforcement))
            proxy = parts.enter_context(fault_proxy(folder, proxy_url, running.endpoint.url)) if faults else None
            parts.enter_context(ses.before(running, proxy_url))
        with _emulator_exit_first(running):
            with step("Bootstrap the emulator as an AWS account"):
                bootstrap(folder, running.endpoint)
            with step("Synthesize the stacks and build the layers"):
                synthesized.succeed()
            with step("Deploy the stacks"):
                deployed = deploy(folder, running.endpoint)
            _add_secrets_and_sender(running.endpoint, deployed, crm, slack)
            tasks = scheduled_tasks(running.endpoint, deployed)
            try:
                with tasks.clock.stopped_on_exit():
                    yield LocalStage(running, crm, receiver, slack, ses, deployed, folder, tasks, proxy)
            finally:
                if running.process.exit_code is None:
                    _keep_function_logs(deployed, folder.functions)


def _add_secrets_and_sender(endpoint: Endpoint, deployed: Deployed, crm: CrmStandIn, slack: SlackStandIn) -> None:
    """Add what a real stage gets by hand, once: the CRM token, a Slack webhook, a verified mail sender."""
    endpoint.secrets.put_secret_value(SecretId=deployed.slack_webhook_secret_arn, SecretString=slack.webhook_url)
    endpoint.secrets.put_secret_value(SecretId=deployed.crm_token_secret_arn, SecretString=crm.token)
    endpoint.ses.create_email_identity(EmailIdentity=MAIL_DOMAIN)


def _keep_function_logs(deployed: Deployed, folder: Path) -> None:
    """Write each function's log group to a file, since CloudWatch Logs ends with the emulator."""
    folder.mkdir(exist_ok=True)
    groups = deployed.log_groups
    begin = datetime.fromtimestamp(0, UTC)
    events = LogGroups(deployed.client("logs")).read_from(dict.fromkeys(groups.values(), begin), "")
    for name, group in groups.items():
        (folder / f"{name}.log").write_text(
            "".join(f"{event.text}\n" for event in events if event.group == group), encoding="utf-8"
        )


@contextmanager
def _emulator_exit_first(running: Emulator) -> Iterator[None]:
    """If AWS does not answer because the emulator has ended, raise that error instead."""
    try:
        yield
    except (BotoCoreError, URLError, ConnectionError, OperatorError):
        running.check_running()
        raise
