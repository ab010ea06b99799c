package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** `prove`, phase 6: internode port, ring view, and handshakes with the peers, before any client is let in. */
final class Prove implements Step {
    private static final long LONGEST_CALL_MS = 8000;
    private static final long PROOF_MS = 10000;

    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        String[] expected = request.expected();
        List<Request.Peer> peers = request.peers();
        journal.begin("prove", "fresh handshakes");
        CrashPoint.reach("proof-before");
        JmxClient jmx = null;
        String ring;
        boolean clients = true;
        try {
            jmx = JmxClient.connect(request, LONGEST_CALL_MS);
            Map<String, Object> view = RingView.of(jmx);
            clients = Boolean.TRUE.equals(view.get("nativeTransport"));
            ring = view.get("operationMode") + ", sees " + view.get("live") + " live, " + view.get("unreachable") + " unreachable";
        } catch (IOException e) {
            ring = "the ring view is missing: " + StepFailure.text(e);
        }
        // With native transport off the client port is proven by restore-traffic.
        if (!clients) expected[0] = null;
        Certificates certificates = new Certificates();
        Wire own = Phase.wire(request, certificates);
        boolean proven = own.prove(expected, PROOF_MS) && jmx != null;
        Wire toPeers = Phase.wire(request, certificates).see(new boolean[] { false, false, false }, peers);
        CrashPoint.reach("proof-after");
        List<String> missing = new ArrayList<String>(own.missing(expected));
        missing.addAll(toPeers.refusals());
        proven = proven && missing.isEmpty();
        String did = (proven ? "Every expected port but those of clients proven; " : "Not proven: " + Phase.words(missing) + "; ") + ring + ".";
        if (clients && proven) did = "Every expected port proven; " + ring + ".";
        journal.done("prove", did);
        Map<String, Object> result = Phase.result(did, new Service(request), jmx, journal);
        result.put("listeners", own.listeners());
        result.put("peers", toPeers.peers());
        result.put("proven", proven);
        return result;
    }
}
