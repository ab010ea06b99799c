"""CloudWatch alarms: judged by their own dimensions and periods, and told to EventBridge."""
import json
import threading
import time
from datetime import datetime, timezone

from ministack.services import cloudwatch, eventbridge

# AWS evaluates a standard alarm each minute and a high-resolution one each ten seconds; here all each two.
EVALUATION_INTERVAL_S = 2

_last_state: dict[str, dict] = {}


def _stamp(epoch: float) -> str:
    at = datetime.fromtimestamp(epoch, tz=timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def _configuration(alarm) -> dict:
    if alarm.get("AlarmRule"):
        return {"description": alarm.get("AlarmDescription") or None, "alarmRule": alarm["AlarmRule"], "actionsEnabled": True}
    dimensions = {item["Name"]: item["Value"] for item in alarm.get("Dimensions") or []}
    stat = {"metric": {"namespace": alarm.get("Namespace"), "name": alarm.get("MetricName"), "dimensions": dimensions},
            "period": alarm.get("Period", 60), "stat": alarm.get("ExtendedStatistic") or alarm.get("Statistic")}
    return {"description": alarm.get("AlarmDescription") or None,
            "metrics": [{"id": alarm["AlarmArn"][-36:], "metricStat": stat, "returnData": True}]}


def _tell_event_bus(alarm, old_state, new_state, reason) -> None:
    """Each change of an alarm's state is an event on the default bus, whether or not the alarm has actions (ministack: none)."""
    arn = alarm["AlarmArn"]
    previous = _last_state.get(arn) or {"value": old_state, "reason": "Unchecked: Initial alarm creation", "timestamp": _stamp(time.time())}
    state = {"value": new_state, "reason": reason, "timestamp": _stamp(time.time())}
    if alarm.get("StateReasonData"):
        state["reasonData"] = alarm["StateReasonData"]
    _last_state[arn] = state
    eventbridge._put_events({"Entries": [{
        "Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm State Change", "Resources": [arn],
        "Detail": json.dumps({"alarmName": alarm["AlarmName"], "state": state, "previousState": {**previous, "value": old_state},
                              "configuration": _configuration(alarm)}),
    }]}, allow_aws_source=True)


def _dispatch_alarm_actions(alarm, old_state, new_state, reason) -> None:
    _ministack_actions(alarm, old_state, new_state, reason)
    _tell_event_bus(alarm, old_state, new_state, reason)


_ministack_actions = cloudwatch._dispatch_alarm_actions


def _points(alarm):
    """The data points of exactly the alarm's dimensions (ministack takes those of every dimension together)."""
    wanted = {item["Name"]: item["Value"] for item in alarm.get("Dimensions") or []}
    key = (alarm.get("Namespace"), alarm.get("MetricName"), cloudwatch._dims_key(wanted))
    return list(cloudwatch._metrics.get(key) or [])


def _breaches(alarm, value: float) -> bool:
    threshold = alarm.get("Threshold", 0)
    return {
        "GreaterThanOrEqualToThreshold": value >= threshold, "GreaterThanThreshold": value > threshold,
        "LessThanThreshold": value < threshold, "LessThanOrEqualToThreshold": value <= threshold,
    }.get(alarm.get("ComparisonOperator", ""), False)


def _evaluate_alarm(alarm) -> None:
    """M of N periods, and TreatMissingData (ministack: one figure over the whole window, and never back without data)."""
    if not alarm.get("MetricName"):
        return
    period, periods = int(alarm.get("Period") or 60), int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or periods)
    missing = alarm.get("TreatMissingData") or "missing"
    stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
    points, now = _points(alarm), time.time()
    verdicts, seen = [], []
    current = int(now // period)
    for slot in range(current - periods + 1, current + 1):
        inside = [point for point in points if int(point["Timestamp"] // period) == slot]
        value = cloudwatch._stat_value(cloudwatch._calc_stats(inside), stat, inside) if inside else None
        if value is not None:
            seen.append(value)
            verdicts.append(_breaches(alarm, value))
        elif missing in ("breaching", "notBreaching"):
            verdicts.append(missing == "breaching")
    if not verdicts:
        new_state = alarm["StateValue"] if missing == "ignore" or not points else "INSUFFICIENT_DATA"
    else:
        new_state = "ALARM" if sum(verdicts) >= min(needed, periods) else "OK"
    old_state = alarm["StateValue"]
    if new_state == old_state:
        return
    figures = ", ".join(str(value) for value in seen)
    reason = (f"Threshold Crossed: {sum(verdicts)} out of the last {periods} datapoints [{figures}] "
              f"{'was' if new_state == 'ALARM' else 'was not'} {alarm.get('ComparisonOperator')} ({alarm.get('Threshold')})")
    alarm.update(StateValue=new_state, StateReason=reason, StateUpdatedTimestamp=int(now))
    cloudwatch._record_history(alarm["AlarmName"], old_state, new_state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old_state, new_state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _evaluate_for_ever() -> None:
    while True:
        time.sleep(EVALUATION_INTERVAL_S)
        cloudwatch._evaluate_all_alarms()


def fill() -> None:
    cloudwatch._dispatch_alarm_actions = _dispatch_alarm_actions
    cloudwatch._evaluate_alarm = _evaluate_alarm
    threading.Thread(target=_evaluate_for_ever, daemon=True).start()
