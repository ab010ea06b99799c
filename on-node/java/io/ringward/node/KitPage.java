package io.ringward.node;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a person sees of one call of the kit: lines as they come, or with --json one object at the end. */
final class KitPage {
    private static final int LABEL = 11;
    private final OutputStream out;
    private final boolean asJson;
    private final Map<String, Object> facts = new LinkedHashMap<String, Object>();

    KitPage(OutputStream out, boolean asJson) {
        this.out = out;
        this.asJson = asJson;
    }

    /** For programs alone. */
    void fact(String name, Object value) {
        facts.put(name, value);
    }

    /** For people alone. */
    void say(String line) throws IOException {
        if (asJson) return;
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** A line under a label; the label of further lines of the same kind is empty. */
    void row(String label, String text) throws IOException {
        StringBuilder line = new StringBuilder(label);
        while (line.length() < LABEL) line.append(' ');
        say(line.append(text).toString());
    }

    /** A command to type next, as the runbook marks its own. */
    void command(String arguments) throws IOException {
        say("    # " + KitFile.command(arguments));
    }

    void failure(StepFailure e) throws IOException {
        fact("error", Json.object("code", e.code, "message", e.getMessage(), "fix", e.fix));
        say(e.code + ": " + e.getMessage());
        say("What to do: " + e.fix);
    }

    void end(String verb, int code) throws IOException {
        if (!asJson) return;
        Map<String, Object> whole = Json.object("kit", verb, "exit", (long) code);
        whole.putAll(facts);
        out.write((Json.write(whole) + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Coordinated time to the second, such as 2026-11-26T03:12:11Z. */
    static String time(long ms) {
        return Instant.ofEpochMilli(ms).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** A leaf as it is compared by eye. */
    static String leaf(String sha256) {
        return sha256 == null ? "nothing" : "SHA256:" + sha256.substring(0, 16) + "…";
    }
}
