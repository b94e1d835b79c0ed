"""The evaluation of an alarm from datapoints, as CloudWatch's User Guide describes it.

Source: "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data", whose tables are the tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from local.clock.alarms.alarm import AlarmState, MetricAlarm, Missing

_TREATED_AS = {Missing.BREACHING: "Breaching", Missing.NOT_BREACHING: "NonBreaching", Missing.IGNORE: "Ignored"}


@dataclass(frozen=True, slots=True)
class Datapoint:
    """The statistic of one period."""

    value: float
    at: datetime
    """The beginning of the period."""

    def __str__(self) -> str:
        return f"{self.value} ({self.at:%d/%m/%y %H:%M:%S})"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The state of an alarm after an evaluation, and the reason."""

    state: AlarmState
    reason: str


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The datapoints that an evaluation uses."""

    alarm: MetricAlarm
    used: Sequence[Datapoint]
    """The latest real datapoints, at most as many as there are evaluation periods; the oldest first."""

    ages: Sequence[int]
    """The age of each used datapoint in periods: 1 for the period that has just ended."""

    @property
    def missing_periods(self) -> int:
        """The number of evaluation periods without data."""
        return self.alarm.evaluation_periods - len(self.used)

    @property
    def breaching(self) -> Sequence[Datapoint]:
        """The used datapoints that breach the threshold."""
        return [each for each in self.used if self.alarm.is_breached_by(each.value)]

    @property
    def breaches_alone(self) -> bool:
        """Whether there are used datapoints and all of them breach."""
        return 0 < len(self.used) == len(self.breaching)


def evaluate(alarm: MetricAlarm, datapoints: Sequence[Datapoint | None]) -> Conclusion:
    """Evaluate an alarm over its evaluation range.

    Args:
        alarm: the alarm with its previous state.
        datapoints: one for each period, the latest last; None for a period without data.
    """
    inside = list(datapoints[-alarm.evaluation_range :])
    real = [(each, len(inside) - index) for index, each in enumerate(inside) if each is not None]
    last = real[-alarm.evaluation_periods :]
    evidence = _Evidence(alarm, [each for each, _ in last], [age for _, age in last])
    state = _state(evidence)
    return Conclusion(state, _reason(evidence, state))


def _state(evidence: _Evidence) -> AlarmState:
    alarm, found = evidence.alarm, len(evidence.breaching)
    if found >= alarm.needed:
        return AlarmState.ALARM
    if not evidence.missing_periods:
        return AlarmState.OK
    match alarm.missing:
        case Missing.BREACHING:
            return AlarmState.ALARM if found + evidence.missing_periods >= alarm.needed else AlarmState.OK
        case Missing.NOT_BREACHING:
            return AlarmState.OK
        case Missing.IGNORE:
            return alarm.state if evidence.breaches_alone or not evidence.used else AlarmState.OK
        case Missing.MISSING:
            return _state_with_gaps(evidence)


def _state_with_gaps(evidence: _Evidence) -> AlarmState:
    """The state where missing data is `missing`: only a breach as old as `needed` periods sets the alarm off."""
    if not evidence.used:
        return AlarmState.INSUFFICIENT_DATA
    if not evidence.breaches_alone:
        return AlarmState.OK
    return AlarmState.ALARM if evidence.ages[0] >= evidence.alarm.needed else evidence.alarm.state


def _reason(evidence: _Evidence, state: AlarmState) -> str:
    """The state's reason in CloudWatch's wording."""
    if evidence.used:
        return f"Threshold Crossed: {_crossing(evidence, state)}{_gaps(evidence)}."
    periods = evidence.missing_periods
    if evidence.alarm.missing is Missing.MISSING:
        return f"Insufficient Data: {_count(periods)} {_were(periods)} unknown."
    return f"Threshold Crossed: no datapoints were received for {_count(periods, 'period')}{_gaps(evidence)}."


def _crossing(evidence: _Evidence, state: AlarmState) -> str:
    alarm = evidence.alarm
    shown = (evidence.breaching or evidence.used) if state is AlarmState.ALARM else evidence.used
    values = ", ".join(str(each) for each in reversed(shown))
    negation = "" if state is AlarmState.ALARM and evidence.breaching else "not "
    crossing = f"[{values}] {_were(len(shown))} {negation}{alarm.comparison.words} the threshold ({alarm.threshold})"
    if alarm.datapoints_to_alarm is None:
        return f"{_count(len(shown))} {crossing}"
    needed = alarm.needed if state is AlarmState.ALARM else alarm.evaluation_periods - alarm.needed + 1
    transition = "OK -> ALARM" if state is AlarmState.ALARM else "ALARM -> OK"
    return (
        f"{len(shown)} out of the last {alarm.evaluation_periods} datapoints {crossing} "
        f"(minimum {_count(needed)} for {transition} transition)"
    )


def _gaps(evidence: _Evidence) -> str:
    treated_as = _TREATED_AS.get(evidence.alarm.missing)
    if not evidence.missing_periods or treated_as is None:
        return ""
    missing = evidence.missing_periods
    return f" and {_count(missing, 'missing datapoint')} {_were(missing)} treated as [{treated_as}]"


def _count(number: int, what: str = "datapoint") -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
