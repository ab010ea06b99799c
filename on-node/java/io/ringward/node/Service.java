package io.ringward.node;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The Cassandra service as systemd knows it, and its process as the kernel does. */
final class Service {
    /** USER_HZ: fixed at 100 for /proc on every Linux architecture that Cassandra runs on. */
    private static final long TICKS_PER_SECOND = 100;
    private static final long SHORT_MS = 20000;
    private final Request request;

    Service(Request request) {
        this.request = request;
    }

    /** What a command printed, and how it ended. */
    static final class Ran {
        final int exit;
        final String output;

        private Ran(int exit, String output) {
            this.exit = exit;
            this.output = output;
        }
    }

    /** Runs a command without a shell; stderr is part of the output. */
    static Ran run(long deadlineMs, String... command) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectInput(new File("/dev/null")).start();
        final StringBuffer output = new StringBuffer();
        // A service that the command starts may keep its output open for ever: so it is read aside, and not waited for long.
        FutureTask<Void> reading = Parallel.start(new Callable<Void>() {
            @Override
            public Void call() throws IOException {
                BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                for (String line; (line = reader.readLine()) != null && output.length() < 65536; ) output.append(line).append('\n');
                return null;
            }
        });
        if (!process.waitFor(deadlineMs, TimeUnit.MILLISECONDS)) {
            process.destroy();
            throw new IOException(Arrays.toString(command) + " did not end within " + deadlineMs + " ms");
        }
        try {
            reading.get(500, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return new Ran(process.exitValue(), output.toString());
        }
        return new Ran(process.exitValue(), output.toString());
    }

    /** ServiceFact. Where there is no systemctl the state is `unknown`. */
    Map<String, Object> fact() throws InterruptedException {
        Map<String, Object> fact = new LinkedHashMap<String, Object>();
        fact.put("state", "unknown");
        Long pid = null;
        try {
            for (String line : run(SHORT_MS, "systemctl", "show", "-p", "ActiveState", "-p", "MainPID", request.service).output.split("\n")) {
                if (line.startsWith("ActiveState=")) fact.put("state", line.substring("ActiveState=".length()));
                if (line.startsWith("MainPID=")) pid = Long.valueOf(line.substring("MainPID=".length()).trim());
            }
        } catch (IOException | NumberFormatException e) {
            fact.put("state", "unknown");
        }
        if (pid != null && (pid == 0 || !isAlive(pid))) pid = null;
        fact.put("pid", pid);
        fact.put("startedAt", pid == null ? null : startedAt(pid));
        return fact;
    }

    private String unit() {
        return request.service.endsWith(".service") ? request.service : request.service + ".service";
    }

    /** Pid of the living process, or null. */
    Long pid() throws InterruptedException {
        return (Long) fact().get("pid");
    }

    static boolean isAlive(long pid) {
        return Files.exists(Paths.get("/proc/" + pid)) && !isZombie(pid);
    }

    private static boolean isZombie(long pid) {
        try {
            return statFields(pid)[0].equals("Z");
        } catch (IOException e) {
            return true;
        }
    }

    /** Fields of /proc/pid/stat after the name in parentheses: state is the first, start time the twentieth. */
    private static String[] statFields(long pid) throws IOException {
        String stat = new String(Files.readAllBytes(Paths.get("/proc/" + pid + "/stat")), StandardCharsets.UTF_8);
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    }

    private static Long startedAt(long pid) {
        try {
            for (String line : Files.readAllLines(Paths.get("/proc/stat"), StandardCharsets.UTF_8)) {
                if (line.startsWith("btime ")) return Long.parseLong(line.substring(6).trim()) * 1000 + Long.parseLong(statFields(pid)[19]) * 1000 / TICKS_PER_SECOND;
            }
            return null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Does anything hold the internode port? A Cassandra started by hand is unknown to systemd. */
    boolean portIsOpen() {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(request.address, request.internodePort), 500);
            return true;
        } catch (IOException e) {
            return false;
        } finally {
            try {
                socket.close();
            } catch (IOException e) {
                // Already closed: nothing to give back.
                Thread.yield();
            }
        }
    }

    /** Files must not change under a living process on the restart way. */
    void mustBeStopped() throws StepFailure, InterruptedException {
        Long pid = pid();
        if (pid != null) throw new StepFailure("SERVICE_NOT_STOPPED", "Cassandra is running, pid " + pid, "Stop it (step stop-service), then send the request again.");
        if (portIsOpen()) {
            throw new StepFailure("SERVICE_NOT_STOPPED", "systemd knows no process, but " + request.address + ":" + request.internodePort + " is listened to", "Stop that process by hand, then send the request again.");
        }
    }

    private static void systemctl(long deadlineMs, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<String>();
        command.add("systemctl");
        command.addAll(Arrays.asList(arguments));
        Ran ran = run(deadlineMs, command.toArray(new String[0]));
        if (ran.exit != 0) throw new IOException(command + " ended with " + ran.exit + ": " + StepFailure.oneLine(ran.output));
    }

    void stop(long deadlineMs) throws IOException, InterruptedException {
        systemctl(deadlineMs, "stop", request.service);
    }

    void start(long deadlineMs) throws IOException, InterruptedException {
        systemctl(deadlineMs, "start", request.service);
    }

    private Path dropIn() {
        return Home.unitFolder().resolve(unit() + ".d").resolve("50-ringward.conf");
    }

    boolean clientsAreOff() {
        return Files.exists(dropIn());
    }

    /** The next start has the native transport off. */
    void keepClientsOff() throws IOException, InterruptedException {
        CrashPoint.reach("clients-off-before");
        Files.createDirectories(dropIn().getParent());
        Durable.replace(dropIn(), "[Service]\nEnvironment=\"JVM_EXTRA_OPTS=-Dcassandra.start_native_transport=false\"\n".getBytes(StandardCharsets.UTF_8));
        systemctl(SHORT_MS, "daemon-reload");
        CrashPoint.reach("clients-off-after");
    }

    void letClientsOn() throws IOException, InterruptedException {
        CrashPoint.reach("clients-on-before");
        if (Files.deleteIfExists(dropIn())) {
            Durable.syncFolder(dropIn().getParent());
            systemctl(SHORT_MS, "daemon-reload");
        }
        CrashPoint.reach("clients-on-after");
    }
}
