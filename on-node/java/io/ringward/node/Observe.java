package io.ringward.node;

import java.io.IOException;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** `observe`: every fact of this node that a verification needs; it changes nothing. */
final class Observe implements Step {
    private static final long LONGEST_CALL_MS = 8000;
    private static final List<String> DEPTHS = Arrays.asList("full", "soak", "state", "certificates");

    @Override
    public Map<String, Object> run(final Request request, Journal journal) throws Exception {
        String depth = request.fields.text("depth");
        if (!DEPTHS.contains(depth)) throw StepFailure.field("depth", "must be full, soak, state or certificates");
        // A soak asks everything again but how the files load: that costs most, and unchanged files load as they did.
        final boolean trial = depth.equals("full");
        final boolean full = trial || depth.equals("soak");
        final List<Request.Peer> peers = full ? request.peers() : new ArrayList<Request.Peer>();
        final Certificates certificates = new Certificates();
        final String[] version = new String[1];
        final List<Map<String, Object>> loads = new ArrayList<Map<String, Object>>();
        long at = System.currentTimeMillis();
        // Cassandra builds the context of a key without any trust; the JDK would then open a truststore of its own for it. Set before
        // anything runs beside, and by nobody else: JMX brings its trust along.
        System.setProperty(JmxTls.STORES + "trustStore", "NONE");
        final FutureTask<Map<String, Object>> service = Parallel.start(new Callable<Map<String, Object>>() {
            @Override
            public Map<String, Object> call() throws Exception {
                return new Service(request).fact();
            }
        });
        final NodeClasses classes = new NodeClasses(request.cassandraHome);
        final ProcessArguments arguments = ProcessArguments.of(full ? (Long) Parallel.value(service).get("pid") : null);
        FutureTask<Map<String, Object>> target = !trial ? null : Parallel.start(new Callable<Map<String, Object>>() {
            @Override
            public Map<String, Object> call() throws Exception {
                return TargetJvm.judgements(request, arguments);
            }
        });
        FutureTask<Map<String, Object>> ring = depth.equals("certificates") ? null : Parallel.start(new Callable<Map<String, Object>>() {
            @Override
            public Map<String, Object> call() throws Exception {
                // A client connection is told as a map of Cassandra's own libraries.
                JmxClient jmx = JmxClient.connect(request, LONGEST_CALL_MS, full && classes.areThere() ? classes.loader() : null);
                version[0] = String.valueOf(jmx.storageService("ReleaseVersion"));
                Map<String, Object> view = RingView.of(jmx);
                if (full) addLoad(loads, jmx, request, (Long) Parallel.value(service).get("pid"));
                return view;
            }
        });
        CassandraYaml yaml = CassandraYaml.read(Paths.get(request.yaml), classes, request.cassandraHome);
        Stores stores = Stores.ofNode(request, yaml, classes).withJmxAgent(JmxAgent.of(arguments));
        final Wire wire = new Wire(request, Stores.ofNode(request, yaml, classes), certificates).withLegacyPort(yaml.legacyPort);
        FutureTask<Wire> dialled = Parallel.start(new Callable<Wire>() {
            @Override
            public Wire call() throws Exception {
                return wire.see(peers);
            }
        });
        Map<String, Object> result = new LinkedHashMap<String, Object>();
        result.put("at", at);
        result.put("files", FileFacts.of(request, full ? ServiceUser.of((Long) Parallel.value(service).get("pid")) : null));
        List<Object> storeFacts = stores.facts(trial, certificates);
        result.put("stores", storeFacts);
        if (full) {
            if (trial) judgeByTarget(storeFacts, target);
            String folder = arguments.property("cassandra.logdir");
            result.put("log", LogLines.of(folder == null ? request.log : folder + "/system.log"));
            result.put("revocations", Revocations.of(request.revocationLists, stores.certificates()));
        }
        Parallel.value(dialled);
        result.put("listeners", wire.listeners());
        result.put("peers", wire.peers());
        List<Object> bursts = wire.bursts(request.closely());
        if (bursts != null) result.put("bursts", bursts);
        result.put("ring", null);
        try {
            if (ring != null) {
                Map<String, Object> view = Parallel.value(ring);
                result.put("ring", view);
                if (((List<?>) view.get("schemaVersions")).isEmpty()) result.put("ringError", "the schema versions did not come in time");
            }
        } catch (Exception e) {
            result.put("ringError", StepFailure.text(e));
        }
        if (!loads.isEmpty()) {
            Map<String, Object> links = OpenLinks.of((Long) Parallel.value(service).get("pid"), request.internodePort, request.clientPort);
            if (links != null) loads.get(0).put("links", links);
            result.put("load", loads.get(0));
        }
        result.put("service", Parallel.value(service));
        if (yaml.error != null) yaml.settings.add(Json.object("setting", "cassandra.yaml", "value", yaml.error));
        result.put("configuration", yaml.settings);
        result.put("java", System.getProperty("java.version"));
        String cassandra = version[0] != null ? version[0] : classes.version();
        if (cassandra != null) result.put("cassandra", cassandra);
        result.put("certificates", certificates.der());
        return result;
    }

    /** Counters advise only: whatever is wrong with them must not cost the view of the ring. */
    private static void addLoad(List<Map<String, Object>> loads, JmxClient jmx, Request request, Long pid) {
        try {
            loads.add(LoadSample.of(jmx, request.address, pid));
        } catch (IOException | RuntimeException e) {
            // A sample that is not there is told as such by whoever judges it.
            loads.clear();
        }
    }

    /** A target that cannot be asked leaves no judgement: it is unknown, not as this JVM would have it. */
    @SuppressWarnings("unchecked")
    private static void judgeByTarget(List<Object> storeFacts, FutureTask<Map<String, Object>> target) {
        Map<String, Object> judged;
        try {
            judged = Parallel.value(target);
        } catch (Exception e) {
            judged = Json.object();
        }
        if (judged == null) return;
        for (Object item : storeFacts) {
            Map<String, Object> fact = (Map<String, Object>) item;
            if (fact.remove("jvm") != null && judged.get(fact.get("path")) != null) fact.put("jvm", judged.get(fact.get("path")));
        }
    }
}
