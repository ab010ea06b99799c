"""How a task runs: Retry and Catch, time-outs and heartbeats that may be expressions, callbacks."""
import json
import random
import threading
import time

from ministack.services import stepfunctions as sfn

from gaps.jsonata_states import evaluated, finish, is_jsonata
from gaps.workflows import Stopped, check_size


def _with_retry_and_catch(state_def, raw_input, ctx, attempt):
    """Retry with MaxDelaySeconds and JitterStrategy (ministack caps at 60 s and never jitters), then Catch."""
    state, counts = ctx["State"], {}
    while True:
        ctx["State"] = {**state, "RetryCount": sum(counts.values())}
        try:
            return attempt()
        except sfn._ExecutionError as error:
            retrier, index = sfn._find_matching_retrier(state_def.get("Retry", []), error.error, counts)
            if retrier is not None:
                delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** counts.get(index, 0)
                counts[index] = counts.get(index, 0) + 1
                delay = min(delay, retrier.get("MaxDelaySeconds", delay))
                sfn._scaled_sleep(random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay)
                continue
            catcher = sfn._find_matching_catcher(state_def.get("Catch", []), error.error)
            if catcher is None:
                raise
            failure = {"Error": error.error, "Cause": error.cause}
            language = "JSONata" if is_jsonata(state_def, ctx) else "JSONPath"
            return sfn._apply_catcher(catcher, raw_input, ctx, language, failure), catcher["Next"]


def _task(state_def, raw_input, execution, ctx):
    """A task whose TimeoutSeconds and HeartbeatSeconds may be expressions; each attempt has its own token."""
    resource = state_def.get("Resource", "")
    details = {"resourceType": "lambda" if "lambda" in resource else "states", "resource": resource}

    def attempt():
        if execution["status"] != "RUNNING":
            raise Stopped
        try:
            current = evaluated(state_def, ("TimeoutSeconds", "HeartbeatSeconds"), raw_input, ctx)
            callback = ".waitForTaskToken" in resource
            if callback:
                ctx["Task"] = {"Token": sfn.new_uuid()}
            if is_jsonata(state_def, ctx):
                effective = sfn._apply_jsonata_arguments(state_def, raw_input, ctx)
            else:
                effective = sfn._apply_parameters(state_def, sfn._apply_input_path(state_def, raw_input, ctx), ctx)
            sfn._add_event(execution, "TaskScheduled", {"taskScheduledEventDetails": {**details, "parameters": json.dumps(effective)}})
            parent.execution = execution
            if callback:
                result = _invoke_with_callback(resource, effective, ctx["Task"]["Token"], current)
            elif "TimeoutSeconds" in current and ":activity:" not in resource:
                result = _invoke_with_timeout(resource, effective, current["TimeoutSeconds"], execution)
            else:
                result = sfn._invoke_resource(resource, effective)
            check_size(result)
            sfn._add_event(execution, "TaskSucceeded", {"taskSucceededEventDetails": {**details, "output": json.dumps(result)}})
            return finish(state_def, raw_input, result, ctx), sfn._next_or_end(state_def)
        except sfn._ExecutionError as error:
            kind = "TimedOut" if error.error in ("States.Timeout", "States.HeartbeatTimeout") else "Failed"
            sfn._add_event(execution, f"Task{kind}", {
                f"task{kind}EventDetails": {**details, "error": error.error, "cause": error.cause}})
            raise

    return _with_retry_and_catch(state_def, raw_input, ctx, attempt)


# The execution whose task runs on this thread: a nested execution is registered with it.
parent = threading.local()


def _invoke_with_timeout(resource, effective, timeout, execution):
    """A task that runs longer than TimeoutSeconds ends with States.Timeout; a nested execution is stopped with it."""
    outcome, done = {}, threading.Event()

    def run():
        parent.execution = execution
        try:
            outcome["result"] = sfn._invoke_resource(resource, effective)
        except Exception as error:  # noqa: BLE001 - handed to the waiting thread
            outcome["error"] = error
        done.set()

    before = len(execution.get("_children", []))
    threading.Thread(target=sfn.contextvars.copy_context().run, args=(run,), daemon=True).start()
    if not done.wait(timeout):
        if "startExecution.sync" in resource:
            for child in execution.get("_children", [])[before:]:
                sfn._stop_execution({"executionArn": child, "error": "States.Timeout", "cause": "The waiting task timed out."})
        raise sfn._ExecutionError("States.Timeout", f"Task timed out after {timeout} seconds")
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]


def _invoke_with_callback(resource, effective, token, state_def):
    """waitForTaskToken: a failing call fails the task, and a missing heartbeat ends it (ministack: waits in both cases)."""
    event = threading.Event()
    started = time.monotonic()
    info = {"event": event, "result": None, "error": None, "heartbeat": None}
    sfn._task_tokens[token] = info
    try:
        sfn._invoke_resource(resource.replace(".waitForTaskToken", ""), effective)
        deadline = started + state_def.get("TimeoutSeconds", 99_999_999)
        beat, last = info["heartbeat"], time.monotonic()
        while not event.wait(max(0.0, min(0.25, deadline - time.monotonic()))):
            now = time.monotonic()
            if info["heartbeat"] != beat:
                beat, last = info["heartbeat"], now
            if now >= deadline:
                raise sfn._ExecutionError("States.Timeout", "Task timed out waiting for callback")
            if "HeartbeatSeconds" in state_def and now - last >= state_def["HeartbeatSeconds"]:
                raise sfn._ExecutionError("States.HeartbeatTimeout", "No heartbeat in HeartbeatSeconds")
    finally:
        sfn._task_tokens.pop(token, None)
    if info["error"]:
        raise sfn._ExecutionError(info["error"].get("Error", "TaskFailed"), info["error"].get("Cause", ""))
    return json.loads(info["result"])


def fill() -> None:
    sfn._with_retry_and_catch = _with_retry_and_catch
    sfn._execute_task = _task
