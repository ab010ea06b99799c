package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** `start-service`, phase 5: Cassandra started with clients off, until JMX says NORMAL. */
final class StartService implements Step {
    private static final long LONGEST = 24L * 3600 * 1000;
    private static final long LONGEST_CALL_MS = 10000;
    /** Without a process for so long after the start, there will be none. */
    private static final long DEAD_MS = 5000;
    private static final int LOG_LINES = 5;

    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        long startMs = request.fields.integer("startTimeoutMs", 1, LONGEST);
        Service service = new Service(request);
        journal.begin("clients-off", "drop-in for " + request.service);
        service.keepClientsOff();
        journal.done("clients-off", "the next start has native transport off");
        boolean running = service.pid() != null;
        long end = System.nanoTime() + startMs * 1000000L;
        journal.begin("start", "systemctl start " + request.service);
        CrashPoint.reach("start-before");
        String failure = null;
        try {
            if (!running) service.start(startMs);
        } catch (IOException e) {
            failure = StepFailure.text(e);
        }
        CrashPoint.reach("start-after");
        JmxClient jmx = failure == null ? normal(request, service, end) : null;
        if (jmx == null) {
            String why = failure != null ? failure : service.pid() == null ? "the process ended" : "JMX did not say NORMAL within " + startMs + " ms";
            journal.failed("start", why);
            throw new StepFailure("SERVICE_NOT_STARTED", why + logEnd(request), "Read the end of its log, mend the cause, then resume; clients stay off until restore-traffic.");
        }
        CrashPoint.reach("start-normal");
        journal.done("start", "NORMAL");
        Map<String, Object> result = Phase.result("", service, jmx, journal);
        boolean clients = Boolean.TRUE.equals(result.get("nativeTransport"));
        result.put("did", (running ? "Cassandra was running already and is NORMAL" : "Started; NORMAL") + (clients ? "; native transport is on." : ", with native transport off."));
        return result;
    }

    /** Null when the node is not NORMAL in time. */
    private static JmxClient normal(Request request, Service service, long end) throws InterruptedException {
        long lastAlive = System.nanoTime();
        while (System.nanoTime() < end) {
            if (service.pid() != null) lastAlive = System.nanoTime();
            if (System.nanoTime() - lastAlive > DEAD_MS * 1000000L) return null;
            try {
                JmxClient jmx = JmxClient.connect(request, LONGEST_CALL_MS);
                if ("NORMAL".equals(jmx.storageService("OperationMode"))) return jmx;
            } catch (IOException e) {
                // Not up yet: asked again until the deadline.
                Thread.sleep(50);
            }
            Thread.sleep(100);
        }
        return null;
    }

    /** The log's last lines, without any that speak of passwords. */
    private static String logEnd(Request request) {
        for (Path log : candidates(request)) {
            try {
                if (!Files.exists(log)) continue;
                List<String> lines = new ArrayList<String>();
                for (String line : Files.readAllLines(log, StandardCharsets.UTF_8)) {
                    // Frames of a stack would crowd out what it says.
                    if (line.startsWith("\tat ") || line.startsWith("\t...")) continue;
                    lines.add(line.toLowerCase(java.util.Locale.ROOT).contains("password") ? "(a line about passwords left out)" : StepFailure.oneLine(line));
                    if (lines.size() > LOG_LINES) lines.remove(0);
                }
                return "; the end of " + log + ": " + Phase.words(lines);
            } catch (IOException e) {
                return "; " + log + " cannot be read";
            }
        }
        return "; no system.log was found";
    }

    private static List<Path> candidates(Request request) {
        List<Path> logs = new ArrayList<Path>();
        String configured = System.getenv("CASSANDRA_LOG_DIR");
        if (configured != null && !configured.isEmpty()) logs.add(Paths.get(configured, "system.log"));
        int packaged = request.yaml.indexOf("/etc/cassandra/");
        if (packaged >= 0) logs.add(Paths.get(request.yaml.substring(0, packaged) + "/var/log/cassandra/system.log"));
        logs.add(Paths.get(request.cassandraHome, "logs", "system.log"));
        return logs;
    }
}
