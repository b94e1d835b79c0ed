"""Requirements of a stage on its account, read from the synthesized templates."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Any

from ops.cost.templates import Sizes, Template, read_sizes, synthesized
from schemas.emails import EMAIL_SEND
from schemas.names import ACCOUNT, alarm_name
from schemas.signals import TEXT_BUDGET

_UNSET = frozenset({"unknown-account", "unknown-region"})
"""Placeholders of the CDK for an account or a region that the stage does not set."""

_BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
"""The parameter of an account that was bootstrapped without a qualifier (CDK guide, "Bootstrapping")."""


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """The templates of a stage and the manifest that names their account and region."""

    stage: str
    account: str | None
    """The account that cdk.json sets for the stage; None: that of the credentials."""

    region: str | None
    stacks: Mapping[str, Template]
    """Templates by the stack's name, in the order of deployment."""

    bootstrap_parameter: str
    bootstrap_version: int
    """The lowest version of the bootstrap stack that the templates can be deployed with."""

    @property
    def deploy(self) -> str:
        """The command that deploys the stage."""
        return f"cdk deploy --all --context stage={self.stage}"

    @property
    def restore(self) -> str:
        """The command that puts back what was changed outside a deploy, which `deploy` does not notice."""
        return f"{self.deploy} --revert-drift"

    @cached_property
    def sizes(self) -> Sizes:
        """Sizes of the functions."""
        return read_sizes(list(self.stacks.values()))

    @property
    def retains(self) -> bool:
        """Whether data outlives a deleted stack: such a stage is taken for one that serves customers."""
        return any(str(each.get("DeletionPolicy", "")).startswith("Retain") for each in self._resources())

    @property
    def functions(self) -> int:
        """Number of functions with a queue."""
        return len(self.sizes.concurrency)

    @property
    def concurrency(self) -> int:
        """Concurrent invocations that all functions together may have; one for a function without a queue."""
        others = len(list(self._of_type("AWS::Lambda::Function"))) - self.functions
        return sum(self.sizes.concurrency.values()) + others

    @property
    def least_concurrency(self) -> int:
        """The least that `concurrency` of a stage can be: two a mapping (Lambda API, ScalingConfig), one a function."""
        return self.concurrency - sum(self.sizes.concurrency.values()) + 2 * self.functions

    @property
    def mail_rate(self) -> float:
        """Emails a second that the stage declares; 0: it sends none."""
        return self.sizes.rates.get(EMAIL_SEND.folder, 0.0)

    @cached_property
    def mail_sender(self) -> str:
        """The address that mail is sent from; empty if the stage sends none."""
        return parseaddr(self._variable("MAIL_SENDER"))[1]

    @property
    def origination_number(self) -> str:
        """The number that texts are sent from; empty if AWS chooses one."""
        return self._variable("SMS_ORIGINATION_NUMBER")

    def _variable(self, name: str) -> str:
        """An environment variable of the functions that have it; empty if none has."""
        variables = (
            each.get("Environment", {}).get("Variables", {}) for each in self._of_type("AWS::Lambda::Function")
        )
        return next((str(each[name]) for each in variables if name in each), "")

    @property
    def text_alarm(self) -> float:
        """Dollars a month for texts at which the alarm on their budget goes off; 0: the stage has no such alarm."""
        name = alarm_name(self.stage, ACCOUNT, TEXT_BUDGET.slug)
        alarms = self._of_type("AWS::CloudWatch::Alarm")
        return next((float(each["Threshold"]) for each in alarms if each.get("AlarmName") == name), 0.0)

    @property
    def mailed_topics(self) -> dict[str, list[str]]:
        """The addresses that topics mail to, by the topic's name."""
        found: dict[str, list[str]] = {}
        for template in self.stacks.values():
            resources = template["Resources"]
            for each in resources.values():
                if each["Type"] == "AWS::SNS::Subscription" and each["Properties"]["Protocol"] == "email":
                    topic = resources[each["Properties"]["TopicArn"]["Ref"]]["Properties"]["TopicName"]
                    found.setdefault(topic, []).append(each["Properties"]["Endpoint"])
        return found

    @property
    def rules(self) -> int:
        """Rules on the stage's bus, without the one on the account's default bus, which names no bus."""
        return sum("EventBusName" in each for each in self._of_type("AWS::Events::Rule"))

    @property
    def longest_pattern(self) -> int:
        """Characters of the longest pattern of a rule."""
        patterns = (each.get("EventPattern", {}) for each in self._of_type("AWS::Events::Rule"))
        return max((len(json.dumps(each, separators=(",", ":"))) for each in patterns), default=0)

    @property
    def queries(self) -> list[Mapping[str, Any]]:
        """The properties of the saved queries of Logs Insights."""
        return list(self._of_type("AWS::Logs::QueryDefinition"))

    def _of_type(self, type_name: str) -> Iterator[Mapping[str, Any]]:
        return (each.get("Properties", {}) for each in self._resources() if each["Type"] == type_name)

    def _resources(self) -> Iterator[Mapping[str, Any]]:
        for template in self.stacks.values():
            yield from template["Resources"].values()


def assembly(stage: str) -> Assembly:
    """Synthesize a stage and read its assembly.

    Raises:
        OperatorError: `cdk` failed; the error quotes its output.
    """
    return read_assembly(stage, synthesized(stage))


def read_assembly(stage: str, folder: Path) -> Assembly:
    """Read the assembly that `cdk synth` wrote into a folder."""
    artifacts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    found = {name: each for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"}
    properties = [each["properties"] for each in found.values()]
    account, region = _environment([each["environment"] for each in found.values()])
    return Assembly(
        stage=stage,
        account=account,
        region=region,
        stacks={
            each["properties"].get("stackName", name): json.loads(
                (folder / each["properties"]["templateFile"]).read_text(encoding="utf-8")
            )
            for name, each in found.items()
        },
        bootstrap_parameter=next(each.get("bootstrapStackVersionSsmParameter", _BOOTSTRAP) for each in properties),
        bootstrap_version=max(
            role.get("requiresBootstrapStackVersion", 0)
            for each in properties
            for role in (each, each.get("lookupRole", {}))
        ),
    )


def _environment(environments: Sequence[str]) -> tuple[str | None, str | None]:
    """Account and region of `aws://account/region`; None where the stage sets none."""
    account, region = environments[0].removeprefix("aws://").split("/", 1)
    return (None if account in _UNSET else account), (None if region in _UNSET else region)
