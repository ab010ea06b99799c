package io.ringward.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Fresh handshakes with one peer's client port, one after the other: what a share of failures, or a slow answer, is seen by. */
final class Burst implements Runnable {
    private static final int HANDSHAKES = 24;
    /** The first ones load classes of this JVM; they are no measure of the peer. */
    private static final int LEFT_OUT = 4;
    private static final long LONGEST_NS = 8000000000L;

    private final String from;
    private final Request.Peer peer;
    private final int ownPort;
    private final String ownAddress;
    private final Stores.Material material;
    private final List<Object> ms = new ArrayList<Object>();
    private final List<Object> readMs = new ArrayList<Object>();
    private int asked;
    private int failed;

    Burst(Request request, Request.Peer peer, Stores.Material material) {
        from = request.node;
        ownAddress = request.address;
        ownPort = request.internodePort;
        this.peer = peer;
        this.material = material;
    }

    @Override
    public void run() {
        long end = System.nanoTime() + LONGEST_NS;
        for (int i = 0; i < LEFT_OUT + HANDSHAKES && System.nanoTime() < end; i++) {
            Dial dial = new Dial("client", peer.address, peer.clientPort, ownAddress, ownPort, material, new Certificates());
            dial.once();
            if (i < LEFT_OUT) continue;
            asked++;
            if (dial.answered()) {
                ms.add(dial.fact().get("ms"));
                readMs.add(dial.readMs());
            } else failed++;
        }
    }

    /** A BurstFact. */
    Map<String, Object> fact() {
        return Json.object("from", from, "to", peer.node, "asked", asked, "failed", failed, "ms", ms, "readMs", readMs);
    }
}
