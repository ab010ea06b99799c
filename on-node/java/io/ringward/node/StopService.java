package io.ringward.node;

import java.io.IOException;
import java.util.Map;

/** `stop-service`, phase 2: drained, stopped, and the process is gone. A failed drain stops the rollback of this node. */
final class StopService implements Step {
    private static final long LONGEST = 24L * 3600 * 1000;

    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        long drainMs = request.fields.integer("drainTimeoutMs", 1, LONGEST);
        long stopMs = request.fields.integer("stopTimeoutMs", 1, LONGEST);
        Service service = new Service(request);
        Long pid = service.pid();
        if (pid == null && !service.portIsOpen()) return Phase.result("Cassandra was not running; nothing to drain or stop.", service, null, journal);
        boolean drained = drain(request, journal, service, drainMs);
        stop(request, journal, service, pid, stopMs);
        return Phase.result((drained ? "Drained and stopped" : "Not drained, as no port was open; stopped") + (pid == null ? "." : ", pid " + pid + " is gone."), service, null, journal);
    }

    /** @return false when no port is open: the process went away meanwhile, or serves nobody */
    private static boolean drain(Request request, Journal journal, Service service, long drainMs) throws IOException, StepFailure, InterruptedException {
        journal.begin("drain", "within " + drainMs + " ms");
        CrashPoint.reach("drain-before");
        String failure;
        try {
            JmxClient jmx = JmxClient.connect(request, drainMs);
            long end = System.nanoTime() + drainMs * 1000000L;
            String mode = String.valueOf(jmx.storageService("OperationMode"));
            if (!mode.equals("DRAINED") && !mode.equals("DRAINING")) jmx.drain();
            for (mode = ""; !mode.equals("DRAINED") && System.nanoTime() < end; Thread.sleep(50)) mode = String.valueOf(jmx.storageService("OperationMode"));
            failure = mode.equals("DRAINED") ? null : "the node is " + mode + " after " + drainMs + " ms";
        } catch (IOException e) {
            failure = StepFailure.text(e);
        }
        CrashPoint.reach("drain-after");
        if (failure == null) {
            journal.done("drain", "DRAINED");
            return true;
        }
        // Ended meanwhile, or hanging in its start: what was never open has nothing to drain.
        if (!service.portIsOpen()) {
            journal.done("drain", "nothing to drain, no port is open: " + failure);
            return false;
        }
        journal.failed("drain", failure);
        throw new StepFailure("DRAIN_FAILED", "the node did not reach DRAINED: " + failure, "See the node's log; it still runs, with native transport off. Resume, or turn native transport on again.");
    }

    private static void stop(Request request, Journal journal, Service service, Long pid, long stopMs) throws IOException, StepFailure, InterruptedException {
        journal.begin("stop", "systemctl stop " + request.service + (pid == null ? "" : ", pid " + pid));
        CrashPoint.reach("stop-before");
        long end = System.nanoTime() + stopMs * 1000000L;
        String failure = "";
        try {
            service.stop(stopMs);
        } catch (IOException e) {
            failure = ": " + StepFailure.text(e);
        }
        while ((pid != null && Service.isAlive(pid)) || service.pid() != null || service.portIsOpen()) {
            if (System.nanoTime() > end) {
                journal.failed("stop", "still running after " + stopMs + " ms" + failure);
                throw new StepFailure("SERVICE_NOT_STOPPED", "Cassandra still runs " + stopMs + " ms after systemctl stop" + failure, "Stop it by hand, then resume.");
            }
            Thread.sleep(50);
        }
        CrashPoint.reach("stop-after");
        journal.done("stop", "the process is gone");
    }
}
