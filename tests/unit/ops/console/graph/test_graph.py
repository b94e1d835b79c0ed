"""The graph of a journey is legible whatever the log lines say, and shows their text as text only."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lambdas.common.errors import RetryableError
from ops import console
from ops.console.graph.graph import MARK, SPACING, Graph, Lane, graph
from ops.console.graph.marks import KINDS, MarkKind
from ops.stage.log_lines import LogLine, Scheduled
from ops.terminal.output import printable
from ops.trace.journey import Hop, Node, journeys
from ops.trace.tree import MARKS, is_pending
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import OperatorAction, Outcome
from tests.fakes.service import NOON
from tests.messages import text
from tests.unit.ops.trace.test_journey_handlers import GENERATED, Chain, Mailbox

FOLDER = Path(console.__file__).parent
IDS = [*"abcdef"]
ADA = "arn:aws:sts::1:assumed-role/Admin/ada"
HOUR, DAY = 3_600, 86_400


def line(seconds: float, what: Outcome | OperatorAction = Outcome.SUCCEEDED, **fields: Any) -> LogLine:
    known = {"id": "a", "type": "email.send", "service": "email.send"} | fields
    return LogLine(at=NOON + timedelta(seconds=seconds), what=what, **known)


def lay_out(*lines: LogLine, searched_id: str = "", seconds: float = 10 * DAY) -> Graph:
    return graph(journeys(lines), searched_id=searched_id, now=NOON + timedelta(seconds=seconds))


def lane(of: Graph, an_id: str) -> Lane:
    (found,) = (each for each in of.lanes if each.id == an_id)
    return found


LINES = st.lists(
    st.builds(
        LogLine,
        at=st.one_of(st.integers(0, 9), st.sampled_from([30, 2_000, 60_000, DAY * 1_000])).map(
            lambda ms: NOON + timedelta(milliseconds=ms)
        ),
        what=st.sampled_from([*Outcome, *OperatorAction]),
        service=st.sampled_from([QUEUE_PROCESSOR, "email.send"]),
        id=st.sampled_from(IDS),
        type=st.sampled_from(["", "email.send", "email.bounced", "stripe.invoice.payment_failed" * 3]),
        causation_id=st.sampled_from(["", *IDS, "unseen"]),
        attempt=st.none() | st.integers(1, 3),
        delay=st.none() | st.integers(0, DAY),
        follow_ups=st.lists(st.sampled_from([*IDS, "never-seen"]), max_size=2).map(tuple),
        scheduled=st.lists(
            st.builds(Scheduled, st.sampled_from("kl"), st.sampled_from([*IDS, "later"])), max_size=2
        ).map(tuple),
        unscheduled=st.lists(st.sampled_from("kl"), max_size=1).map(tuple),
    ),
    min_size=1,
    max_size=20,
)
TREES = LINES.map(journeys)
TIMES = st.sampled_from([NOON, NOON + timedelta(seconds=30), NOON + timedelta(days=9)])


def nodes(roots: tuple[Node, ...]) -> list[Node]:
    return [node for root in roots for _, node in root.walk()]


def hops(roots: tuple[Node, ...], of: Graph) -> Iterator[tuple[Hop, int]]:
    """Hops with their marks' positions, except those whose line was written after a later hop's line."""
    for node, own in zip(nodes(roots), of.lanes, strict=True):
        for at, hop in enumerate(node.hops):
            if all(hop.first.at <= later.first.at for later in node.hops[at:]):
                yield hop, own.marks[at].x


@given(TREES, TIMES)
def test_every_message_has_a_lane_and_every_hop_a_mark(roots: tuple[Node, ...], now: Any) -> None:
    found = graph(roots, searched_id="a", now=now)

    for node, own in zip(nodes(roots), found.lanes, strict=True):
        expected = [(MARKS[hop.last.what][0], KINDS[hop.last.what], False) for hop in node.hops]
        assert own.id == node.id
        if node.hops:
            assert [(mark.symbol, mark.kind, mark.is_hollow) for mark in own.marks] == expected
        else:
            assert [mark.is_hollow for mark in own.marks] == [True]


@given(TREES, TIMES)
def test_later_hop_is_further_right_in_any_lane(roots: tuple[Node, ...], now: Any) -> None:
    in_time = sorted((hop.first.at, x) for hop, x in hops(roots, graph(roots, searched_id="a", now=now)))

    for (at, x), (later, further) in pairwise(in_time):
        assert x < further or (at == later and x == further)


@given(TREES, TIMES)
def test_no_two_marks_of_a_lane_overlap(roots: tuple[Node, ...], now: Any) -> None:
    for own in graph(roots, searched_id="a", now=now).lanes:
        assert all(right.x - left.x >= SPACING > MARK for left, right in pairwise(own.marks))


@given(TREES, TIMES)
def test_edges_lead_from_causes_to_follow_ups_right_or_straight_down(roots: tuple[Node, ...], now: Any) -> None:
    found = graph(roots, searched_id="a", now=now)

    rows = {own.y: own for own in found.lanes}
    parents = Counter((child.id, node.id) for node in nodes(roots) for child in node.children)
    assert Counter((rows[edge.y2].id, rows[edge.y1].id) for edge in found.edges) == parents
    for edge in found.edges:
        cause, caused = rows[edge.y1], rows[edge.y2]
        assert edge.y1 < edge.y2
        assert edge.x1 <= edge.x2 == caused.marks[0].x
        assert edge.is_hollow == caused.marks[0].is_hollow
        assert cause.stretch.x1 <= edge.x1 <= cause.stretch.x2


@given(TREES, TIMES)
def test_everything_is_within_the_picture(roots: tuple[Node, ...], now: Any) -> None:
    found = graph(roots, searched_id="a", now=now)

    for own in found.lanes:
        assert MARK <= own.y <= found.height - MARK
        assert all(MARK // 2 <= mark.x <= found.width - MARK // 2 for mark in own.marks)
        assert 0 <= own.stretch.x1 <= own.stretch.x2 <= found.width
        assert 0 < own.indent < found.labels_width
    for tick in found.ticks:
        assert tick.x - tick.width / 2 >= 0
        assert tick.x + tick.width / 2 <= found.width


@given(TREES, TIMES)
def test_ticks_do_not_overlap_and_begin_with_the_start(roots: tuple[Node, ...], now: Any) -> None:
    found = graph(roots, searched_id="a", now=now)

    assert found.ticks[0].label == "+0 ms"
    for left, right in pairwise(found.ticks):
        assert left.x + left.width / 2 < right.x - right.width / 2


@given(TREES, TIMES)
def test_waiting_message_has_an_open_end_up_to_now_at_the_right(roots: tuple[Node, ...], now: Any) -> None:
    found = graph(roots, searched_id="a", now=now)

    waiting = [is_pending(node) for node in nodes(roots)]
    assert [own.open_end is not None for own in found.lanes] == waiting
    assert (found.now is not None) == any(waiting)
    for own in found.lanes:
        if own.open_end and found.now:
            assert own.open_end.x2 == found.now.x
            assert all(mark.x < found.now.x for each in found.lanes for mark in each.marks)


def test_graph_of_three_generations_with_two_retries() -> None:
    roots = Chain(Mailbox([RetryableError("SES throttles"), RetryableError("SES is down")])).run(text(GENERATED))

    found = graph(roots, searched_id="report-1", now=NOON + timedelta(days=1))

    assert [(own.depth, own.label, "".join(mark.symbol for mark in own.marks)) for own in found.lanes] == [
        (0, "report.generated", "→✓"),
        (1, "report.ready", "✓"),
        (2, "email.send", "↻↻✓"),
    ]
    generated, ready, mail = found.lanes
    assert [(edge.x1, edge.x2) for edge in found.edges] == [
        (generated.marks[1].x, ready.marks[0].x),
        (ready.marks[0].x, mail.marks[0].x),
    ]
    assert [own.is_searched for own in found.lanes] == [True, False, False]
    assert mail.cause == f"report.ready {ready.sublabel}"
    assert "attempt 2 · 2 ms · RetryableError: SES is down" in mail.marks[1].title
    assert found.summary == "3 messages, 6 hops, 15.1 s, all done"
    assert found.now is None


def test_gaps_of_milliseconds_and_a_day_are_both_legible() -> None:
    found = lay_out(
        line(0, Outcome.ROUTED, service=QUEUE_PROCESSOR),
        line(0.03, scheduled=(Scheduled("reminder/1/24h", "b"),)),
        line(DAY, id="b", causation_id="a"),
        line(DAY + 0.05, id="c", causation_id="b"),
    )

    routed, scheduled = lane(found, "a").marks
    (reminder,), (email,) = lane(found, "b").marks, lane(found, "c").marks
    assert [tick.label for tick in found.ticks] == ["+0 ms", "+1 d"]
    assert SPACING <= scheduled.x - routed.x < reminder.x - scheduled.x < 6 * SPACING
    assert email.x - reminder.x >= MARK
    assert email.title.startswith("succeeded +1 d, 2026-04-15 12:00:00.050 UTC")


def test_redriven_message_is_no_longer_a_dead_letter() -> None:
    dead_letter = line(0, Outcome.DEAD_LETTERED, reason="permanent", fingerprint="c0ffee123456")
    shown, redriven = line(60, OperatorAction.SHOWN, who=ADA), line(HOUR, OperatorAction.REDRIVEN, who=ADA)

    before, after = (
        lay_out(dead_letter, shown, searched_id="a"),
        lay_out(dead_letter, shown, redriven, line(HOUR + 1), searched_id="a"),
    )

    assert (lane(before, "a").is_dead_letter, lane(after, "a").is_dead_letter) == (True, False)
    assert [mark.kind for mark in lane(after, "a").marks] == [
        MarkKind.BAD,
        MarkKind.OPERATOR,
        MarkKind.OPERATOR,
        MarkKind.OK,
    ]
    assert lane(after, "a").marks[2].title == "redriven +1 h, 2026-04-14 13:00:00.000 UTC · by assumed-role/Admin/ada"


def test_announced_follow_up_stands_right_of_its_announcement() -> None:
    found = lay_out(
        line(0, scheduled=(Scheduled("k", "off"), Scheduled("l", "later"))),
        line(5, follow_ups=("soon",), unscheduled=("k",), attempt=2),
        line(9, OperatorAction.POSTED),
    )

    first, second, _ = lane(found, "a").marks
    announced = {an_id: lane(found, an_id) for an_id in ("soon", "later", "off")}
    assert {an_id: own.name for an_id, own in announced.items()} == {
        "soon": "published",
        "later": "scheduled: l",
        "off": "cancelled: k",
    }
    assert {an_id: own.marks[0].x for an_id, own in announced.items()} == {
        "soon": second.x + SPACING,
        "later": first.x + SPACING,
        "off": first.x + SPACING,
    }
    assert [an_id for an_id, own in announced.items() if own.open_end] == ["soon", "later"]
    assert [(own.label, own.sublabel) for own in announced.values()] == [
        ("published", "soon"),
        ("scheduled", "l"),
        ("cancelled", "k"),
    ]


def test_cause_without_log_lines_stands_left_of_its_follow_ups() -> None:
    found = lay_out(line(0, id="b", causation_id="unseen"), line(1, id="c", causation_id="unseen"))

    (unseen,) = lane(found, "unseen").marks
    assert (unseen.is_hollow, unseen.kind, unseen.word) == (True, MarkKind.QUIET, "not in these logs")
    assert unseen.x < lane(found, "b").marks[0].x
    assert [edge.x1 for edge in found.edges] == [unseen.x, unseen.x]


def test_follow_up_logged_before_its_cause_hangs_straight_below() -> None:
    found = lay_out(line(0, Outcome.ROUTED, service=QUEUE_PROCESSOR), line(0.2, follow_ups=("b",)), line(0.1, id="b"))

    (edge,) = found.edges
    routed, decided = (mark.x for mark in lane(found, "a").marks)
    assert edge.x1 == edge.x2
    assert routed < edge.x1 < decided


def test_ingress_comes_first_even_if_logged_after_the_function() -> None:
    found = lay_out(line(0), line(0.2, Outcome.ROUTED, service=QUEUE_PROCESSOR))

    assert [(mark.symbol, mark.elapsed) for mark in lane(found, "a").marks] == [("→", "+200 ms"), ("✓", "+0 ms")]


def test_waiting_message_says_what_it_waits_for() -> None:
    found = lay_out(line(0, Outcome.RETRYING, attempt=1, delay=35), seconds=10)

    assert lane(found, "a").next_step == "returns to email.send in 25 s"
    assert found.ticks[-1].label == "now"


def test_searched_delivery_is_marked() -> None:
    found = lay_out(line(0, Outcome.RETRYING, sqs_message_id="s-1"), line(1, sqs_message_id="s-2"), searched_id="s-2")

    assert [mark.is_searched for mark in lane(found, "a").marks] == [False, True]


def test_long_names_are_cut_in_labels_and_whole_in_titles() -> None:
    an_id, name = "3f2b8a10-4b5c-5d6e-8f90-1a2b3c4d5e6f", "x" * 50

    own = lane(lay_out(line(0, id=an_id, type=name)), an_id)

    assert (own.label, own.sublabel) == ("x" * 31 + "…", "3f2b8a10…4d5e6f")
    assert own.title == f"{name} {an_id}"


def test_tenant_is_named_once_in_a_chain() -> None:
    found = lay_out(line(0, company_id="c-1"), line(1, id="b", causation_id="a", company_id="c-1"))

    assert [own.company_id for own in found.lanes] == ["c-1", ""]


def test_no_messages_are_an_empty_graph() -> None:
    found = lay_out()

    assert (found.lanes, found.edges, found.ticks, found.now) == ((), (), (), None)


def test_graph_of_thousands_of_messages() -> None:
    deep = [line(at, id=str(at), causation_id=str(at - 1) if at else "") for at in range(3_000)]

    assert len(lay_out(*deep).lanes) == 3_000


def test_every_outcome_and_action_has_a_kind_and_a_symbol() -> None:
    assert KINDS.keys() == MARKS.keys() == {*Outcome, *OperatorAction}


@dataclass
class Page(HTMLParser):
    """Elements and text of a page."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def classes(self) -> set[str]:
        return {name for _, attributes in self.elements for name in (attributes.get("class") or "").split()}


