package io.ringward.node;

import java.io.IOException;
import java.util.Map;

/** `stop-accepting`, phase 1: native transport off, so that no client is cut off in the middle of a query by what follows. */
final class StopAccepting implements Step {
    private static final long LONGEST_CALL_MS = 60000;
    private static final long OFF_MS = 10000;

    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        Service service = new Service(request);
        if (service.pid() == null && !service.portIsOpen()) return Phase.result("Cassandra is not running, so no client is accepted; nothing to do.", service, null, journal);
        journal.begin("native-transport", "off");
        CrashPoint.reach("traffic-before-stop");
        try {
            JmxClient jmx = JmxClient.connect(request, LONGEST_CALL_MS);
            boolean wasOn = Boolean.TRUE.equals(jmx.storageService("NativeTransportRunning"));
            if (wasOn) jmx.stopNativeTransport();
            CrashPoint.reach("traffic-after-stop");
            long end = System.nanoTime() + OFF_MS * 1000000L;
            while (Boolean.TRUE.equals(jmx.storageService("NativeTransportRunning"))) {
                if (System.nanoTime() > end) throw new IOException("native transport is still on after " + OFF_MS + " ms");
                Thread.sleep(50);
            }
            journal.done("native-transport", wasOn ? "off" : "was off");
            return Phase.result(wasOn ? "Native transport turned off." : "Native transport was off already.", service, jmx, journal);
        } catch (IOException e) {
            // A process that hangs in its start: it has joined nothing and serves nobody.
            if (!service.portIsOpen()) {
                journal.done("native-transport", "no port is open: " + StepFailure.text(e));
                return Phase.result("JMX does not answer and no port is open, so no client is accepted; nothing to do.", service, null, journal);
            }
            throw new StepFailure("DRAIN_FAILED", "native transport could not be turned off: " + StepFailure.text(e), "See that JMX answers at " + request.jmxAddress + ":" + request.jmxPort + ", then send the request again.");
        }
    }
}
