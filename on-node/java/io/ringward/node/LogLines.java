package io.ringward.node;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.text.SimpleDateFormat;
import java.util.ArrayList;
import java.util.List;
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
        Object last = null;
        for (String line : tail.split("\n")) {
            Matcher moment = MOMENT.matcher(line);
            if (moment.find()) last = at(moment.group());
            if (!TELLING.matcher(line).find()) continue;
            String shown = SECRET.matcher(StepFailure.oneLine(line)).replaceAll("$1$2…");
            Map<String, Object> fact = Json.object("text", shown.length() > LONGEST ? shown.substring(0, LONGEST) : shown);
            if (last != null) fact.put("at", last);
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

    /** Logback's date stands in the host's own time zone. */
    private static Long at(String text) {
        try {
            return new SimpleDateFormat("yyyy-MM-dd HH:mm:ss,SSS").parse(text.replace('T', ' ').replace('.', ',')).getTime();
        } catch (ParseException e) {
            return null;
        }
    }
}
