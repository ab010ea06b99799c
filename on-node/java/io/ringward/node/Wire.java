package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the node's own ports, and its peers' ports, show to this node now. */
final class Wire {
    private static final String[] LISTENERS = { "client", "internode", "jmx" };
    private final Request request;
    private final Stores stores;
    private final Certificates certificates;
    private int legacyPort;
    private boolean asked;
    private final List<Dial> own = new ArrayList<Dial>();
    private final List<Dial> toPeers = new ArrayList<Dial>();
    private final List<Request.Peer> dialled = new ArrayList<Request.Peer>();

    Wire(Request request, Stores stores, Certificates certificates) {
        this.request = request;
        this.stores = stores;
        this.certificates = certificates;
    }

    private Dial dial(String listener, String address, int port) throws IOException {
        Dial dial = new Dial(listener, address, port, request.address, request.internodePort, stores.material(listener), certificates);
        return asked ? dial.withAsked() : dial;
    }

    /** Looks at the old TLS port between nodes too, where one is open; 0 for none. */
    Wire withLegacyPort(int port) {
        legacyPort = port;
        return this;
    }

    /** Notes which authorities each port asks for. */
    Wire withAsked() {
        asked = true;
        return this;
    }

    /** All of the node's TLS ports, and both ports of each peer, at the same time. */
    Wire see(List<Request.Peer> peers) throws IOException, InterruptedException {
        return see(new boolean[] { true, true, request.jmxTlsProperties != null }, peers);
    }

    /** Of the node's own ports those that are wanted: client, internode, JMX. */
    Wire see(boolean[] wanted, List<Request.Peer> peers) throws IOException, InterruptedException {
        own.clear();
        toPeers.clear();
        dialled.clear();
        if (wanted[0]) own.add(dial("client", request.address, request.clientPort));
        if (wanted[1]) own.add(dial("internode", request.address, request.internodePort));
        if (legacyPort > 0) own.add(dial("legacy-internode", request.address, legacyPort));
        if (wanted[2]) own.add(dial("jmx", request.jmxAddress, request.jmxPort));
        for (Request.Peer peer : peers) {
            toPeers.add(dial("client", peer.address, peer.clientPort));
            toPeers.add(dial("internode", peer.address, peer.internodePort));
            dialled.add(peer);
            dialled.add(peer);
        }
        List<Dial> all = new ArrayList<Dial>(own);
        all.addAll(toPeers);
        Parallel.run(all);
        return this;
    }

    /** Looks at the client ports of some peers more closely; null where none is named. */
    List<Object> bursts(List<Request.Peer> peers) throws IOException, InterruptedException {
        if (peers.isEmpty()) return null;
        List<Burst> bursts = new ArrayList<Burst>();
        for (Request.Peer peer : peers) bursts.add(new Burst(request, peer, stores.material("client")));
        Parallel.run(bursts);
        List<Object> facts = new ArrayList<Object>();
        for (Burst burst : bursts) facts.add(burst.fact());
        return facts;
    }

    List<Object> listeners() {
        List<Object> facts = new ArrayList<Object>();
        for (Dial dial : own) facts.add(dial.fact());
        return facts;
    }

    List<Object> peers() {
        List<Object> facts = new ArrayList<Object>();
        for (int i = 0; i < toPeers.size(); i++) {
            Map<String, Object> fact = toPeers.get(i).fact();
            fact.put("from", request.node);
            fact.put("to", dialled.get(i).node);
            facts.add(fact);
        }
        return facts;
    }

    /** Links between nodes that a certificate stands in the way of, in words. A peer that cannot be reached refutes nothing. */
    List<String> refusals() {
        List<String> refusals = new ArrayList<String>();
        for (int i = 0; i < toPeers.size(); i++) {
            Dial dial = toPeers.get(i);
            if (!dial.listener().equals("internode") || dial.fact().get("handshake").equals("unreachable")) continue;
            boolean refused = dial.fact().get("handshake").equals("refused") || dial.fact().get("read").equals("refused");
            if (refused) refusals.add(dialled.get(i).node + " refuses this node" + error(dial));
            else if (dial.fact().get("handshake").equals("failed") || Boolean.FALSE.equals(dial.fact().get("trusted"))) refusals.add("this node does not accept " + dialled.get(i).node + error(dial));
        }
        return refusals;
    }

    /** Leaf by listener, for `servedLeaves`. */
    Map<String, Object> leaves() {
        Map<String, Object> leaves = Json.object();
        for (Dial dial : own) if (dial.leaf() != null) leaves.put(dial.listener(), dial.leaf());
        return leaves;
    }

    /**
     * Dials the expected listeners until each serves its leaf and answers, or the time is over. The JMX key is read
     * at process start, so it is dialled like the others but never becomes another while the process lives.
     */
    boolean prove(String[] expected, long deadlineMs) throws IOException, InterruptedException {
        boolean[] wanted = new boolean[LISTENERS.length];
        for (int i = 0; i < wanted.length; i++) wanted[i] = expected[i] != null;
        long end = System.nanoTime() + deadlineMs * 1000000L;
        while (true) {
            see(wanted, new ArrayList<Request.Peer>());
            if (missing(expected).isEmpty()) return true;
            if (System.nanoTime() > end) return false;
            Thread.sleep(50);
        }
    }

    /** What is not as expected, in words; empty when all is. */
    List<String> missing(String[] expected) {
        List<String> missing = new ArrayList<String>();
        for (Dial dial : own) {
            String leaf = expected[Request.listenerIndex(dial.listener())];
            if (leaf == null) continue;
            if (!leaf.equals(dial.leaf())) missing.add(dial.listener() + " serves " + (dial.leaf() == null ? "nothing" : dial.leaf()) + ", expected " + leaf + error(dial));
            else if (!dial.answered()) missing.add(dial.listener() + " serves the expected leaf, but its read is " + dial.fact().get("read") + error(dial));
        }
        return missing;
    }

    private static String error(Dial dial) {
        Object error = dial.fact().get("error");
        return error == null ? "" : " (" + error + ")";
    }
}
