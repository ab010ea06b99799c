package io.ringward.node;

import java.io.IOException;
import java.util.Map;

/** `restore-traffic`, phase 7: native transport on, the drop-in gone, the client port proven. */
final class RestoreTraffic implements Step {
    private static final long LONGEST_CALL_MS = 60000;
    private static final long PROOF_MS = 10000;

    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        String[] expected = request.expected();
        Service service = new Service(request);
        journal.begin("native-transport", "on");
        CrashPoint.reach("traffic-before-start");
        JmxClient jmx;
        boolean wasOn;
        try {
            jmx = JmxClient.connect(request, LONGEST_CALL_MS);
            wasOn = Boolean.TRUE.equals(jmx.storageService("NativeTransportRunning"));
            if (!wasOn) jmx.startNativeTransport();
        } catch (IOException e) {
            throw new StepFailure("SERVICE_NOT_STARTED", "native transport could not be turned on: " + StepFailure.text(e), "See that the node is up and JMX answers at " + request.jmxAddress + ":" + request.jmxPort + ", then resume.");
        }
        CrashPoint.reach("traffic-after-start");
        service.letClientsOn();
        journal.done("native-transport", wasOn ? "was on" : "on");
        CrashPoint.reach("proof-before");
        Wire wire = Phase.wire(request, new Certificates());
        boolean proven = wire.prove(expected, PROOF_MS);
        CrashPoint.reach("proof-after");
        String did = (wasOn ? "Native transport was on already" : "Native transport turned on") + (proven ? "; every expected port proven." : "; not proven: " + Phase.words(wire.missing(expected)) + ".");
        Map<String, Object> result = Phase.result(did, service, jmx, journal);
        result.put("listeners", wire.listeners());
        result.put("proven", proven);
        return result;
    }
}
