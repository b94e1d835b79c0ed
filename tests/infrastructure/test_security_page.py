"""`docs/security.md` is up to date, answers its reader's questions, and its policy allows what it says."""

import json
import re

import pytest

from ops.terminal.tables import written_anew
from schemas.catalogue import SYSTEM_TYPES
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.synthesis import STAGES
from tests.security.evaluator import PolicyCheck, verdicts
from tests.security.page import PAGE, blocks

NAMED = re.compile(r"`tests/[\w/.-]+\.py(?:::\w+)?`")
QUESTIONS = (
    "Who can read a message",
    "Who can forge a message",
    "What leaks when it fails",
    "What happens on a stolen key",
    "How is a dependency replaced",
)


def test_the_generated_tables_of_security_md_are_up_to_date(stage_deployment: Synthesized) -> None:
    page = PAGE.read_text()

    generated = blocks({stage: stage_deployment(stage) for stage in STAGES})

    assert written_anew(page, generated, name=PAGE.name) == page, "run `python -m tests.security`"


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_reviewers_question_has_a_section_that_names_a_test(question: str) -> None:
    _, _, rest = PAGE.read_text().partition(f"\n## {question}\n")
    section = rest.partition("\n## ")[0]

    assert NAMED.search(section), "no test is named"


def test_the_documented_policy_allows_only_the_services_source() -> None:
    (policy,) = re.findall(r"```json\n(.+?)```", PAGE.read_text(), re.DOTALL)
    statement = {**json.loads(policy), "Resource": "arn:aws:events:eu-central-1:999999999999:event-bus/bus"}

    def question(source: str, name: str) -> PolicyCheck:
        return PolicyCheck(
            statements=[statement],
            principal="arn:aws:sts::999999999999:assumed-role/backend/session",
            action="events:PutEvents",
            resource=statement["Resource"],
            context={"events:source": [source], "events:detail-type": name},
        )

    assert verdicts(
        [
            question("taly.backend", "booking.created"),
            question("taly.crm", "booking.created"),
            *(question("taly.backend", name) for name in SYSTEM_TYPES),
        ]
    ) == ["Allow", *["ImplicitDeny"] * (1 + len(SYSTEM_TYPES))]
