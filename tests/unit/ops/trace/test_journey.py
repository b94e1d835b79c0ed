"""Trees from lines: whatever the lines and their order, each is told once."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ops.stage.log_lines import LogLine, Scheduled
from ops.trace.journey import MessageState, began, journeys
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
        follow_ups=st.lists(st.sampled_from([*IDS, "unborn"]), max_size=2).map(tuple),
        scheduled=st.lists(
            st.builds(Scheduled, st.sampled_from("kl"), st.sampled_from([*IDS, "later"])), max_size=2
        ).map(tuple),
        unscheduled=st.lists(st.sampled_from("kl"), max_size=1).map(tuple),
    ),
    max_size=12,
)


@given(LINES)
def test_every_line_is_told_exactly_once_and_every_message_too(lines: list[LogLine]) -> None:
    nodes = [node for root in journeys(lines) for _, node in root.walk()]

    told = [each for node in nodes for each in node.lines]
    named = {each.id for each in lines} | {
        other for each in lines for other in (*each.follow_ups, *(scheduled.id for scheduled in each.scheduled))
    }
    assert sorted(map(repr, told)) == sorted(map(repr, set(lines)))
    assert len({node.id for node in nodes}) == len(nodes)
    assert named <= {node.id for node in nodes}


@given(LINES, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_their_duplicates_make_no_difference(lines: list[LogLine], random: Any) -> None:
    shuffled = lines + lines[: len(lines) // 2]
    random.shuffle(shuffled)

    assert journeys(shuffled) == journeys(lines)


@given(st.lists(st.sampled_from(IDS), min_size=6, max_size=6))
def test_circles_of_causes_are_cut_where_they_were_seen_first(causes: list[str]) -> None:
    lines = [line(at, id=an_id, causation_id=cause) for at, (an_id, cause) in enumerate(zip(IDS, causes, strict=True))]

    roots = journeys(lines)

    cause_of = dict(zip(IDS, causes, strict=True))
    assert sorted(node.id for root in roots for _, node in root.walk()) == IDS
    for root in roots:
        circle = [root.id]
        while cause_of[circle[-1]] != root.id:
            circle.append(cause_of[circle[-1]])
        assert root.id == min(circle)


def test_causes_may_go_deep() -> None:
    lines = [line(at, id=str(at), causation_id=str(at - 1) if at else "") for at in range(5_000)]

    (root,) = journeys(lines)

    assert [depth for depth, _ in root.walk()] == list(range(5_000))


def test_children_stand_in_the_order_in_which_they_were_seen_and_the_others_last() -> None:
    (root,) = journeys(
        [
            line(0, id="a", follow_ups=("unborn", "late", "early")),
            line(2, id="late", causation_id="a"),
            line(1, id="early", causation_id="a"),
        ]
    )

    assert [child.id for child in root.children] == ["early", "late", "unborn"]


def test_what_its_cause_announced_hangs_there_even_if_it_does_not_say_so() -> None:
    (root,) = journeys([line(0, id="a", follow_ups=("b",)), line(1, id="b")])

    assert [child.id for child in root.children] == ["b"]


def test_siblings_of_an_unseen_cause_are_kept_together() -> None:
    (root,) = journeys([line(1, id="b", causation_id="a"), line(2, id="c", causation_id="a")])

    assert (root.id, root.standing, root.hops) == ("a", MessageState.UNSEEN, ())
    assert [child.id for child in root.children] == ["b", "c"]


def test_the_ingress_comes_first_though_the_function_was_quicker_to_say_so() -> None:
    (root,) = journeys(
        [line(0, id="a", service="email.send"), line(0.2, Outcome.ROUTED, id="a", service=QUEUE_PROCESSOR)]
    )

    assert [hop.last.what for hop in root.hops] == [Outcome.ROUTED, Outcome.SUCCEEDED]
    assert began([root]) == NOON


def test_a_message_that_came_by_the_ingress_later_again_was_not_routed_first() -> None:
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


def test_what_is_scheduled_is_shown_under_its_key() -> None:
    (root,) = journeys([line(0, id="a", scheduled=(Scheduled("reminder/1/24h", "b"),))])

    (child,) = root.children
    assert (child.id, child.standing, child.key) == ("b", MessageState.SCHEDULED, "reminder/1/24h")


def test_a_schedule_that_was_called_off_or_replaced_is_not_waited_for() -> None:
    lines = [
        line(0, id="a", scheduled=(Scheduled("k", "first"), Scheduled("l", "other"))),
        line(1, id="b", causation_id="a", scheduled=(Scheduled("k", "second"),)),
        line(2, id="c", causation_id="a", unscheduled=("l",)),
    ]

    (root,) = journeys(lines)

    standings = {node.id: node.standing for _, node in root.walk() if not node.hops}
    assert standings == {
        "first": MessageState.CANCELLED,
        "other": MessageState.CANCELLED,
        "second": MessageState.SCHEDULED,
    }


def test_a_schedule_that_was_set_again_by_the_same_message_stands() -> None:
    setting = (Scheduled("k", "b"),)

    (root,) = journeys([line(0, id="a", scheduled=setting), line(1, id="a", scheduled=setting)])

    assert [child.standing for child in root.children] == [MessageState.SCHEDULED]


def test_a_body_without_an_id_is_known_by_what_sqs_calls_it() -> None:
    (root,) = journeys([line(0, Outcome.DEAD_LETTERED, sqs_message_id="sqs-1", service=QUEUE_PROCESSOR)])

    assert root.id == "sqs-1"
    assert root.has("sqs-1")
    assert not root.has("sqs-2")
