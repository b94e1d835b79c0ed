"""The table of causes as one run of the notifier reads and writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.clients.aws import aws_exceptions
from lambdas.slack_notifier.notifier_log import NotifierLog
from schemas.causes import Cause, cause_in, put_request, read_causes

_PAGES = 20
"""Pages of a scan, each of a mebibyte. Causes beyond them get a card in each run."""


@dataclass(frozen=True, slots=True)
class LostWrite:
    """A write that another one forestalled."""

    current: Cause | None
    """The cause that is there; None where AWS did not return it."""


class TableAwayError(Exception):
    """The table did not answer, or its item is no cause."""


class CausesTable:
    """The table of causes. Once it has failed, it is asked nothing more: a run has no time for it."""

    def __init__(self, dynamodb: Any, name: str, log: NotifierLog) -> None:
        """Read and write one table with boto3's client."""
        self._dynamodb = dynamodb
        self._name = name
        self._log = log
        self._is_away = False

    def read(self) -> tuple[Mapping[tuple[str, str], Cause], bool]:
        """Return the causes by service and fingerprint, and whether these are all.

        Raises:
            TableAwayError: they could not be read.
        """
        try:
            causes, is_complete = read_causes(self._dynamodb.scan, self._name, pages=_PAGES)
        except aws_exceptions() as error:
            raise self._failure(error) from error
        return {cause.key: cause for cause in causes}, is_complete

    def write(self, cause: Cause) -> LostWrite | None:
        """Write a cause if nobody else has since it was read; otherwise return what is there.

        A write whose answer was lost and that boto3 sent again counts as done: the item is this one.

        Raises:
            TableAwayError: it could not be written.
        """
        if self._is_away:
            raise TableAwayError("the table of causes has not answered in this run")
        try:
            self._dynamodb.put_item(**put_request(cause, self._name))
        except aws_exceptions() as error:
            item = _item_in_the_way(error)
            if item is None:
                raise self._failure(error) from error
        else:
            return None
        current = cause_in(item)
        if item and current is None:
            raise TableAwayError(f"the item of {cause.fingerprint} is no cause")
        return None if current == cause_in(cause.item()) else LostWrite(current)

    def _failure(self, error: Exception) -> TableAwayError:
        self._is_away = True
        response = getattr(error, "response", {})
        code = str(response.get("Error", {}).get("Code") or type(error).__name__)
        self._log.warn("the table of causes did not answer, so each cause of this run gets a card", why=code)
        return TableAwayError(f"the table of causes answered {code}")


def _item_in_the_way(error: Exception) -> Mapping[str, Any] | None:
    """Return the item that did not meet a write's condition, empty where AWS left it out; None for another error."""
    response = getattr(error, "response", {})
    if response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
        return None
    item: Mapping[str, Any] = response.get("Item", {})
    return item
