package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Would the ring take this node with the material of the backup? Its peers are dialled with that key and that trust, before anything changes. */
final class PeerTrial {
    /** Accept the old leaf, and are accepted by the old trust: they must prove it afterwards. */
    final List<String> proving = new ArrayList<String>();
    /** In words: who refuses the old leaf though they answer. */
    final List<String> refusing = new ArrayList<String>();
    /** In words: whom this node accepts now, and would not with the backup's trust. */
    final List<String> lost = new ArrayList<String>();
    /** In words: whom it accepts neither now nor then, such as peers that serve a bad certificate themselves. */
    final List<String> strangers = new ArrayList<String>();

    private PeerTrial() {}

    static PeerTrial of(KitFile kit, LocalBackup backup) throws IOException, StepFailure, InterruptedException {
        PeerTrial trial = new PeerTrial();
        Request request = kit.request("state", "kit", 0L, "peers", kit.fields.json().get("peers"));
        if (request.peers().isEmpty()) return trial;
        NodeClasses classes = new NodeClasses(request.cassandraHome);
        Stores then = new Stores(request, backup.yaml(request, classes), classes, backup.snapshot.aside());
        List<Object> afterwards = see(new Wire(request, then, new Certificates()), request);
        List<Object> today = see(Phase.wire(request, new Certificates()), request);
        for (int i = 0; i < afterwards.size(); i++) trial.judge((Map<?, ?>) afterwards.get(i), (Map<?, ?>) today.get(i));
        return trial;
    }

    private static List<Object> see(Wire wire, Request request) throws IOException, StepFailure, InterruptedException {
        return wire.see(new boolean[] { false, false, false }, request.peers()).peers();
    }

    private void judge(Map<?, ?> then, Map<?, ?> now) {
        if (!"internode".equals(then.get("listener")) || "unreachable".equals(then.get("handshake"))) return;
        String peer = then.get("to") + " (" + then.get("address") + ")";
        String why = then.get("error") == null ? "" : ": " + then.get("error");
        if ("refused".equals(then.get("handshake")) || "refused".equals(then.get("read"))) refusing.add(peer + why);
        else if (Boolean.TRUE.equals(then.get("trusted"))) proving.add((String) then.get("to"));
        else if (Boolean.TRUE.equals(now.get("trusted"))) lost.add(peer + why);
        else strangers.add(peer + why);
    }
}
