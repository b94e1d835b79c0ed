"""Trees from log lines: each line is in them once, whatever the order."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ops.stage.log_lines import LogLine, Scheduled
from ops.trace.announcements import MessageState
from ops.trace.journey import began, journeys
from ops.trace.tree import details, label
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import OperatorAction, Outcome
from tests.fakes.service import NOON

IDS = [*"abcdef"]


def line(seconds: float, what: Outcome | OperatorAction = Outcome.SUCCEEDED, **fields: Any) -> LogLine:
    return LogLine(at=NOON + timedelta(seconds=seconds), what=what, **fields)


LINES = st.lists(
    st.builds(
        LogLine,
        at=st.integers(0, 5).map(lambda seconds: NOON + timedelta(seconds=seconds)),
        what=st.sampled_from([*Outcome, *OperatorAction]),
        service=st.sampled_from([QUEUE_PROCESSOR, "email.send"]),
        id=st.sampled_from(IDS),
        causation_id=st.sampled_from(["", *IDS, "unseen"]),
        attempt=st.none() | st.integers(1, 3),
        destination=st.sampled_from(["", "crm", "ses"]),
        follow_ups=st.lists(st.sampled_from([*IDS, "announced"]), max_size=2).map(tuple),
        scheduled=st.lists(
            st.builds(Scheduled, st.sampled_from("kl"), st.sampled_from([*IDS, "later"])), max_size=2
        ).map(tuple),
        unscheduled=st.lists(st.sampled_from("kl"), max_size=1).map(tuple),
    ),
    max_size=12,
)


@given(LINES)
def test_every_line_and_every_message_appears_exactly_once(lines: list[LogLine]) -> None:
    nodes = [node for root in journeys(lines) for _, node in root.walk()]

    shown = [each for node in nodes for each in node.lines]
    named = {each.id for each in lines} | {
        other for each in lines for other in (*each.follow_ups, *(scheduled.id for scheduled in each.scheduled))
    }
    assert sorted(map(repr, shown)) == sorted(map(repr, set(lines)))
    assert len({node.id for node in nodes}) == len(nodes)
    assert named <= {node.id for node in nodes}


@given(LINES, st.randoms(use_true_random=False))
def test_order_and_duplicates_of_lines_make_no_difference(lines: list[LogLine], random: Any) -> None:
    shuffled = lines + lines[: len(lines) // 2]
    random.shuffle(shuffled)

    assert journeys(shuffled) == journeys(lines)


@given(st.lists(st.sampled_from(IDS), min_size=6, max_size=6))
def test_a_cycle_of_causes_is_cut_at_its_earliest_message(causes: list[str]) -> None:
    lines = [line(at, id=an_id, causation_id=cause) for at, (an_id, cause) in enumerate(zip(IDS, causes, strict=True))]

    roots = journeys(lines)

    cause_of = dict(zip(IDS, causes, strict=True))
    assert sorted(node.id for root in roots for _, node in root.walk()) == IDS
    for root in roots:
        cycle = [root.id]
        while cause_of[cycle[-1]] != root.id:
            cycle.append(cause_of[cycle[-1]])
        assert root.id == min(cycle)


def test_causes_may_go_deep() -> None:
    lines = [line(at, id=str(at), causation_id=str(at - 1) if at else "") for at in range(5_000)]

    (root,) = journeys(lines)

    assert [depth for depth, _ in root.walk()] == list(range(5_000))


def test_children_are_ordered_by_first_line_and_unseen_ones_last() -> None:
    (root,) = journeys(
        [
            line(0, id="a", follow_ups=("announced", "late", "early")),
            line(2, id="late", causation_id="a"),
            line(1, id="early", causation_id="a"),
        ]
    )

    assert [child.id for child in root.children] == ["early", "late", "announced"]


def test_an_announced_message_is_below_its_announcer() -> None:
    (root,) = journeys([line(0, id="a", follow_ups=("b",)), line(1, id="b")])

    assert [child.id for child in root.children] == ["b"]


def test_siblings_of_an_unseen_cause_share_its_node() -> None:
    (root,) = journeys([line(1, id="b", causation_id="a"), line(2, id="c", causation_id="a")])

    assert (root.id, root.state, root.hops) == ("a", MessageState.UNSEEN, ())
    assert [child.id for child in root.children] == ["b", "c"]


def test_the_ingress_comes_first_though_its_line_is_later() -> None:
    (root,) = journeys(
        [line(0, id="a", service="email.send"), line(0.2, Outcome.ROUTED, id="a", service=QUEUE_PROCESSOR)]
    )

    assert [hop.last.what for hop in root.hops] == [Outcome.ROUTED, Outcome.SUCCEEDED]
    assert began([root]) == NOON


def test_a_routing_long_after_the_first_line_is_not_moved() -> None:
    (root,) = journeys(
        [line(0, id="a", service="email.send"), line(9, Outcome.ROUTED, id="a", service=QUEUE_PROCESSOR)]
    )

    assert [hop.last.what for hop in root.hops] == [Outcome.SUCCEEDED, Outcome.ROUTED]


def test_deferrals_in_a_row_are_one_hop() -> None:
    deferred = [line(at, Outcome.DEFERRED, id="a", service="email.send", attempt=1, delay=900) for at in range(3)]

    (root,) = journeys([*deferred, line(3, Outcome.RETRYING, id="a"), line(4, Outcome.DEFERRED, id="a", service="x")])

    assert [(hop.last.what, len(hop.lines)) for hop in root.hops] == [
        (Outcome.DEFERRED, 3),
        (Outcome.RETRYING, 1),
        (Outcome.DEFERRED, 1),
    ]


def deferred(seconds: float, error: str, destination: str = "crm", **fields: Any) -> LogLine:
    return line(
        seconds,
        Outcome.DEFERRED,
        **{"id": "a", "type": "x", "service": "x", "error": error, "destination": destination} | fields,
    )


def test_deferrals_for_one_system_are_one_hop_whatever_failed() -> None:
    (root,) = journeys(
        [deferred(0, "UnclearError"), deferred(1, "NotAskedError"), deferred(2, "UnavailableError", "ses")]
    )

    assert [(hop.last.destination, len(hop.lines)) for hop in root.hops] == [("crm", 2), ("ses", 1)]


def test_a_deferral_says_for_which_system_and_why() -> None:
    (root,) = journeys(
        [
            deferred(0, "UnclearError", detail="the CRM answered 503", delay=1),
            deferred(1, "NotAskedError", detail="it was not asked", delay=60),
        ]
    )

    (hop,) = root.hops
    shown = " · ".join(part for part, _ in details(hop, root))
    assert shown == "waits for the CRM · UnclearError: the CRM answered 503 · again in 1 m 00 s"
    assert label(hop) == "deferred x2"


def test_a_message_that_was_never_asked_for_says_so() -> None:
    (root,) = journeys([deferred(0, "NotAskedError", detail="it was not asked")])

    assert ("NotAskedError: it was not asked", "") in details(root.hops[0], root)


def test_an_unknown_system_is_shown_by_its_name() -> None:
    (root,) = journeys([deferred(0, "E", "fax\x1b"), line(1, Outcome.RETRYING, id="a", destination="crm")])

    assert ("waits for fax\\x1b", "yellow") in details(root.hops[0], root)
    assert not any("waits for" in part for part, _ in details(root.hops[1], root))


def test_a_scheduled_message_has_its_key() -> None:
    (root,) = journeys([line(0, id="a", scheduled=(Scheduled("reminder/1/24h", "b"),))])

    (child,) = root.children
    assert (child.id, child.state, child.key) == ("b", MessageState.SCHEDULED, "reminder/1/24h")


def test_a_cancelled_or_replaced_schedule_is_not_pending() -> None:
    lines = [
        line(0, id="a", scheduled=(Scheduled("k", "first"), Scheduled("l", "other"))),
        line(1, id="b", causation_id="a", scheduled=(Scheduled("k", "second"),)),
        line(2, id="c", causation_id="a", unscheduled=("l",)),
    ]

    (root,) = journeys(lines)

    states = {node.id: node.state for _, node in root.walk() if not node.hops}
    assert states == {
        "first": MessageState.CANCELLED,
        "other": MessageState.CANCELLED,
        "second": MessageState.SCHEDULED,
    }


def test_a_schedule_set_again_by_the_same_message_is_pending() -> None:
    setting = (Scheduled("k", "b"),)

    (root,) = journeys([line(0, id="a", scheduled=setting), line(1, id="a", scheduled=setting)])

    assert [child.state for child in root.children] == [MessageState.SCHEDULED]


def test_a_message_without_an_id_uses_its_sqs_message_id() -> None:
    (root,) = journeys([line(0, Outcome.DEAD_LETTERED, sqs_message_id="sqs-1", service=QUEUE_PROCESSOR)])

    assert root.id == "sqs-1"
    assert root.has("sqs-1")
    assert not root.has("sqs-2")


BOOKED: dict[str, Any] = {"id": "outbox-1", "type": "booking.created", "service": "booking.created"}
"""A booking's line; the tenant is to be added."""


