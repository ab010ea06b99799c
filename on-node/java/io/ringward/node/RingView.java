package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The ring as this node sees it. */
final class RingView {
    private RingView() {}

    /** RingFact. */
    static Map<String, Object> of(JmxClient jmx) throws IOException {
        Map<String, Object> seen = jmx.storageServices("OperationMode", "LiveNodes", "UnreachableNodes", "JoiningNodes", "NativeTransportRunning", "LocalHostId");
        Map<String, Object> fact = new LinkedHashMap<String, Object>();
        fact.put("operationMode", String.valueOf(seen.get("OperationMode")));
        fact.put("live", texts(seen.get("LiveNodes")));
        fact.put("unreachable", texts(seen.get("UnreachableNodes")));
        fact.put("joining", texts(seen.get("JoiningNodes")));
        fact.put("nativeTransport", Boolean.TRUE.equals(seen.get("NativeTransportRunning")));
        if (seen.get("LocalHostId") != null) fact.put("hostId", seen.get("LocalHostId").toString());
        List<Object> versions = new ArrayList<Object>();
        // "UNREACHABLE" stands beside the versions in Cassandra's answer; it is no version.
        for (Object version : jmx.schemaVersions().keySet()) if (!"UNREACHABLE".equals(version)) versions.add(version.toString());
        fact.put("schemaVersions", versions);
        return fact;
    }

    private static List<Object> texts(Object values) {
        List<Object> texts = new ArrayList<Object>();
        if (values instanceof Collection) for (Object value : (Collection<?>) values) texts.add(value.toString());
        return texts;
    }
}
