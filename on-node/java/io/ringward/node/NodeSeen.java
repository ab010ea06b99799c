package io.ringward.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One look at the node, as `observe` makes it: what lies on the disk, what the ports serve, the service, the ring. */
final class NodeSeen {
    final Map<?, ?> result;
    final long at;

    private NodeSeen(Map<?, ?> result) {
        this.result = result;
        this.at = (Long) result.get("at");
    }

    /** Looks without peers and without trial load; it changes nothing. */
    static NodeSeen look(KitFile kit) throws Exception {
        Request request = kit.request("observe", "kit", 0L, "depth", "state", "peers", new ArrayList<Object>());
        return new NodeSeen((Map<?, ?>) Steps.run(request, "observe"));
    }

    List<?> facts(String name) {
        Object facts = result.get(name);
        return facts instanceof List ? (List<?>) facts : new ArrayList<Object>();
    }

    private Map<?, ?> find(String facts, String key, String value) {
        for (Object fact : facts(facts)) if (value.equals(((Map<?, ?>) fact).get(key))) return (Map<?, ?>) fact;
        return null;
    }

    Map<?, ?> listener(String name) {
        return find("listeners", "listener", name);
    }

    /** A file's fact; null for one that is not registered. */
    Map<?, ?> file(String path) {
        return find("files", "path", path);
    }

    /** The leaf that the port serves now, or null. */
    String leaf(String listener) {
        Map<?, ?> fact = listener(listener);
        List<?> chain = fact == null ? null : (List<?>) fact.get("chain");
        return chain == null || chain.isEmpty() ? null : (String) chain.get(0);
    }

    /** The leaf of the keystore that a listener is configured with, as it lies on the disk now; null when there is none to read. */
    String leafOnDisk(String listener) {
        return LocalBackup.leafOf(facts("stores"), listener);
    }

    private Map<?, ?> service() {
        return (Map<?, ?>) result.get("service");
    }

    boolean isRunning() {
        return service().get("pid") != null;
    }

    /** Of the process, ms; null when it does not run, or nobody knows. */
    Long startedAt() {
        return (Long) service().get("startedAt");
    }

    String serviceInWords() {
        Object pid = service().get("pid");
        return service().get("state") + (pid == null ? ", no process" : ", pid " + pid + (startedAt() == null ? "" : ", since " + KitPage.time(startedAt())));
    }

    /** Null when JMX did not answer. */
    Map<?, ?> ring() {
        return (Map<?, ?>) result.get("ring");
    }

    Map<?, ?> certificates() {
        return (Map<?, ?>) result.get("certificates");
    }
}
