"""Conditions on what may be put on a bus (Service Authorization Reference, "Condition keys for Amazon EventBridge")."""

from collections.abc import Iterable

Conditions = dict[str, dict[str, object]]


def as_source(source: str) -> Conditions:
    """All that is put must say that it comes from here.

    The operator is that of AWS's own example (EventBridge's guide, "Permissions for event buses", restricted to a
    source): it would also let pass what names no source, but that PutEvents itself refuses.
    """
    return {"ForAllValues:StringEquals": {"events:source": source}}


def of_types(names: Iterable[str]) -> Conditions:
    """It must be of one of these types."""
    return {"StringEquals": {"events:detail-type": sorted(names)}}


def of_other_types(names: Iterable[str]) -> Conditions:
    """It must be of none of these types."""
    return {"StringNotEquals": {"events:detail-type": sorted(names)}}
