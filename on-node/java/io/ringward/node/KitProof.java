package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Fresh handshakes with this node's own ports, its peers, and a look at the ring; it changes nothing and journals nothing. */
final class KitProof {
    private static final long PROOF_MS = 2000;
    private static final long LONGEST_CALL_MS = 8000;

    private KitProof() {}

    /**
     * @param expected leaf by listener
     * @return the exit code: 0 proven, 3 proven while something else is not well, 10 not proven
     */
    static int of(KitFile kit, Map<String, ?> expected, KitPage page) throws Exception {
        Request request = kit.request("prove", "kit", 0L, "expect", expected, "peers", kit.fields.json().get("peers"));
        Certificates certificates = new Certificates();
        Wire own = Phase.wire(request, certificates);
        String[] leaves = request.expected();
        boolean proven = !expected.isEmpty() && own.prove(leaves, PROOF_MS);
        for (Object listener : own.listeners()) page.row("Port", KitStatus.portInWords((Map<?, ?>) listener, certificates.der()));
        List<String> missing = expected.isEmpty() ? java.util.Collections.singletonList("there is no leaf to expect: name a backup") : own.missing(leaves);
        Wire toPeers = Phase.wire(request, certificates).see(new boolean[] { false, false, false }, request.peers());
        List<String> refused = new ArrayList<String>();
        List<String> others = new ArrayList<String>();
        for (String refusal : toPeers.refusals()) (refusal.contains(" refuses this node") ? refused : others).add(refusal);
        others.addAll(ring(request, page));
        for (String what : missing) page.row("NOT PROVEN", what);
        for (String what : refused) page.row("NOT PROVEN", what);
        for (String what : others) page.row("Mind", what);
        proven = proven && refused.isEmpty();
        if (proven) page.row("PROVEN", "every expected port serves its leaf and answers" + (request.peers().isEmpty() ? "" : "; no peer refuses this node"));
        page.fact("proven", proven);
        page.fact("listeners", own.listeners());
        page.fact("peers", toPeers.peers());
        page.fact("others", others);
        return !proven ? Kit.REFUSED : others.isEmpty() ? Kit.WELL : Kit.ATTENTION;
    }

    private static List<String> ring(Request request, KitPage page) throws IOException, InterruptedException {
        List<String> wrong = new ArrayList<String>();
        try {
            Map<String, Object> view = RingView.of(JmxClient.connect(request, LONGEST_CALL_MS));
            page.row("Ring", KitStatus.ringInWords(view));
            if (!((List<?>) view.get("unreachable")).isEmpty()) wrong.add("this node sees " + view.get("unreachable") + " down");
            if (Boolean.FALSE.equals(view.get("nativeTransport"))) wrong.add("native transport is off: no client is let in");
        } catch (IOException e) {
            wrong.add("JMX does not answer: " + StepFailure.text(e));
        }
        return wrong;
    }
}
