package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.TabularData;

/** What the running Cassandra has done since its start, as counters: two samples of one process give rates. All by JMX. */
final class LoadSample {
    private static final String METRICS = "org.apache.cassandra.metrics:type=";
    private static final String[] REQUESTS = { "Read", "Write", "RangeSlice", "CASRead", "CASWrite" };
    private static final String[] ERRORS = { "Timeouts", "Unavailables", "Failures" };
    private static final int MOST_CLIENTS = 40;

    private LoadSample() {}

    /** A part that this Cassandra does not have is absent. `pid` is null where no process is known. */
    static Map<String, Object> of(JmxClient jmx, String address, Long pid) throws IOException {
        Map<String, Object> sample = new LinkedHashMap<String, Object>();
        sample.put("at", System.currentTimeMillis());
        put(sample, "uptimeMs", jmx.attribute("java.lang:type=Runtime", "Uptime"));
        Object cpu = jmx.attribute("java.lang:type=OperatingSystem", "ProcessCpuTime");
        if (cpu instanceof Number) sample.put("cpuMs", ((Number) cpu).longValue() / 1000000L);
        put(sample, "processors", jmx.attribute("java.lang:type=OperatingSystem", "AvailableProcessors"));
        heap(jmx, sample);
        sample.put("requests", sum(jmx, "ClientRequest", "Latency", REQUESTS));
        long errors = 0;
        for (String error : ERRORS) errors += sum(jmx, "ClientRequest", error, REQUESTS);
        sample.put("errors", errors);
        put(sample, "hints", jmx.attribute(METRICS + "Storage,name=TotalHints", "Count"));
        long dropped = 0;
        // One call for all kinds of messages, where the metrics would take one for each of some thirty.
        Object droppedByKind = jmx.attribute("org.apache.cassandra.net:type=MessagingService", "DroppedMessages");
        if (droppedByKind instanceof Map) for (Object count : ((Map<?, ?>) droppedByKind).values()) dropped += number(count);
        sample.put("dropped", dropped);
        Long network = NetworkBytes.of(pid, address);
        if (network != null) sample.put("networkBytes", network);
        try {
            addClients(sample, clients(jmx.attribute(METRICS + "Client,name=Connections", "Value"), jmx.attribute(METRICS + "Client,name=connections", "Value")));
        } catch (IOException e) {
            // Of classes that are not here: then nobody knows who is connected, which is not "nobody".
            sample.remove("clients");
        }
        return sample;
    }

    private static void put(Map<String, Object> sample, String name, Object value) {
        if (value instanceof Number) sample.put(name, ((Number) value).longValue());
    }

    private static long number(Object value) {
        return value instanceof Number ? ((Number) value).longValue() : 0;
    }

    private static long sum(JmxClient jmx, String type, String name, String[] scopes) throws IOException {
        long sum = 0;
        for (String scope : scopes) sum += number(jmx.attribute(METRICS + type + ",scope=" + scope + ",name=" + name, "Count"));
        return sum;
    }

    /** Heap in use right after the newest collection of any collector: what is left then is alive. */
    private static void heap(JmxClient jmx, Map<String, Object> sample) throws IOException {
        Object memory = jmx.attribute("java.lang:type=Memory", "HeapMemoryUsage");
        if (memory instanceof CompositeData) sample.put("heapMax", ((CompositeData) memory).get("max"));
        long newest = -1;
        for (String bean : jmx.names("java.lang:type=GarbageCollector,*")) {
            Object info = jmx.attribute(bean, "LastGcInfo");
            if (!(info instanceof CompositeData)) continue;
            CompositeData gc = (CompositeData) info;
            long end = number(gc.get("endTime"));
            if (end <= newest || !(gc.get("memoryUsageAfterGc") instanceof TabularData)) continue;
            long used = 0;
            for (Object row : ((TabularData) gc.get("memoryUsageAfterGc")).values()) {
                CompositeData pool = (CompositeData) row;
                if (isHeap(String.valueOf(pool.get("key")))) used += number(((CompositeData) pool.get("value")).get("used"));
            }
            newest = end;
            sample.put("heapAfterCollection", used);
            sample.put("collectedAtMs", end);
        }
    }

    private static boolean isHeap(String pool) {
        return pool.contains("Eden") || pool.contains("Survivor") || pool.contains("Old") || pool.contains("Tenured") || pool.contains("ZHeap") || pool.contains("Shenandoah");
    }

    /** The first ones in order, so that two looks tell the same, and how many more there are. */
    private static void addClients(Map<String, Object> sample, Collection<Map<String, Object>> clients) {
        if (clients == null) return;
        sample.put("clients", new ArrayList<Object>(new ArrayList<Map<String, Object>>(clients).subList(0, Math.min(MOST_CLIENTS, clients.size()))));
        if (clients.size() > MOST_CLIENTS) sample.put("clientsLeftOut", (long) (clients.size() - MOST_CLIENTS));
    }

    /** Connections by host, driver and TLS, as `nodetool clientstats` and system_views.clients have them; null where none of the values could be read. */
    private static Collection<Map<String, Object>> clients(Object... values) {
        Map<String, Map<String, Object>> found = new TreeMap<String, Map<String, Object>>();
        boolean read = false;
        for (Object value : values) {
            if (!(value instanceof Collection)) continue;
            read = true;
            for (Object one : (Collection<?>) value) {
                if (!(one instanceof Map)) continue;
                Map<?, ?> connection = (Map<?, ?>) one;
                String host = String.valueOf(connection.get("address")).replaceAll("^.*/", "").replaceAll(":\\d+$", "");
                String driver = text(connection.get("driverName"));
                String version = text(connection.get("driverVersion"));
                String tls = String.valueOf(connection.get("ssl"));
                String key = host + ' ' + driver + ' ' + version + ' ' + tls;
                Map<String, Object> client = found.get(key);
                if (client == null) {
                    client = Json.object("address", host, "driver", driver, "version", version, "tls", tls.equals("true"), "connections", 0L);
                    found.put(key, client);
                }
                client.put("connections", (Long) client.get("connections") + 1);
            }
        }
        return read ? found.values() : null;
    }

    private static String text(Object value) {
        return value == null || String.valueOf(value).equals("undefined") ? "unknown" : StepFailure.oneLine(String.valueOf(value));
    }
}
