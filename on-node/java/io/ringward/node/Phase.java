package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the phases of the restart way have in common: asking JMX, and the PhaseResult. */
final class Phase {
    private Phase() {}

    /** PhaseResult; the mode and native transport are asked of `jmx`, null for a node that does not answer. */
    static Map<String, Object> result(String did, Service service, JmxClient jmx, Journal journal) throws InterruptedException {
        Map<String, Object> result = new LinkedHashMap<String, Object>();
        result.put("did", did);
        result.put("service", service.fact());
        Map<String, Object> seen = new LinkedHashMap<String, Object>();
        try {
            if (jmx != null) seen = jmx.storageServices("OperationMode", "NativeTransportRunning");
        } catch (IOException e) {
            seen.clear();
        }
        result.put("operationMode", seen.get("OperationMode") == null ? null : seen.get("OperationMode").toString());
        result.put("nativeTransport", seen.get("NativeTransportRunning"));
        result.put("listeners", new ArrayList<Object>());
        result.put("peers", new ArrayList<Object>());
        result.put("journalHead", journal.head());
        return result;
    }

    static Wire wire(Request request, Certificates certificates) throws IOException {
        NodeClasses classes = new NodeClasses(request.cassandraHome);
        CassandraYaml yaml = CassandraYaml.read(java.nio.file.Paths.get(request.yaml), classes, request.cassandraHome);
        return new Wire(request, Stores.ofNode(request, yaml, classes), certificates);
    }

    static String words(List<String> parts) {
        StringBuilder text = new StringBuilder();
        for (String part : parts) text.append(text.length() == 0 ? "" : "; ").append(part);
        return text.toString();
    }
}
