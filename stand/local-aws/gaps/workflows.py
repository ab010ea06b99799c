"""How an execution runs: its time-out, stopping, the history of inner states, names, the payload limit."""
import copy
import json
import threading

from ministack.services import stepfunctions as sfn

from gaps.jsonata_states import succeed_output

# A state's input or output may hold 256 KiB; beyond it AWS fails the execution with States.DataLimitExceeded.
PAYLOAD_LIMIT_BYTES = 262_144

_finished: dict[str, threading.Event] = {}


class Stopped(Exception):
    """The execution ended (stopped or timed out) while a state was at work; its result is dropped."""


def finished_event(execution_arn: str) -> threading.Event:
    return _finished.setdefault(execution_arn, threading.Event())


def check_size(value) -> None:
    if len(json.dumps(value).encode()) > PAYLOAD_LIMIT_BYTES:
        raise sfn._ExecutionError(
            "States.DataLimitExceeded",
            "The state/task returned a result with a size exceeding the maximum number of bytes service limit.")


def _walk(states, start_at, state_input, execution, ctx):
    """Runs states until an end, at any depth, and records each state's entry and exit (ministack: at top level only)."""
    current, data = start_at, copy.deepcopy(state_input)
    while current:
        if execution["status"] != "RUNNING":
            raise Stopped
        state_def = states.get(current)
        if not state_def:
            raise sfn._ExecutionError("States.Runtime", f"State '{current}' not found in definition")
        kind = state_def.get("Type")
        ctx["State"] = {"Name": current, "EnteredTime": sfn.now_iso(), "RetryCount": 0}
        sfn._add_event(execution, f"{kind}StateEntered", {"stateEnteredEventDetails": {"name": current, "input": json.dumps(data)}})
        if kind == "Fail":
            raise sfn._ExecutionError(*sfn._fail_state_error(state_def, data, ctx))
        if kind == "Succeed":
            data, following = succeed_output(state_def, data, ctx), None
        elif kind in ("Task", "Parallel", "Map"):
            data, following = getattr(sfn, f"_execute_{kind.lower()}")(state_def, data, execution, ctx)
        elif kind in ("Pass", "Choice", "Wait"):
            data, following = getattr(sfn, f"_execute_{kind.lower()}")(state_def, data, ctx)
        else:
            raise sfn._ExecutionError("States.Runtime", f"Unknown state type: {kind}")
        check_size(data)
        if execution["status"] != "RUNNING":
            raise Stopped
        sfn._add_event(execution, f"{kind}StateExited", {"stateExitedEventDetails": {"name": current, "output": json.dumps(data)}})
        current = following
    return data


def _sub_machine(states, start_at, input_data, execution, ctx):
    return _walk(states, start_at, input_data, execution, ctx)


def _end(execution, status, error=None, cause=None) -> bool:
    """Ends an execution once; a later end (a task that returns after a stop) changes nothing, as on AWS."""
    if execution["status"] != "RUNNING":
        return False
    execution.update(status=status, error=error, cause=cause, stopDate=sfn.now_iso())
    detail = {"error": error, "cause": cause}
    name = {"FAILED": "Failed", "TIMED_OUT": "TimedOut"}[status]
    sfn._add_event(execution, f"Execution{name}", {f"execution{name}EventDetails": detail})
    sfn._emit_execution_status_event(execution)
    return True


def _fail(execution, error, cause) -> None:
    _end(execution, "FAILED", error, cause)


def stop_children(execution) -> None:
    """Executions started with `.sync` end with their parent, as on AWS."""
    for child in list(execution.get("_children", [])):
        if (sfn._executions.get(child) or {}).get("status") == "RUNNING":
            sfn._stop_execution({"executionArn": child, "error": "States.ParentStopped", "cause": "The parent execution ended."})


def _time_out(execution) -> None:
    if _end(execution, "TIMED_OUT", "States.Timeout", None):
        stop_children(execution)
        finished_event(execution["executionArn"]).set()


