"""Starts moto's server, the second local AWS, with what its Step Functions engine lacks for Ringward's state machines.

JSONata is evaluated by jsonata-python (moto would want a JVM), and functions are invoked by HTTP at FUNCTIONS_URL (moto would
want Docker), and executions are started with JSONata arguments too (moto spells only JSONPath's as its own client wants them). The version is pinned in requirements.txt; a different one is refused, since these are its internals.
"""
import io
import json
import os
import sys
import threading
import urllib.request
import uuid
from importlib.metadata import version

from jsonata import Jsonata

PINNED = "5.2.5"
if version("moto") != PINNED:
    raise SystemExit(f"moto {version('moto')} is installed, but the shim is made for {PINNED}")

import moto.stepfunctions.parser.asl.jsonata.jsonata as engine  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import StateTaskServiceSfn  # noqa: E402


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _evaluate(expression):
    try:
        return _plain(Jsonata(expression).evaluate(None))
    except Exception as error:
        raise engine.JSONataException("UNKNOWN", str(error)) from error


class Functions:
    """The one call of the Lambda client that a Task makes."""

    def invoke(self, FunctionName, Payload, **_):
        name = FunctionName.rsplit(":", 1)[-1]
        request = urllib.request.Request(f"{os.environ['FUNCTIONS_URL']}/{name}", data=Payload, method="POST")
        with urllib.request.urlopen(request) as response:
            answer = {"StatusCode": 200, "Payload": io.BytesIO(response.read())}
            if response.headers.get("X-Function-Error"):
                answer["FunctionError"] = "Unhandled"
            return answer


_boto_client_for = lambda_eval_utils.boto_client_for


def _client_for(region, service, state_credentials=None):
    return Functions() if service == "lambda" else _boto_client_for(region=region, service=service, state_credentials=state_credentials)


_start = StateTaskServiceSfn._eval_service_task


def _start_execution(self, env, resource_runtime_part, normalised_parameters, state_credentials):
    parameters = {key[0].lower() + key[1:]: value for key, value in normalised_parameters.items()}
    if not isinstance(parameters.get("input"), str):
        parameters["input"] = json.dumps(parameters.get("input", {}))
    # moto takes every execution without a name for the same one.
    parameters.setdefault("name", str(uuid.uuid4()))
    _start(self, env, resource_runtime_part, parameters, state_credentials)
    env.stack.append(_capitals(env.stack.pop()))


def _capitals(answer):
    return {key[0].upper() + key[1:]: value for key, value in answer.items()}


_until_ended = StateTaskServiceSfn._build_sync2_resolver


def _until_child_ended(self, *arguments, **named):
    ended = _until_ended(self, *arguments, **named)

    def answer():
        found = ended()
        return None if found is None else _capitals(found)

    return answer


def _end_with_test():
    """The test holds this process's stdin: when it is gone, however it went, there is nobody left to serve."""
    while os.read(0, 4096):
        pass
    os._exit(0)


def main():
    engine._eval_jsonata = _evaluate
    engine.eval_jsonata_expression = _evaluate
    # Modules that imported the name already.
    for module in list(sys.modules.values()):
        if getattr(module, "eval_jsonata_expression", None) is not None:
            module.eval_jsonata_expression = _evaluate
    lambda_eval_utils.boto_client_for = _client_for
    StateTaskServiceSfn._eval_service_task = _start_execution
    StateTaskServiceSfn._build_sync2_resolver = _until_child_ended
    threading.Thread(target=_end_with_test, daemon=True).start()
    from moto.server import main as serve

    serve(sys.argv[1:])


if __name__ == "__main__":
    main()
