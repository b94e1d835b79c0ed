"""Runs in the emulator's Python: reads policy checks as JSON, writes verdicts as JSON."""

import json
import sys
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate, evaluate_resource_policy, parse_policy_document


def _verdict(check: dict[str, Any]) -> str:
    context = EvalContext(
        principal_arn=check["principal"],
        principal_type="Service" if check["service"] else "AssumedRole",
        principal_account="" if check["service"] else check["principal"].split(":")[4],
        action=check["action"],
        resource_arn=check["resource"],
        region="eu-central-1",
        source_ip="203.0.113.7",
        secure_transport=check["is_secure"],
        service_context=check["context"],
    )
    policy = {"Version": "2012-10-17", "Statement": check["statements"]}
    if check["is_resource_policy"]:
        return str(evaluate_resource_policy(policy, context, service=check["service"] or None).decision)
    return str(evaluate(context, [parse_policy_document(policy)]).decision)


json.dump([_verdict(check) for check in json.load(sys.stdin)], sys.stdout)
