"""Target groups probe their targets for real, by TCP or HTTP, as their load balancer would (ministack: every target is healthy)."""
import http.client
import socket
import ssl
import threading
import time
from xml.sax.saxutils import escape

from ministack.services import alb

TICK_S = 0.2

_standings: dict[tuple[str, str, int], dict] = {}


def _probe(group, host: str, port: int) -> str:
    """Empty when the target is well, else the reason's words."""
    protocol, timeout = group["HealthCheckProtocol"], float(group["HealthCheckTimeoutSeconds"])
    try:
        if protocol not in ("HTTP", "HTTPS"):
            socket.create_connection((host, port), timeout=timeout).close()
            return ""
        plain = http.client.HTTPConnection(host, port, timeout=timeout)
        # A load balancer on AWS does not validate a target's certificate either.
        connection = plain if protocol == "HTTP" else http.client.HTTPSConnection(
            host, port, timeout=timeout, context=ssl._create_unverified_context())
        try:
            connection.request("GET", group["HealthCheckPath"] or "/")
            status = connection.getresponse().status
        finally:
            connection.close()
        return "" if _matches(group["Matcher"]["HttpCode"], status) else f"Health checks failed with these codes: [{status}]"
    except (OSError, http.client.HTTPException):
        return "Health checks failed"


def _matches(wanted: str, status: int) -> bool:
    ranges = [part.partition("-") for part in str(wanted).split(",")]
    return any(int(low) <= status <= int(high or low) for low, _, high in ranges)


def _look(group, target) -> None:
    arn = group["TargetGroupArn"]
    port = int(target.get("Port") or group["Port"])
    probed = port if group["HealthCheckPort"] == "traffic-port" else int(group["HealthCheckPort"])
    standing = _standings.setdefault((arn, target["Id"], port), {"state": "initial", "reason": "", "good": 0, "bad": 0, "next": 0.0, "busy": False})
    if standing["busy"] or time.monotonic() < standing["next"]:
        return
    standing["busy"] = True

    def probe() -> None:
        reason = _probe(group, target["Id"], probed)
        standing["good"], standing["bad"] = (0, standing["bad"] + 1) if reason else (standing["good"] + 1, 0)
        # The first success is enough for a new target; afterwards each change needs its threshold.
        needed = 1 if standing["state"] == "initial" else group["HealthyThresholdCount"]
        if standing["good"] >= needed:
            standing.update(state="healthy", reason="")
        elif standing["bad"] >= group["UnhealthyThresholdCount"]:
            standing.update(state="unhealthy", reason=reason)
        standing.update(next=time.monotonic() + group["HealthCheckIntervalSeconds"], busy=False)

    threading.Thread(target=probe, daemon=True).start()


def _look_for_ever() -> None:
    while True:
        time.sleep(TICK_S)
        for group in list(alb._tgs.values()):
            for target in list(alb._targets.get(group["TargetGroupArn"], [])):
                _look(group, target)


def _describe_target_health(params):
    arn = alb._p(params, "TargetGroupArn")
    if arn not in alb._tgs:
        return alb._error("TargetGroupNotFound", f"Target group '{arn}' not found.")
    group, asked = alb._tgs[arn], {target["Id"] for target in alb._parse_targets_param(params)}
    descriptions = ""
    for target in alb._targets.get(arn, []):
        if asked and target["Id"] not in asked:
            continue
        port = int(target.get("Port") or group["Port"])
        standing = _standings.get((arn, target["Id"], port), {"state": "initial", "reason": ""})
        reason = {"initial": "Elb.InitialHealthChecking", "unhealthy": "Target.FailedHealthChecks"}.get(standing["state"])
        descriptions += (
            f"<member><Target><Id>{escape(target['Id'])}</Id><Port>{port}</Port></Target><TargetHealth><State>{standing['state']}</State>"
            + (f"<Reason>{reason}</Reason><Description>{escape(standing['reason'])}</Description>" if reason else "")
            + "</TargetHealth></member>")
    return alb._xml(200, "DescribeTargetHealth", f"<TargetHealthDescriptions>{descriptions}</TargetHealthDescriptions>")


def fill() -> None:
    alb._ACTION_MAP["DescribeTargetHealth"] = _describe_target_health
    threading.Thread(target=_look_for_ever, daemon=True).start()
