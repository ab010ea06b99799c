package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * `kit.json`: what the controller's requests say of this node at every step, kept at backup time for the day on which no controller
 * asks. It holds paths, ports and addresses, no secret. One lies in the kit's folder, and one beside each snapshot.
 */
final class KitFile {
    /** What every request shares; each step adds its own. */
    private static final String[] BASE = { "protocol", "cluster", "deployment", "node", "address", "clientPort", "internodePort", "cassandra", "jmx", "files", "revocationLists" };
    /** As `drainSeconds`, `stopSeconds` and `nodeStartSeconds` of production's limits, for a backup of an older controller. */
    private static final Map<String, Object> USUAL = Json.object("drainTimeoutMs", 120000L, "stopTimeoutMs", 120000L, "startTimeoutMs", 300000L);

    final Fields fields;
    final String cluster;
    final String node;
    final String backupId;
    final String deployment;

    private KitFile(Map<String, Object> json) throws StepFailure {
        fields = new Fields("kit.json ", json);
        Fields request = fields.object("request");
        cluster = request.name("cluster");
        node = request.text("node");
        deployment = request.name("deployment");
        backupId = fields.name("backupId");
    }

    static Path folder() {
        return Home.of("kit");
    }

    /** What to type for these arguments on this node. */
    static String command(String arguments) {
        return "sh " + Shell.quoted(folder().resolve("ringward-node.sh").toString()) + " kit " + arguments;
    }

    /** @throws StepFailure KIT_MISSING when no backup left a kit here */
    static KitFile read() throws IOException, StepFailure {
        Path path = folder().resolve("kit.json");
        if (!Files.exists(path)) {
            throw new StepFailure("KIT_MISSING", path + " is not there: no backup by this version was made on this node",
                "Restore by hand as docs/runbooks/offline.md describes, from the newest folder in " + Home.of("snapshots") + "; the next backup writes the kit.");
        }
        KitFile kit = readFrom(path);
        if (kit == null) throw new StepFailure("KIT_MISSING", path + " is damaged", "Copy kit.json of the newest folder in " + Home.of("snapshots") + " over it.");
        return kit;
    }

    /** Null when there is none, or it cannot be read. */
    static KitFile readFrom(Path path) throws IOException {
        if (!Files.exists(path)) return null;
        try {
            return new KitFile(Json.readObject(new String(Durable.read(path), StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException | StepFailure e) {
            return null;
        }
    }

    /** The file's bytes, from a request that packs. */
    static byte[] bytes(Request request, String backupId, String program, long at) throws StepFailure {
        Map<String, Object> base = new LinkedHashMap<String, Object>();
        for (String name : BASE) if (request.fields.json().get(name) != null) base.put(name, request.fields.json().get(name));
        Map<String, Object> json = Json.object("schema", 1L, "writtenAt", at, "backupId", backupId, "program", program, "request", base);
        json.putAll(USUAL);
        json.put("peers", new ArrayList<Object>());
        json.put("announced", new ArrayList<Object>());
        if (request.fields.has("kit")) json.putAll(request.fields.object("kit").json());
        return Json.write(json).getBytes(StandardCharsets.UTF_8);
    }

    long writtenAt() throws StepFailure {
        return fields.integer("writtenAt", 0, Long.MAX_VALUE);
    }

    /** A request of a person for one step; `pairs` are its further fields, name and value by turns. */
    Request request(String step, String requestId, long epoch, Object... pairs) throws StepFailure {
        Map<String, Object> json = new LinkedHashMap<String, Object>(fields.object("request").json());
        json.put("step", step);
        json.put("requestId", requestId);
        json.put("epoch", epoch);
        json.putAll(Json.object(pairs));
        return new Request(json);
    }

    /** For looking, which needs neither id nor epoch. */
    Request looking() throws StepFailure {
        return request("state", "kit", 0L);
    }

    boolean isSeed() {
        return Boolean.TRUE.equals(fields.json().get("seed"));
    }

    List<Fields> peers() throws StepFailure {
        return fields.objects("peers");
    }

    /** Peers whose names are given, as a request carries them. */
    List<Object> peersNamed(List<String> names) throws StepFailure {
        List<Object> peers = new ArrayList<Object>();
        for (Fields peer : peers()) if (names.contains(peer.text("node"))) peers.add(peer.json());
        return peers;
    }

    /** What the deployment said that it would write, hash by path; empty when it did not say. */
    Map<String, String> announced() throws StepFailure {
        Map<String, String> announced = new LinkedHashMap<String, String>();
        for (Fields artifact : fields.objects("announced")) announced.put(artifact.text("path"), artifact.sha256("sha256"));
        return announced;
    }
}
