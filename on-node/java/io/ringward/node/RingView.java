package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The ring as this node sees it. */
final class RingView {
    private RingView() {}

    /** Cassandra asks every node for its schema version and waits for those that are down; the rest of the view is not kept waiting. */
    private static final long SCHEMA_MS = 2500;

    /** RingFact, without schema versions when they do not come in time. */
    static Map<String, Object> of(final JmxClient jmx) throws IOException, InterruptedException {
        FutureTask<Map<?, ?>> asking = Parallel.start(new Callable<Map<?, ?>>() {
            @Override
            public Map<?, ?> call() throws IOException {
                return jmx.schemaVersions();
            }
        });
        Map<String, Object> seen = jmx.storageServices("OperationMode", "LiveNodes", "UnreachableNodes", "JoiningNodes", "NativeTransportRunning", "LocalHostId");
        Map<String, Object> fact = new LinkedHashMap<String, Object>();
        fact.put("operationMode", String.valueOf(seen.get("OperationMode")));
        fact.put("live", texts(seen.get("LiveNodes")));
        fact.put("unreachable", texts(seen.get("UnreachableNodes")));
        fact.put("joining", texts(seen.get("JoiningNodes")));
        fact.put("nativeTransport", Boolean.TRUE.equals(seen.get("NativeTransportRunning")));
        if (seen.get("LocalHostId") != null) fact.put("hostId", seen.get("LocalHostId").toString());
        List<Object> versions = new ArrayList<Object>();
        try {
            // "UNREACHABLE" stands beside the versions in Cassandra's answer; it is no version.
            for (Object version : asking.get(SCHEMA_MS, TimeUnit.MILLISECONDS).keySet()) if (!"UNREACHABLE".equals(version)) versions.add(version.toString());
        } catch (ExecutionException | TimeoutException e) {
            versions.clear();
        }
        fact.put("schemaVersions", versions);
        return fact;
    }

    private static List<Object> texts(Object values) {
        List<Object> texts = new ArrayList<Object>();
        if (values instanceof Collection) for (Object value : (Collection<?>) values) texts.add(value.toString());
        return texts;
    }
}
