"""Alarms are evaluated as by CloudWatch; the tables are from its User Guide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from local.clock.alarms.alarm import AlarmState, Comparison, MetricAlarm, Missing, NotEvaluatedError
from local.clock.alarms.evaluation import Datapoint, evaluate
from local.clock.alarms.sources import Metric

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
ALARM = MetricAlarm(
    name="taly-async-local/email.send/dead-letters",
    metric=Metric.of("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "dead"}),
    statistic="Maximum",
    period=1,
    evaluation_periods=1,
    threshold=1.0,
    comparison=Comparison.OVER_OR_AT,
)
RETAINED = "retained"


def points(pattern: str) -> list[Datapoint | None]:
    """Datapoints by mark: `0` does not breach, `X` does, `-` is missing; the latest last."""
    values = {"0": 0.0, "X": 3.0, "-": None}
    return [
        None if (value := values[mark]) is None else Datapoint(value, AT + timedelta(minutes=minute))
        for minute, mark in enumerate(pattern.split())
    ]


THREE_OF_THREE = {
    "0 - X - X": ("OK", "OK", "OK", "OK"),
    "0 - - - -": ("OK", "OK", "OK", "OK"),
    "- - - - -": ("INSUFFICIENT_DATA", RETAINED, "ALARM", "OK"),
    "0 X X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "- - X - -": ("ALARM", RETAINED, "ALARM", "OK"),
}
TWO_OF_THREE = {
    "0 - X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0 0 X 0 X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0 - X - -": ("OK", "OK", "ALARM", "OK"),
    "- - - - 0": ("OK", "OK", "ALARM", "OK"),
    "- - - X -": ("ALARM", RETAINED, "ALARM", "OK"),
}
TREATMENTS = (Missing.MISSING, Missing.IGNORE, Missing.BREACHING, Missing.NOT_BREACHING)


@pytest.mark.parametrize("before", list(AlarmState))
@pytest.mark.parametrize(
    ("needed", "pattern", "missing", "expected"),
    [
        (needed, pattern, missing, state)
        for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
        for pattern, states in table.items()
        for missing, state in zip(TREATMENTS, states, strict=True)
    ],
)
def test_missing_data_is_treated_as_cloudwatch_documents_it(
    needed: int, pattern: str, missing: Missing, expected: str, before: AlarmState
) -> None:
    alarm = replace(ALARM, evaluation_periods=3, datapoints_to_alarm=needed, missing=missing, state=before)

    assert evaluate(alarm, points(pattern)).state == (before if expected == RETAINED else expected)


@pytest.mark.parametrize("pattern", ["- - - - X", "- - - X -"])
def test_a_recent_breach_among_gaps_does_not_set_the_alarm_off_yet(pattern: str) -> None:
    alarm = replace(ALARM, evaluation_periods=3, missing=Missing.MISSING, state=AlarmState.OK)

    assert evaluate(alarm, points(pattern)).state is AlarmState.OK


def test_datapoints_before_the_evaluation_range_are_ignored() -> None:
    alarm = replace(ALARM, missing=Missing.BREACHING, state=AlarmState.OK)

    assert evaluate(alarm, points("0 - -")).state is AlarmState.OK
    assert evaluate(alarm, points("0 - - -")).state is AlarmState.ALARM


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        (Comparison.OVER_OR_AT, {2.0, 3.0}),
        (Comparison.OVER, {3.0}),
        (Comparison.UNDER, {1.0}),
        (Comparison.UNDER_OR_AT, {1.0, 2.0}),
    ],
)
def test_a_threshold_is_breached_according_to_the_comparison(comparison: Comparison, breaching: set[float]) -> None:
    alarm = replace(ALARM, comparison=comparison, threshold=2)

    found = {value for value in (1.0, 2.0, 3.0) if evaluate(alarm, [Datapoint(value, AT)]).state is AlarmState.ALARM}

    assert found == breaching


def test_the_reason_has_cloudwatchs_wording() -> None:
    breached = evaluate(ALARM, points("X")).reason
    recovered = evaluate(replace(ALARM, state=AlarmState.ALARM), points("0")).reason

    assert breached == (
        "Threshold Crossed: 1 datapoint [3.0 (24/11/26 14:00:00)] was greater than or equal to the threshold (1.0)."
    )
    assert recovered == (
        "Threshold Crossed: 1 datapoint [0.0 (24/11/26 14:00:00)] was not greater than or equal to the threshold (1.0)."
    )


def test_the_reason_of_m_of_n_datapoints_names_the_minimum() -> None:
    alarm = replace(ALARM, evaluation_periods=3, datapoints_to_alarm=2)

    assert evaluate(alarm, points("X 0 X")).reason == (
        "Threshold Crossed: 2 out of the last 3 datapoints [3.0 (24/11/26 14:02:00), 3.0 (24/11/26 14:00:00)] were "
        "greater than or equal to the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )


def test_the_reason_of_missing_data_names_its_treatment() -> None:
    silent = points("- - - - -")
    alarm = replace(ALARM, evaluation_periods=3, missing=Missing.BREACHING)

    assert evaluate(alarm, silent).reason == (
        "Threshold Crossed: no datapoints were received for 3 periods "
        "and 3 missing datapoints were treated as [Breaching]."
    )
    assert evaluate(ALARM, silent).reason == "Insufficient Data: 1 datapoint was unknown."


def test_an_alarm_is_read_as_cloudwatch_describes_it() -> None:
    fields = {
        "AlarmName": ALARM.name,
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": "dead"}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "missing",
        "StateValue": "INSUFFICIENT_DATA",
    }

    assert MetricAlarm.from_api(fields) == ALARM
    assert MetricAlarm.from_api({**fields, "Statistic": "Average", "ExtendedStatistic": "p95"}).statistic == "p95"


@pytest.mark.parametrize(
    "fields",
    [
        {"Metrics": [{"Id": "e1", "Expression": "m1 / m2"}]},
        {"Period": 10},
        {"Period": 60, "ComparisonOperator": "GreaterThanUpperThreshold"},
    ],
)
def test_an_alarm_that_cannot_be_evaluated_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(NotEvaluatedError, match="some-alarm"):
        MetricAlarm.from_api({"AlarmName": "some-alarm", **fields})
