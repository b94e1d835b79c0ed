"""Conditions on what may be put on a bus (Service Authorization Reference, "Condition keys for Amazon EventBridge").

One call puts up to ten events. The operators hold for each of them, whether AWS looks at one after the other or at all
at once. They would let pass what has no source or type, but that PutEvents itself refuses.
"""

from collections.abc import Iterable

Conditions = dict[str, dict[str, object]]


def by(*, sources: Iterable[str], types: Iterable[str] = (), but_types: Iterable[str] = ()) -> Conditions:
    """Every event must say that it comes from one of these sources; and be of one of these types, and none of those."""
    wanted: dict[str, object] = {"events:source": sorted(sources)}
    if types := sorted(types):
        wanted["events:detail-type"] = types
    conditions: Conditions = {"ForAllValues:StringEquals": wanted}
    if unwanted := sorted(but_types):
        conditions["ForAllValues:StringNotEquals"] = {"events:detail-type": unwanted}
    return conditions
