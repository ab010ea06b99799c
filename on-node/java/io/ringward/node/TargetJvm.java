package io.ringward.node;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Judges as Cassandra's JVM will after its next start, where it is started with security properties of its own
 * (`-Djava.security.properties=…`): the JDK reads them once, so a second JVM with the same option judges the stores. This
 * one must not adopt them: it dials the ports as they are served now.
 */
final class TargetJvm {
    private static final int LONGEST_MS = 10000;
    private static final int MOST_BYTES = 1024 * 1024;

    private TargetJvm() {}

    /** JvmJudgement by the store's path; null when the service has no properties of its own, and this JVM judges alike. */
    static Map<String, Object> judgements(Request request, ProcessArguments arguments) throws IOException, InterruptedException {
        String properties = arguments.property("java.security.properties");
        if (properties == null) return null;
        String java = System.getProperty("java.home") + "/bin/java";
        ProcessBuilder builder = new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx96m", "-Djava.security.properties=" + properties, "-cp",
            System.getProperty("java.class.path"), Preflight.class.getName());
        builder.environment().put("RINGWARD_REQUEST", Json.write(request.fields.json()));
        Process process = builder.redirectInput(new File("/dev/null")).redirectError(new File("/dev/null")).start();
        try {
            return Json.readObject(new String(answer(process), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new IOException("the preflight ended without an answer");
        } finally {
            process.destroyForcibly();
        }
    }

    /** What it printed until its end. Read aside: a JVM that hangs keeps its output open, and reading has no time-out of its own. */
    private static byte[] answer(final Process process) throws IOException, InterruptedException {
        FutureTask<byte[]> reading = Parallel.start(new Callable<byte[]>() {
            @Override
            public byte[] call() throws IOException {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                InputStream in = process.getInputStream();
                byte[] buffer = new byte[8192];
                for (int n; (n = in.read(buffer)) >= 0; ) {
                    out.write(buffer, 0, n);
                    if (out.size() > MOST_BYTES) throw new IOException("the preflight answers more than " + MOST_BYTES + " bytes");
                }
                return out.toByteArray();
            }
        });
        try {
            return reading.get(LONGEST_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the preflight did not end within " + LONGEST_MS + " ms");
        } catch (ExecutionException e) {
            throw new IOException(StepFailure.text(e.getCause()));
        }
    }
}