def test_messages_of_two_tenants_with_one_id_are_trees_of_their_own() -> None:
    mail: dict[str, Any] = {"causation_id": "outbox-1", "type": "email.send", "service": "email.send"}

    roots = journeys(
        [
            line(0, **BOOKED, company_id="a", follow_ups=("mail-a",)),
            line(1, **BOOKED, company_id="b", follow_ups=("mail-b",)),
            line(2, id="mail-b", company_id="b", **mail),
            line(3, id="mail-a", company_id="a", **mail),
        ]
    )

    assert [(root.id, root.company_id, [child.id for child in root.children]) for root in roots] == [
        ("outbox-1", "a", ["mail-a"]),
        ("outbox-1", "b", ["mail-b"]),
    ]


def test_messages_of_two_types_with_one_id_are_trees_of_their_own() -> None:
    invited: dict[str, Any] = {"id": "outbox-1", "type": "user.invited", "service": "user.invited"}

    roots = journeys([line(0, **BOOKED, company_id="a"), line(1, **invited, company_id="a")])

    assert [(root.id, root.type) for root in roots] == [("outbox-1", "booking.created"), ("outbox-1", "user.invited")]


def test_a_follow_up_without_an_announcement_is_below_its_tenants_message() -> None:
    roots = journeys(
        [
            line(0, **BOOKED, company_id="a"),
            line(1, **BOOKED, company_id="b"),
            line(2, id="mail", type="email.send", company_id="b", causation_id="outbox-1"),
        ]
    )

    assert [[child.id for child in root.children] for root in roots] == [[], ["mail"]]


