"""CloudFormation in memory: the outputs of stacks."""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.service import FakeService, client_error


@dataclass(kw_only=True)
class FakeCloudFormation(FakeService):
    """Deployed stacks."""

    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    """Outputs by the stack's name."""

    def describe_stacks(self, **request: str) -> dict[str, Any]:
        with self.called("describe_stacks", request):
            if request["StackName"] not in self.outputs:
                raise client_error("ValidationError", "DescribeStacks")
            outputs = self.outputs[request["StackName"]].items()
            return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs]}]}
