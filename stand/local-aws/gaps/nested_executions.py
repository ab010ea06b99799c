"""A machine that starts another one and waits for it: the error names, the result and the link that AWS has."""
import json

from ministack.services import stepfunctions as sfn

from gaps.tasks import parent
from gaps.workflows import Stopped, finished_event


def _refusal(body) -> Exception:
    """A refused StartExecution inside a task carries the integration's prefix, as AWS documents for StepFunctions."""
    payload = json.loads(body) if body else {}
    name = payload.get("__type", "InternalServerException")
    name = name if name.endswith("Exception") else f"{name}Exception"
    return sfn._ExecutionError(f"StepFunctions.{name}", payload.get("message", "Nested execution failed to start"))


def _start(resource, input_data):
    status, _headers, body = sfn._start_execution(sfn._nested_start_execution_request(input_data))
    if status >= 400:
        raise _refusal(body)
    return sfn._executions[json.loads(body)["executionArn"]]


def _invoke(resource, input_data):
    child = _start(resource, input_data)
    return {"ExecutionArn": child["executionArn"], "StartDate": child["startDate"]}


def _invoke_sync(resource, input_data):
    """`.sync` and `.sync:2` run the child as a standard execution; its failure is States.TaskFailed with its description as the cause.

    ministack runs it as an express one (no status events, no name check) and raises the child's own error instead.
    """
    child = _start(resource, input_data)
    waiting = getattr(parent, "execution", None)
    if waiting is not None:
        waiting.setdefault("_children", []).append(child["executionArn"])
    finished = finished_event(child["executionArn"])
    while not finished.wait(0.25):
        if waiting is not None and waiting["status"] != "RUNNING":
            sfn._stop_execution({"executionArn": child["executionArn"], "error": "States.ParentStopped"})
            raise Stopped
    output = child.get("output")
    description = {
        "ExecutionArn": child["executionArn"], "Input": child["input"], "InputDetails": {"Included": True}, "Name": child["name"],
        "OutputDetails": {"Included": True}, "StartDate": sfn._iso_to_epoch_ms(child["startDate"]),
        "StateMachineArn": child["stateMachineArn"], "Status": child["status"], "StopDate": sfn._iso_to_epoch_ms(child["stopDate"]),
    }
    if child["status"] != "SUCCEEDED":
        failed = {**description, "Error": child.get("error"), "Cause": child.get("cause")}
        raise sfn._ExecutionError("States.TaskFailed", json.dumps(failed))
    if resource.endswith(".sync:2"):
        return {**description, "Input": json.loads(child["input"]), "Output": json.loads(output)}
    return {**description, "Output": output}


def fill() -> None:
    sfn._invoke_nested_start_execution = _invoke
    sfn._invoke_nested_start_execution_sync = _invoke_sync