def test_an_operators_action_is_at_its_tenants_message() -> None:
    action: dict[str, Any] = {"id": "outbox-1", "company_id": "b"}

    roots = journeys(
        [
            line(0, Outcome.DEAD_LETTERED, **BOOKED, company_id="a"),
            line(1, Outcome.DEAD_LETTERED, **BOOKED, company_id="b"),
            line(2, OperatorAction.REDRIVEN, **action, service="booking.created"),
            line(3, OperatorAction.DISCARDED, **action, service=QUEUE_PROCESSOR),
        ]
    )

    assert [[hop.last.what for hop in root.hops] for root in roots] == [
        [Outcome.DEAD_LETTERED],
        [Outcome.DEAD_LETTERED, OperatorAction.REDRIVEN, OperatorAction.DISCARDED],
    ]


def test_an_operators_action_on_an_id_is_shown_once() -> None:
    roots = journeys(
        [
            line(0, Outcome.DEAD_LETTERED, **BOOKED, company_id="a"),
            line(1, **BOOKED, company_id="b"),
            line(2, OperatorAction.REDRIVEN, id="outbox-1"),
        ]
    )

    assert [[hop.last.what for hop in root.hops] for root in roots] == [
        [Outcome.DEAD_LETTERED, OperatorAction.REDRIVEN],
        [Outcome.SUCCEEDED],
    ]