def _context(execution, machine, definition, data):
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {"Id": execution["executionArn"], "Input": data, "Name": execution["name"], "RoleArn": machine["roleArn"],
                      "StartTime": execution["startDate"], "RedriveCount": 0},
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
        "variables": {},
    }


def _run_execution(execution_arn) -> None:
    """One execution from its first state to its end, with the machine's own TimeoutSeconds (ministack ignores it)."""
    execution = sfn._executions.get(execution_arn)
    machine = execution and sfn._state_machines.get(execution["stateMachineArn"])
    if not machine:
        if execution:
            _fail(execution, "StateMachineDeleted", "State machine no longer exists")
        return
    definition = json.loads(machine["definition"])
    timer = None
    if definition.get("TimeoutSeconds"):
        timer = threading.Timer(definition["TimeoutSeconds"], sfn.contextvars.copy_context().run, args=(_time_out, execution))
        timer.daemon = True
        timer.start()
    try:
        data = json.loads(execution["input"])
        output = json.dumps(_walk(definition["States"], definition["StartAt"], data, execution,
                                  _context(execution, machine, definition, data)))
        if execution["status"] == "RUNNING":
            execution.update(status="SUCCEEDED", output=output, stopDate=sfn.now_iso())
            sfn._add_event(execution, "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": output}})
            sfn._emit_execution_status_event(execution)
    except Stopped:
        pass
    except sfn._ExecutionError as error:
        _fail(execution, error.error, error.cause)
    except Exception as error:  # noqa: BLE001 - an execution never stays RUNNING for an error of the engine
        sfn.logger.exception("execution %s", execution_arn)
        _fail(execution, "States.Runtime", str(error))
    finally:
        if timer:
            timer.cancel()
        finished_event(execution_arn).set()


def _stop_execution(data):
    """StopExecution also ends the executions that it waits for."""
    response = _ministack_stop(data)
    execution = sfn._executions.get(data.get("executionArn"))
    if execution and execution["status"] == "ABORTED":
        stop_children(execution)
        finished_event(execution["executionArn"]).set()
    return response


_ministack_stop = sfn._stop_execution


def _start_execution(data):
    """StartExecution with the name and input of a running standard execution answers as the first call did (idempotent)."""
    arn = sfn._resolve_state_machine_arn(data.get("stateMachineArn", ""))
    machine = arn and sfn._state_machines.get(arn)
    if machine and data.get("name"):
        existing = sfn._executions.get(
            f"arn:aws:states:{sfn.get_region()}:{sfn.get_account_id()}:execution:{machine['name']}:{data['name']}")
        if existing and existing["status"] == "RUNNING" and existing["input"] == data.get("input", "{}"):
            return sfn.json_response({"executionArn": existing["executionArn"], "startDate": existing["startDate"]})
    return _ministack_start(data)


_ministack_start = sfn._start_execution


def _start_sync_execution(data):
    """StartSyncExecution is for express machines alone; a standard one is refused."""
    machine = sfn._state_machines.get(data.get("stateMachineArn", "").split("#")[0])
    if machine and machine.get("type") != "EXPRESS":
        return sfn.error_response_json("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine", 400)
    return _ministack_start_sync(data)


_ministack_start_sync = sfn._start_sync_execution


def _status_event(execution) -> None:
    """Express executions emit no status events."""
    machine = sfn._state_machines.get(execution["stateMachineArn"]) or {}
    if machine.get("type") != "EXPRESS":
        _ministack_status_event(execution)


_ministack_status_event = sfn._emit_execution_status_event


def fill() -> None:
    sfn._run_execution = _run_execution
    sfn._run_sub_machine = _sub_machine
    sfn._fail_execution = _fail
    sfn._stop_execution = _stop_execution
    sfn._start_execution = _start_execution
    sfn._start_sync_execution = _start_sync_execution
    sfn._emit_execution_status_event = _status_event
