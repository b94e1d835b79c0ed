"""What the embedded emulator cannot create, in one list, so that no stack says "if local"."""

import aws_cdk as cdk
import jsii
from constructs import IConstruct

NOT_EMULATED = {
    "AWS::Chatbot::SlackChannelConfiguration": "there is no Slack on loopback",
    "AWS::CloudWatch::CompositeAlarm": "only plain alarms are created",
    "AWS::EventSchemas::Discoverer": "no schema registry",
    "AWS::EventSchemas::Registry": "no schema registry",
    "AWS::EventSchemas::Schema": "no schema registry",
    "AWS::Events::Archive": "archives are made by its API, not by its CloudFormation",
    "AWS::Logs::Delivery": "no vended log deliveries",
    "AWS::Logs::DeliveryDestination": "no vended log deliveries",
    "AWS::Logs::DeliverySource": "no vended log deliveries",
    "AWS::Logs::QueryDefinition": "saved queries are for people at a console",
    "AWS::Scheduler::Schedule": "<aws.scheduler.scheduled-time> is not filled in: each heartbeat would be refused",
}
"""CloudFormation types with the reason; what they would do is covered by the tests of the other stages' templates."""


@jsii.implements(cdk.IAspect)
class LeaveOutWhatIsNotEmulated:
    """Removes each resource of these types from the tree. None of them may be referred to by what stays."""

    def visit(self, node: IConstruct) -> None:
        """Take the node away, if it is of such a type."""
        if isinstance(node, cdk.CfnResource) and node.cfn_resource_type in NOT_EMULATED and node.node.scope:
            node.node.scope.node.try_remove_child(node.node.id)
