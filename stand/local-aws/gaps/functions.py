"""Lambda functions run in the stand's own host, from the deployed code, whatever their environment says."""
import asyncio
import base64
import hashlib
import io
import json
import os
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from ministack.services import eventbridge, lambda_svc

HOST_URL = os.environ["FUNCTION_HOST_URL"]
CODE_FOLDER = Path(os.environ["FUNCTION_CODE_FOLDER"])

# Beyond the function's own time-out: the host ends the function itself, this only guards against a host that hangs.
HOST_GRACE_S = 10


def _code_folder(record) -> str:
    """The deployed zip, unpacked once per content."""
    code = record.get("code_zip") or b""
    if isinstance(code, str):
        code = base64.b64decode(code)
    folder = CODE_FOLDER / hashlib.sha256(code).hexdigest()[:32]
    if not folder.exists():
        building = CODE_FOLDER / f".{folder.name}.{os.getpid()}.{os.urandom(4).hex()}"
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            archive.extractall(building)
        try:
            building.rename(folder)
        except OSError:
            pass  # another invocation unpacked the same code first
    return str(folder)


def _failure(kind: str, message: str) -> dict:
    return {"body": {"errorType": kind, "errorMessage": message}, "error": True}


def _configuration(func) -> dict:
    config = func.get("config") or func
    return {
        "name": config["FunctionName"], "arn": config.get("FunctionArn", ""), "version": config.get("Version", "$LATEST"),
        "handler": config.get("Handler", "index.handler"), "codeFolder": _code_folder(func),
        "timeoutSeconds": int(config.get("Timeout") or 3), "memoryMb": int(config.get("MemorySize") or 128),
        "environment": (config.get("Environment") or {}).get("Variables") or {},
    }


def _order(url, order) -> dict:
    request = urllib.request.Request(url, data=json.dumps(order).encode(), headers={"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=order["function"]["timeoutSeconds"] + HOST_GRACE_S) as response:
        return json.loads(response.read())


def _execute_in_host(func, event, url, request_id) -> dict:
    """Runs an invocation in the host. The handler's own error name and message stay as they are: Retry and Catch match by name."""
    try:
        answer = _order(url, {"requestId": request_id, "event": event, "function": _configuration(func)})
    except (OSError, ValueError) as error:
        # The host is gone or died under the invocation. To the caller this is Lambda's own fault, to be tried again.
        return _failure("Lambda.ServiceException", f"The function's host did not answer: {error}")
    if "error" in answer:
        return {"body": answer["error"], "error": True, "log": answer.get("log", "")}
    return {"body": json.dumps(answer.get("result")), "log": answer.get("log", ""), "raw_payload": True}


async def _invoke(name, event, headers, *args, **kwargs):
    """A fault of the host is a 500 ServiceException to an SDK's Invoke, which the SDK tries again. A dry run loads the code, and runs nothing."""
    status, response_headers, body = await _ministack_invoke(name, event, headers, *args, **kwargs)
    if status == 204:
        await asyncio.to_thread(_order, HOST_URL, {"requestId": "", "event": None, "function": _configuration(lambda_svc._functions[name])})
    if response_headers.get("X-Amz-Function-Error") and b"Lambda.ServiceException" in (body or b""):
        return 500, {"Content-Type": "application/json", "x-amzn-errortype": "ServiceException"}, json.dumps(
            {"Type": "Service", "Message": json.loads(body).get("errorMessage")}).encode()
    return status, response_headers, body


_ministack_invoke = lambda_svc._invoke


def _from_event_rule(arn, payload) -> None:
    """EventBridge invokes asynchronously, with two retries and the function's own dead-letter queue (ministack: once)."""
    func, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not func or not config:
        raise LookupError(f"function {name} not found")
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(func, config), json.loads(payload))


def fill() -> None:
    CODE_FOLDER.mkdir(parents=True, exist_ok=True)
    lambda_svc._proxy_url_for = lambda config: HOST_URL
    lambda_svc._execute_function_proxy = _execute_in_host
    lambda_svc._invoke = _invoke
    eventbridge._dispatch_to_lambda = _from_event_rule
