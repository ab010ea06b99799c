package io.ringward.node;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * The program on a Cassandra host: one request in (environment RINGWARD_REQUEST, else stdin; base64url of JSON, or
 * JSON), one JSON line out. Exit code 0 when the reply is ok, 10 when it is an error, 1 when there is no reply.
 * With the argument `kit` it is the offline kit, for a person on the node: see {@link Kit}.
 */
public final class Main {
    private static final int EXIT_ERROR = 10;
    /** SSM keeps 24,000 characters of a command's output; a few are left for the agent's own. */
    private static final int LONGEST_REPLY = 23500;

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        FileOutputStream stdout = new FileOutputStream(FileDescriptor.out);
        // Whatever else prints, prints to stderr: stdout holds the reply alone.
        System.setOut(System.err);
        if (arguments.length == 1 && arguments[0].equals("--crash-points")) {
            StringBuilder names = new StringBuilder();
            for (String name : CrashPoint.NAMES) names.append(name).append('\n');
            stdout.write(names.toString().getBytes(StandardCharsets.UTF_8));
            return;
        }
        if (arguments.length > 0 && arguments[0].equals("kit")) {
            int code = Kit.run(java.util.Arrays.asList(arguments).subList(1, arguments.length), stdout);
            stdout.flush();
            // Daemon threads and RMI's own would only delay the end.
            Runtime.getRuntime().halt(code);
        }
        if (arguments.length > 0) {
            System.err.println("usage: ringward-node < request   (or the request in RINGWARD_REQUEST; kit help says what a person can do; --crash-points lists the points for RINGWARD_CRASH_AT)");
            Runtime.getRuntime().halt(1);
        }
        long start = System.nanoTime();
        Map<String, Object> reply = new LinkedHashMap<String, Object>();
        reply.put("protocol", Request.PROTOCOL);
        for (String name : new String[] { "step", "requestId", "node" }) reply.put(name, "");
        boolean ok = answer(reply);
        reply.put("ms", (System.nanoTime() - start) / 10000 / 100.0);
        stdout.write((line(reply) + "\n").getBytes(StandardCharsets.UTF_8));
        stdout.flush();
        // Daemon threads and RMI's own would only delay the end.
        Runtime.getRuntime().halt(ok ? 0 : EXIT_ERROR);
    }

    private static boolean answer(Map<String, Object> reply) {
        try {
            Map<String, Object> json = Request.decode(input());
            for (String name : new String[] { "step", "requestId", "node" }) if (json.get(name) instanceof String) reply.put(name, json.get(name));
            String allowed = System.getenv("RINGWARD_ALLOW");
            Object result = Steps.run(new Request(json), allowed == null || allowed.isEmpty() ? "act" : allowed);
            reply.put("ok", true);
            reply.put("result", result);
            return true;
        } catch (StepFailure e) {
            error(reply, e.code, e.getMessage(), e.fix);
        } catch (Exception | LinkageError e) {
            error(reply, "NODE_PROGRAM_DIED", StepFailure.text(e), "It is started again and resumes from its journal; if it stays, see the node's disk, permissions and the journal.");
        }
        return false;
    }

    private static void error(Map<String, Object> reply, String code, String message, String fix) {
        reply.put("ok", false);
        reply.remove("result");
        reply.put("error", Json.object("code", code, "message", message, "fix", fix));
    }

    private static String input() throws IOException {
        String request = System.getenv("RINGWARD_REQUEST");
        if (request != null && !request.isEmpty()) return request;
        InputStream in = System.in;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[65536];
        for (int n; (n = in.read(buffer)) >= 0; ) out.write(buffer, 0, n);
        return new String(out.toByteArray(), StandardCharsets.UTF_8);
    }

    /** A reply that SSM would cut is no JSON any more: a long one travels packed, and if that is too long still, without certificates' bytes. */
    private static String line(Map<String, Object> reply) throws IOException {
        String plain = Json.write(reply);
        if (plain.length() <= LONGEST_REPLY) return plain;
        String packed = packed(reply, plain);
        while (packed.length() > LONGEST_REPLY && withoutSomeCertificates(reply)) packed = packed(reply, Json.write(reply));
        return packed;
    }

    private static String packed(Map<String, Object> reply, String plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        GZIPOutputStream gzip = new GZIPOutputStream(bytes);
        gzip.write(plain.getBytes(StandardCharsets.UTF_8));
        gzip.close();
        return Json.write(Json.object("protocol", reply.get("protocol"), "gzip", Hashes.base64(bytes.toByteArray())));
    }

    /** The facts name them by hash, so what is left out is known to be. */
    private static boolean withoutSomeCertificates(Map<String, Object> reply) {
        Object result = reply.get("result");
        if (!(result instanceof Map) || !(((Map<?, ?>) result).get("certificates") instanceof Map)) return false;
        Map<?, ?> certificates = (Map<?, ?>) ((Map<?, ?>) result).get("certificates");
        List<Object> hashes = new ArrayList<Object>(certificates.keySet());
        for (Object hash : hashes.subList(0, Math.min(4, hashes.size()))) certificates.remove(hash);
        return !hashes.isEmpty();
    }
}
