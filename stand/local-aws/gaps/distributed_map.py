"""Distributed Map with JSONata. ministack reads such a Map's fields as JSONPath and ignores its Output and Assign."""
import contextvars
import copy
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for

from ministack.services import stepfunctions as sfn

from gaps.jsonata_states import evaluated, finish, is_jsonata
from gaps.workflows import PAYLOAD_LIMIT_BYTES, Stopped

# How many children run at once when the definition sets no MaxConcurrency: AWS allows 10,000, this machine does not.
LOCAL_CONCURRENCY = 64

COUNTS = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten", "failuresNotRedrivable",
          "pendingRedrive")


def _read_object(bucket: str, key: str, version: str | None) -> str:
    """One S3 object, the version that the ItemReader names included (ministack reads the newest)."""
    from ministack.services import s3

    query = {"versionId": [version]} if version else {}
    status, _headers, body = s3._get_object(bucket, key, {}, query)
    if status != 200:
        raise sfn._ExecutionError("States.ItemReaderFailed", f"The specified key does not exist. (Bucket: {bucket}, Key: {key})")
    return body.decode() if isinstance(body, (bytes, bytearray)) else str(body)


def _read_items(reader, raw_input, effective, ctx, jsonata: bool):
    """The items of an ItemReader whose Arguments and ReaderConfig may hold expressions."""
    if not jsonata:
        return sfn._read_map_items(reader, effective, ctx)
    reader = sfn._apply_jsonata_template(reader, raw_input, ctx)
    arguments, config = reader.get("Arguments") or {}, reader.get("ReaderConfig") or {}
    if reader["Resource"].endswith("s3:getObject"):
        items = sfn._parse_reader_items(_read_object(arguments["Bucket"], arguments["Key"], arguments.get("VersionId")), config)
    else:
        items = sfn._read_map_items({**reader, "Parameters": arguments, "ReaderConfig": {}}, effective, ctx)
    return items[: int(config["MaxItems"])] if config.get("MaxItems") else items


def _items(state_def, raw_input, effective, ctx):
    jsonata = is_jsonata(state_def, ctx)
    if state_def.get("ItemReader"):
        items = _read_items(state_def["ItemReader"], raw_input, effective, ctx, jsonata)
    elif jsonata:
        items = sfn._apply_jsonata_template(state_def["Items"], raw_input, ctx) if "Items" in state_def else raw_input
    else:
        items = sfn._resolve_path_or_ctx(state_def.get("ItemsPath", "$"), effective, ctx)
    if not isinstance(items, list):
        raise sfn._ExecutionError("States.ItemReaderFailed" if state_def.get("ItemReader") else "States.QueryEvaluationError",
                                  f"A Map state needs an array of items, but got {sfn._json_type(items)}")
    return items


def _child_input(state_def, item, index, raw_input, effective, ctx):
    selector = state_def.get("ItemSelector")
    if selector is None:
        return item
    item_ctx = {**ctx, "Map": {"Item": {"Index": index, "Value": item}}}
    if is_jsonata(state_def, ctx):
        return sfn._apply_jsonata_template(selector, raw_input, item_ctx)
    return sfn._resolve_params_obj(selector, effective, item_ctx)


class _MapRun:
    """The Map Run record that ListMapRuns, DescribeMapRun and ListExecutions(mapRunArn) read."""

    def __init__(self, state_def, execution, total):
        _, _, _, region, account, _, machine = execution["stateMachineArn"].split(":")[:7]
        label = state_def.get("Label") or sfn.new_uuid()
        self.lock = threading.Lock()
        self.machine_arn = f"arn:aws:states:{region}:{account}:stateMachine:{machine}/{label}"
        self.child_prefix = f"arn:aws:states:{region}:{account}:execution:{machine}/{label}:"
        self.arn = f"arn:aws:states:{region}:{account}:mapRun:{machine}/{label}:{sfn.new_uuid()}"
        zero = dict.fromkeys(COUNTS, 0)
        self.record = {
            "mapRunArn": self.arn, "executionArn": execution["executionArn"], "status": "RUNNING", "startDate": sfn.now_iso(),
            "maxConcurrency": int(state_def.get("MaxConcurrency") or 0),
            "toleratedFailurePercentage": float(state_def.get("ToleratedFailurePercentage") or 0),
            "toleratedFailureCount": int(state_def.get("ToleratedFailureCount") or 0),
            "itemCounts": dict(zero, total=total, pending=total), "executionCounts": dict(zero, total=total, pending=total),
            "redriveCount": 0, "_stateMachineArn": self.machine_arn,
        }
        sfn._map_runs[self.arn] = self.record

    def move(self, before, after):
        with self.lock:
            for counts in (self.record["itemCounts"], self.record["executionCounts"]):
                counts[before] -= 1
                counts[after] += 1


