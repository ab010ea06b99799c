package io.ringward.node;

import java.io.IOException;
import java.nio.file.Paths;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** `restore-hot`: files back, reload by JMX, proof on every expected port; no process ends, no connection is dropped. */
final class RestoreHot implements Step {
    private static final long LONGEST_CALL_MS = 20000;
    /** A reload takes effect at once; this leaves room for a loaded node. */
    private static final long PROOF_MS = 2000;

    @Override
    public Map<String, Object> run(final Request request, Journal journal) throws Exception {
        Fields backup = request.fields.object("backup");
        String[] expected = request.expected();
        List<String> paths = request.paths();
        FutureTask<JmxClient> connecting = Parallel.start(new Callable<JmxClient>() {
            @Override
            public JmxClient call() throws IOException {
                return JmxClient.connect(request, LONGEST_CALL_MS);
            }
        });
        final NodeClasses classes = new NodeClasses(request.cassandraHome);
        FutureTask<CassandraYaml> reading = paths.contains(request.yaml) ? null : readYaml(request, classes);
        Snapshot snapshot = Snapshot.verified(backup.name("backupId"), backup.sha256("manifestSha256"));
        CrashPoint.reach("swap-after-verify");
        List<Object> restored = new Replacement(request, snapshot, journal, paths).run();
        double ms = Reload.byJmx(request, connecting, journal, "the files are back");
        CrashPoint.reach("proof-before");
        CassandraYaml yaml = Parallel.value(reading == null ? readYaml(request, classes) : reading);
        Wire wire = new Wire(request, Stores.ofNode(request, yaml, classes), new Certificates());
        if (!wire.prove(expected, PROOF_MS)) {
            throw new StepFailure("RELOAD_FAILED", "after the reload " + wire.missing(expected), "Cassandra's log says why the reload had no effect; the restart way is taken when retries end.");
        }
        CrashPoint.reach("proof-after");
        Map<String, Object> result = new LinkedHashMap<String, Object>();
        result.put("restored", restored);
        result.put("reload", Json.object("ok", true, "ms", ms));
        result.put("listeners", wire.listeners());
        result.put("proven", true);
        result.put("journalHead", journal.head());
        return result;
    }

    private static FutureTask<CassandraYaml> readYaml(final Request request, final NodeClasses classes) {
        return Parallel.start(new Callable<CassandraYaml>() {
            @Override
            public CassandraYaml call() {
                return CassandraYaml.read(Paths.get(request.yaml), classes, request.cassandraHome);
            }
        });
    }
}
