"""EventBridge: a target that cannot be reached goes to its dead-letter queue; our own SSM may speak as aws.ssm."""
import json
import os
import threading

from ministack.services import eventbridge, stepfunctions

# The stand's Run Command publishes aws.ssm events. PutEvents refuses aws.* sources, as AWS does, except with this token as TraceHeader.
SERVICE_TOKEN = os.environ.get("SERVICE_EVENT_TOKEN", "")

_delivery = threading.local()


def _to_machine(arn, payload) -> None:
    """Starts the machine, and tells a refusal, which ministack drops."""
    status, _headers, body = stepfunctions._start_execution({"stateMachineArn": arn, "input": payload})
    if status >= 400:
        refusal = json.loads(body)
        raise LookupError(f"{refusal.get('__type')}: {refusal.get('message')}")


def _invoke_target(target, event, rule, view=None) -> None:
    """After the failure of a delivery the event goes to the target's DeadLetterConfig queue with EventBridge's attributes."""
    _delivery.failure = None
    _ministack_invoke_target(target, event, rule, view)
    failure, queue = _delivery.failure, (target.get("DeadLetterConfig") or {}).get("Arn")
    if failure is None or not queue:
        return
    from ministack.services import sqs

    view = view or eventbridge._pattern_event_view(event)
    attributes = {"RULE_ARN": rule.get("Arn", ""), "TARGET_ARN": target.get("Arn", ""), "ERROR_CODE": "SDK_CLIENT_ERROR",
                  "ERROR_MESSAGE": str(failure)[:1000], "RETRY_ATTEMPTS": "0"}
    url = next((candidate for candidate in list(sqs._queues) if candidate.rsplit("/", 1)[-1] == queue.rsplit(":", 1)[-1]), None)
    if url is None:
        eventbridge.logger.warning("EventBridge: dead-letter queue %s not found", queue)
        return
    sqs._act_send_message({
        "QueueUrl": url, "MessageBody": json.dumps(view.event_with_detail()),
        "MessageAttributes": {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()},
    }, url)


_ministack_invoke_target = eventbridge._invoke_target


def _remembering(dispatch):
    def dispatch_or_remember(*args, **kwargs):
        try:
            dispatch(*args, **kwargs)
        except Exception as error:
            _delivery.failure = error
            raise

    return dispatch_or_remember


def _put_events(data, allow_aws_source=False):
    trusted = bool(SERVICE_TOKEN) and bool(data.get("Entries")) and all(
        entry.get("TraceHeader") == SERVICE_TOKEN for entry in data["Entries"])
    return _ministack_put_events(data, allow_aws_source=allow_aws_source or trusted)


_ministack_put_events = eventbridge._put_events


def fill() -> None:
    eventbridge._dispatch_to_stepfunctions = _remembering(_to_machine)
    eventbridge._dispatch_to_lambda = _remembering(eventbridge._dispatch_to_lambda)
    eventbridge._invoke_target = _invoke_target
    eventbridge._put_events = _put_events