def rendered(of: Graph, **dead_letter_pages: str) -> str:
    environment = Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined)
    page = environment.from_string(
        '{% from "journey_graph.html" import journey_graph %}{{ journey_graph(graph, dead_letter_pages) }}'
    )
    return page.render(graph=of, dead_letter_pages=dead_letter_pages)


def page(of: Graph, **dead_letter_pages: str) -> Page:
    parser = Page()
    parser.feed(rendered(of, **dead_letter_pages))
    return parser


TAGS = {
    *("figure", "figcaption", "div", "svg", "title", "desc", "g", "text", "rect", "line", "path", "circle", "polygon"),
    *("polyline", "a", "ol", "li", "p", "span", "strong", "code"),
}


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '" onload="x',
        "' onload='x",
        "{{ 7 * 7 }}",
        "\u202egnp.exe",
        "\x1b[2J",
        "]]>-->",
        "&lt;",
    ],
)
def test_hostile_text_in_the_graph_is_visible_text(hostile: str) -> None:
    fields: dict[str, Any] = dict.fromkeys(("id", "type", "service", "error", "detail", "frame", "company_id"), hostile)
    html = rendered(
        lay_out(
            line(0, Outcome.RETRYING, **fields, delay=5, unscheduled=(hostile,), causation_id=f"the cause {hostile}"),
            line(1, Outcome.DEAD_LETTERED, **fields, reason=hostile, fingerprint=hostile, who=hostile),
            line(2, id="b", causation_id=hostile, scheduled=(Scheduled(hostile, f"later {hostile}"),)),
            searched_id=hostile,
        )
    )

    parser = Page()
    parser.feed(html)
    assert {tag for tag, _ in parser.elements} <= TAGS
    assert not [name for _, attributes in parser.elements for name in attributes if name == "style" or name[:2] == "on"]
    assert all(each.isprintable() for each in html.replace("\n", ""))
    assert "".join(parser.texts).count(printable(hostile)) >= 12


