package io.ringward.node;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.text.SimpleDateFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The last lines of Cassandra's log that speak of TLS or of its start. */
final class LogLines {
    private static final int TAIL = 256 * 1024;
    private static final int MOST = 8;
    private static final int LONGEST = 240;
    private static final Pattern TELLING = Pattern.compile("Failed to (hot )?reload|SSL certificates have been updated|Failed to (create|build|load|initialize).*(SSL|TLS|key|trust|cert)"
        + "|Unable to gossip with any peers|Unable to contact any seeds|SSLHandshakeException|SSLException|(Certificate|KeyStore|UnrecoverableKey)Exception", Pattern.CASE_INSENSITIVE);
    /** Each match of TELLING holds one of them. */
    private static final String[] WORDS = { "failed to", "unable to", "ssl", "exception" };
    private static final Pattern MOMENT = Pattern.compile("\\d{4}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d:\\d\\d[,.]\\d{3}");
    private static final Pattern SECRET = Pattern.compile("(password|secret|token)(\\s*[=:]\\s*|\\s+)\\S+", Pattern.CASE_INSENSITIVE);

    private LogLines() {}

    /** @param path of the log; a log that is not there has no lines */
    static List<Object> of(String path) {
        List<Object> lines = new ArrayList<Object>();
        if (path == null) return lines;
        String tail;
        try {
            tail = tail(path);
        } catch (IOException e) {
            return lines;
        }
        String[] all = tail.split("\n");
        for (int i = 0; i < all.length; i++) {
            if (!mayTell(all[i]) || !TELLING.matcher(all[i]).find()) continue;
            String shown = SECRET.matcher(StepFailure.oneLine(all[i])).replaceAll("$1$2…");
            Map<String, Object> fact = Json.object("text", shown.length() > LONGEST ? shown.substring(0, LONGEST) : shown);
            Long at = at(all, i);
            if (at != null) fact.put("at", at);
            lines.add(fact);
        }
        return new ArrayList<Object>(lines.subList(Math.max(0, lines.size() - MOST), lines.size()));
    }

    private static String tail(String path) throws IOException {
        RandomAccessFile file = new RandomAccessFile(path, "r");
        try {
            long length = file.length();
            byte[] bytes = new byte[(int) Math.min(TAIL, length)];
            file.seek(length - bytes.length);
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        } finally {
            file.close();
        }
    }

    /** A quick look, so that the expression has a few lines to read and not the whole tail. */
    private static boolean mayTell(String line) {
        String lower = line.toLowerCase(Locale.ROOT);
        for (String word : WORDS) if (lower.contains(word)) return true;
        return false;
    }

    /** The line's own moment, or that of the last line before it that has one: a stack trace has none. */
    private static Long at(String[] lines, int index) {
        for (int i = index; i >= 0; i--) {
            Matcher moment = MOMENT.matcher(lines[i]);
            if (moment.find()) return at(moment.group());
        }
        return null;
    }

    /** Logback's date stands in the host's own time zone. */
    private static Long at(String text) {
        try {
            return new SimpleDateFormat("yyyy-MM-dd HH:mm:ss,SSS").parse(text.replace('T', ' ').replace('.', ',')).getTime();
        } catch (ParseException e) {
            return null;
        }
    }
}
