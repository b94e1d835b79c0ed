"""The table of causes of a stage: read by operators' tools, and written by them on condition that nobody else has."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage, NotDeployedError
from ops.stage.services import SERVICES, require_name
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from schemas.causes import Cause, cause_in, put_request, read_causes
from schemas.names import CAUSES, resource_name

KnownCauses = Mapping[tuple[str, str], Cause]
"""What the notifier knows about causes, by service and fingerprint."""

_PAGES = 100
"""Pages of a mebibyte that are read: far more causes than a stage has in 90 days, after which DynamoDB deletes them."""

_PREFIX = re.compile("[0-9a-f]{4,12}")
_SHOWN = 5

_NO_TABLE = "ResourceNotFoundException"
_OTHER_WAS_FIRST = "ConditionalCheckFailedException"


@dataclass(frozen=True)
class CauseTable:
    """The table of causes of a deployed stage."""

    stage: DeployedStage

    @property
    def name(self) -> str:
        """The table's name."""
        return resource_name(self.stage.name, CAUSES)

    def read(self) -> Sequence[Cause]:
        """Read all causes, as they are now.

        Raises:
            NotDeployedError: there is no such stage, or it has no such table yet.
            AwsError: AWS refuses or does not answer.
        """
        with aws_failures_as_sentences():
            try:
                found, _ = read_causes(self.stage.client("dynamodb").scan, self.name, pages=_PAGES)
            except ClientError as error:
                if error.response["Error"]["Code"] != _NO_TABLE:
                    raise
                self.stage.require()
                raise NotDeployedError(f"table {self.name} is not deployed yet: deploy this version first") from None
        return found

    def find(self, fingerprint: str, services: Collection[str] = ()) -> Sequence[Cause]:
        """Read the causes with a fingerprint, one of each service that has it.

        Args:
            fingerprint: its first four characters or more, as they were typed.
            services: only causes of these; empty for all.

        Raises:
            OperatorError: the text is no fingerprint, or none or several causes begin so, or AWS refuses.
        """
        prefix = fingerprint.strip().lower()
        if not _PREFIX.fullmatch(prefix):
            raise OperatorError(
                f"{printable(fingerprint)!r} is no cause: give the 12 hexadecimal digits that the card and "
                "`taly-async causes` show, or the first four or more of them"
            )
        found = [each for each in self.read() if each.fingerprint.startswith(prefix)]
        distinct = sorted({each.fingerprint for each in found})
        if len(distinct) > 1:
            others = f" and {len(distinct) - _SHOWN:,} more" if len(distinct) > _SHOWN else ""
            raise OperatorError(
                f"{prefix} is the beginning of {len(distinct):,} causes: {', '.join(distinct[:_SHOWN])}{others}. "
                "Give more digits"
            )
        chosen = [each for each in found if not services or each.service in services]
        if found and not chosen:
            raise OperatorError(
                f"cause {distinct[0]} is one of {', '.join(sorted(each.service for each in found))}, and of no type "
                "that you gave: leave --type out"
            )
        if not chosen:
            raise OperatorError(
                f"stage {self.stage.name} knows no cause {prefix}: `taly-async causes --all` lists those of the last "
                "90 days; the notifier adds a new one within a minute"
            )
        return chosen

    def replace(self, cause: Cause) -> Cause | None:
        """Write a cause in place of the revision before it.

        Returns:
            The cause itself; or what somebody else has written meanwhile, and then nothing was replaced. None if the
            item is gone.

        Raises:
            AwsError: AWS refuses or does not answer.
        """
        with aws_failures_as_sentences():
            try:
                self.stage.client("dynamodb").put_item(**put_request(cause, self.name))
            except ClientError as error:
                if error.response["Error"]["Code"] != _OTHER_WAS_FIRST:
                    raise
                response: Mapping[str, Any] = error.response  # botocore's type has no item
                return cause_in(response.get("Item") or {})
        return cause


def services_named(types: Sequence[str] | None) -> tuple[str, ...]:
    """Return the types that `--type` gave; empty for all.

    Raises:
        OperatorError: one of them has no function, so that no cause is known of it.
    """
    return tuple(require_name(each, SERVICES) for each in types or ())


def known_causes(stage: DeployedStage) -> KnownCauses:
    """Return the causes by service and fingerprint; none if the table cannot be read.

    It is for lists of dead letters, which say more with the causes, and are no worse without.
    """
    try:
        return {each.key: each for each in CauseTable(stage).read()}
    except OperatorError:
        return {}
