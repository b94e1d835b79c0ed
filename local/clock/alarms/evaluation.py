"""Whether an alarm goes off: decided as CloudWatch's User Guide has it, by datapoints alone.

Source: "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data", whose tables are the tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from local.clock.alarms.alarm import AlarmState, MetricAlarm, Missing

_FILLED_AS = {Missing.BREACHING: "Breaching", Missing.NOT_BREACHING: "NonBreaching", Missing.IGNORE: "Ignored"}


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One period's statistic."""

    value: float
    at: datetime
    """When the period began."""

    def __str__(self) -> str:
        return f"{self.value} ({self.at:%d/%m/%y %H:%M:%S})"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What an alarm says now, and why."""

    state: AlarmState
    reason: str


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What counts for an alarm, of all that lies in its evaluation range."""

    alarm: MetricAlarm
    used: Sequence[Datapoint]
    """The youngest real ones, as many as there are periods to be evaluated, or fewer; the oldest first."""

    ages: Sequence[int]
    """Of each of them: 1 for the period that has just ended."""

    @property
    def filled(self) -> int:
        """Periods that are evaluated though they have no data."""
        return self.alarm.evaluation_periods - len(self.used)

    @property
    def breaching(self) -> Sequence[Datapoint]:
        """Those that breach."""
        return [each for each in self.used if self.alarm.is_breached_by(each.value)]

    @property
    def breaches_alone(self) -> bool:
        """Whether there are any, and none that does not breach."""
        return 0 < len(self.used) == len(self.breaching)


def evaluate(alarm: MetricAlarm, datapoints: Sequence[Datapoint | None]) -> Conclusion:
    """Conclude from an alarm's evaluation range.

    Args:
        alarm: the alarm, with its state until now.
        datapoints: one a period, the youngest last; None where a period has no data.
    """
    inside = list(datapoints[-alarm.looks_back :])
    real = [(each, len(inside) - index) for index, each in enumerate(inside) if each is not None]
    last = real[-alarm.evaluation_periods :]
    evidence = _Evidence(alarm, [each for each, _ in last], [age for _, age in last])
    state = _state(evidence)
    return Conclusion(state, _reason(evidence, state))


def _state(evidence: _Evidence) -> AlarmState:
    alarm, found = evidence.alarm, len(evidence.breaching)
    if found >= alarm.needed:
        return AlarmState.ALARM
    if not evidence.filled:
        return AlarmState.OK
    match alarm.missing:
        case Missing.BREACHING:
            return AlarmState.ALARM if found + evidence.filled >= alarm.needed else AlarmState.OK
        case Missing.NOT_BREACHING:
            return AlarmState.OK
        case Missing.IGNORE:
            return alarm.state if evidence.breaches_alone or not evidence.used else AlarmState.OK
        case Missing.MISSING:
            return _state_with_gaps(evidence)


def _state_with_gaps(evidence: _Evidence) -> AlarmState:
    """Where missing is missing: a breach that is as old as it takes to go off is believed, a younger one is not yet."""
    if not evidence.used:
        return AlarmState.INSUFFICIENT_DATA
    if not evidence.breaches_alone:
        return AlarmState.OK
    return AlarmState.ALARM if evidence.ages[0] >= evidence.alarm.needed else evidence.alarm.state


def _reason(evidence: _Evidence, state: AlarmState) -> str:
    """In CloudWatch's own words."""
    if evidence.used:
        return f"Threshold Crossed: {_crossing(evidence, state)}{_gaps(evidence)}."
    periods = evidence.filled
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
    turn = "OK -> ALARM" if state is AlarmState.ALARM else "ALARM -> OK"
    return (
        f"{len(shown)} out of the last {alarm.evaluation_periods} datapoints {crossing} "
        f"(minimum {_count(needed)} for {turn} transition)"
    )


def _gaps(evidence: _Evidence) -> str:
    filled_as = _FILLED_AS.get(evidence.alarm.missing)
    if not evidence.filled or filled_as is None:
        return ""
    return f" and {_count(evidence.filled, 'missing datapoint')} {_were(evidence.filled)} treated as [{filled_as}]"


def _count(number: int, what: str = "datapoint") -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