def test_dead_letters_are_linked_from_label_and_list() -> None:
    parser = page(
        lay_out(line(0, Outcome.DEAD_LETTERED), line(1, id="b", causation_id="a")), a="/dead-letters/1?x=1&y=2"
    )

    assert [attributes["href"] for tag, attributes in parser.elements if tag == "a"] == ["/dead-letters/1?x=1&y=2"] * 2


def test_every_hop_is_listed_as_text() -> None:
    parser = page(lay_out(line(0, Outcome.RETRYING, attempt=1, error="Timeout", delay=5), line(5, attempt=2)))

    words = [each.strip() for each in parser.texts if each.strip()]
    listed = words[words.index("retrying") - 2 :]
    assert listed == [
        *("+0 ms", "↻", "retrying", "attempt 1 · Timeout · again in 5 s", "2026-04-14 12:00:00.000 UTC"),
        *("+5 s", "✓", "succeeded", "attempt 2", "2026-04-14 12:00:05.000 UTC"),
    ]


def test_picture_has_a_name_and_no_focusable_element() -> None:
    html = rendered(lay_out(line(0, Outcome.DEAD_LETTERED)), a="/dead-letters/1")

    picture = html[html.index('<svg class="picture"') :].partition("</svg>")[0]
    assert 'role="img" aria-labelledby="journey-title journey-desc"' in picture
    assert '<title id="journey-title">' in picture
    assert '<desc id="journey-desc">' in picture
    assert "<a " not in picture


def test_stylesheet_knows_every_class_of_the_page() -> None:
    styles = (FOLDER / "static" / "journey.css").read_text()
    deep = [line(at, id=str(at), causation_id=str(at - 1) if at else "") for at in range(12)]

    classes = page(lay_out(*deep)).classes | {*MarkKind}

    assert {name for name in classes if name.startswith("depth-")} >= {f"depth-{number}" for number in range(9)}
    assert [name for name in sorted(classes - {"depth-0"}) if f".{name}" not in styles] == []
