"""Runs in the emulator's Python: reads questions as JSON, writes verdicts as JSON."""

import json
import sys
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate, evaluate_resource_policy, parse_policy_document


def _verdict(question: dict[str, Any]) -> str:
    context = EvalContext(
        principal_arn=question["principal"],
        principal_type="AssumedRole",
        principal_account=question["principal"].split(":")[4],
        action=question["action"],
        resource_arn=question["resource"],
        region="eu-central-1",
        source_ip="203.0.113.7",
        secure_transport=question["is_secure"],
        service_context=question["context"],
    )
    policy = {"Version": "2012-10-17", "Statement": question["statements"]}
    if question["is_resource_policy"]:
        return str(evaluate_resource_policy(policy, context).decision)
    return str(evaluate(context, [parse_policy_document(policy)]).decision)


json.dump([_verdict(question) for question in json.load(sys.stdin)], sys.stdout)