def _run_child(run, iterator, child_input, parent, ctx):
    """One item as a child execution of its own: own history, no variables of the parent."""
    name = sfn.new_uuid()
    started = sfn.now_iso()
    child = {
        "executionArn": run.child_prefix + name, "stateMachineArn": run.machine_arn, "name": name, "status": "RUNNING",
        "startDate": started, "stopDate": None, "input": json.dumps(child_input), "inputDetails": {"included": True}, "output": None,
        "outputDetails": {"included": True}, "mapRunArn": run.arn, "testCase": "", "mockAttempts": {},
        "events": [{"id": 1, "type": "ExecutionStarted", "timestamp": started,
                    "executionStartedEventDetails": {"input": json.dumps(child_input), "roleArn": ctx["Execution"].get("RoleArn", "")}}],
    }
    sfn._executions[child["executionArn"]] = child
    parent.setdefault("_children", []).append(child["executionArn"])
    child_ctx = copy.deepcopy({key: value for key, value in ctx.items() if key not in ("variables", "Task", "Map")})
    child_ctx["variables"] = {}
    child_ctx["Execution"] = {**child_ctx["Execution"], "Id": child["executionArn"], "Input": child_input, "Name": name,
                              "StartTime": started}
    run.move("pending", "running")
    try:
        output = sfn._run_sub_machine(iterator["States"], iterator["StartAt"], child_input, child, child_ctx)
        child.update(status="SUCCEEDED", output=json.dumps(output), stopDate=sfn.now_iso())
        sfn._add_event(child, "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": child["output"]}})
        run.move("running", "succeeded")
        return True, output
    except Stopped:
        run.move("running", "aborted")
        return False, None
    except Exception as error:  # noqa: BLE001 - counted by the Map Run, whose threshold decides
        failure = error if isinstance(error, sfn._ExecutionError) else sfn._ExecutionError("States.Runtime", str(error))
        child.update(status="FAILED", error=failure.error, cause=failure.cause, stopDate=sfn.now_iso())
        sfn._add_event(child, "ExecutionFailed", {"executionFailedEventDetails": {"error": failure.error, "cause": failure.cause}})
        run.move("running", "failed")
        return False, None


def _exceeds(state_def, failed: int, total: int) -> bool:
    """Whether failures pass what the state tolerates; with no threshold set, one failed child fails the Map."""
    limits = []
    if "ToleratedFailureCount" in state_def:
        limits.append(failed > int(state_def["ToleratedFailureCount"]))
    if "ToleratedFailurePercentage" in state_def:
        limits.append(failed * 100 > float(state_def["ToleratedFailurePercentage"]) * total)
    return failed > 0 and (any(limits) if limits else True)


def _run_distributed_map(state_def, raw_input, effective, iterator, execution, ctx):
    items = _items(state_def, raw_input, effective, ctx)
    state_def = evaluated(state_def, ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"), raw_input, ctx)
    run = _MapRun(state_def, execution, len(items))
    inputs = [_child_input(state_def, item, index, raw_input, effective, ctx) for index, item in enumerate(items)]
    for child_input in inputs:
        if len(json.dumps(child_input).encode()) > PAYLOAD_LIMIT_BYTES:
            raise sfn._ExecutionError("States.DataLimitExceeded", "An item's input exceeds the maximum number of bytes service limit.")
    workers = int(state_def.get("MaxConcurrency") or 0) or min(len(items), LOCAL_CONCURRENCY) or 1
    with ThreadPoolExecutor(max_workers=min(workers, max(1, len(items)))) as pool:
        futures = [pool.submit(contextvars.copy_context().run, _run_child, run, iterator, child_input, execution, ctx)
                   for child_input in inputs]
        wait_for(futures)
    ends = [future.result() for future in futures]
    if execution["status"] != "RUNNING":
        run.record.update(status="ABORTED", stopDate=sfn.now_iso())
        raise Stopped
    failed = sum(1 for succeeded, _ in ends if not succeeded)
    exceeded = _exceeds(state_def, failed, len(items))
    run.record.update(status="FAILED" if exceeded else "SUCCEEDED", stopDate=sfn.now_iso())
    if exceeded:
        raise sfn._ExecutionError("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded")
    results = [output for succeeded, output in ends if succeeded]
    return finish(state_def, raw_input, results, ctx), sfn._next_or_end(state_def)


def _run_map_items(state_def, raw_input, execution, ctx):
    """The inline Map stays ministack's; the distributed one is ours, before ministack looks for items in its own way."""
    iterator = state_def.get("ItemProcessor") or state_def.get("Iterator") or {}
    if (iterator.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
        effective = raw_input if is_jsonata(state_def, ctx) else sfn._apply_input_path(state_def, raw_input, ctx)
        return _run_distributed_map(state_def, raw_input, effective, iterator, execution, ctx)
    return _ministack_map_items(state_def, raw_input, execution, ctx)


_ministack_map_items = sfn._run_map_items


def fill() -> None:
    sfn._run_map_items = _run_map_items
