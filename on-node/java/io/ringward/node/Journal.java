package io.ringward.node;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was begun and what was done on this node (invariant I11): one JSON object a line, each with the hash of
 * the one before, fsynced before the program goes on. A line torn by a crash is cut off and that is journaled.
 */
final class Journal {
    static final String FIRST = "0000000000000000000000000000000000000000000000000000000000000000";
    /** The last line is sought in this much of the file's end; a line is far shorter. */
    private static final int TAIL = 1 << 20;

    private final Request request;
    private final FileChannel channel;
    private long seq;
    private String head;

    private Journal(Request request, FileChannel channel, long seq, String head) {
        this.request = request;
        this.channel = channel;
        this.seq = seq;
        this.head = head;
    }

    static Journal open(Request request) throws IOException {
        Durable.folder(Home.path());
        Path path = Home.of("journal.jsonl");
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        long size = channel.size();
        ByteBuffer tail = ByteBuffer.allocate((int) Math.min(size, TAIL));
        while (tail.hasRemaining() && channel.read(tail, size - tail.capacity() + tail.position()) > 0) continue;
        byte[] bytes = tail.array();
        int whole = lastLineEnd(bytes);
        long torn = bytes.length - whole;
        Map<String, Object> last = lastLine(bytes, whole);
        Journal journal = last == null ? new Journal(request, channel, 0, FIRST) : new Journal(request, channel, (Long) last.get("seq"), (String) last.get("hash"));
        channel.truncate(size - torn);
        channel.position(size - torn);
        if (torn > 0) journal.write("journal", "done", "cut off " + torn + " bytes of a line torn by a crash");
        return journal;
    }

    String head() {
        return head;
    }

    void begin(String phase, String detail) throws IOException {
        write(phase, "begin", detail);
    }

    void done(String phase, String detail) throws IOException {
        write(phase, "done", detail);
    }

    void failed(String phase, String detail) throws IOException {
        write(phase, "failed", detail);
    }

    private void write(String phase, String state, String detail) throws IOException {
        Map<String, Object> line = new LinkedHashMap<String, Object>();
        line.put("seq", seq + 1);
        line.put("at", System.currentTimeMillis());
        line.put("epoch", request.epoch);
        line.put("requestId", request.requestId);
        line.put("deployment", request.deployment);
        line.put("step", request.step);
        line.put("phase", phase);
        line.put("state", state);
        line.put("detail", detail);
        line.put("prev", head);
        String hash = Hashes.sha256(Json.canonical(line));
        line.put("hash", hash);
        byte[] bytes = (Json.write(line) + "\n").getBytes(StandardCharsets.UTF_8);
        CrashPoint.reach("journal-before-write");
        if (CrashPoint.isNext("journal-torn-write")) channel.write(ByteBuffer.wrap(bytes, 0, bytes.length / 2));
        CrashPoint.reach("journal-torn-write");
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) channel.write(buffer);
        CrashPoint.reach("journal-before-fsync");
        channel.force(false);
        CrashPoint.reach("journal-after-fsync");
        seq++;
        head = hash;
    }

    /** End of the last whole line that is JSON; what follows was torn. */
    private static int lastLineEnd(byte[] bytes) {
        for (int end = bytes.length; end > 0; end--) {
            if (bytes[end - 1] == '\n' && lastLine(bytes, end) != null) return end;
        }
        return 0;
    }

    private static Map<String, Object> lastLine(byte[] bytes, int end) {
        if (end == 0) return null;
        int start = end - 1;
        while (start > 0 && bytes[start - 1] != '\n') start--;
        try {
            Map<String, Object> line = Json.readObject(new String(bytes, start, end - 1 - start, StandardCharsets.UTF_8));
            return line.get("seq") instanceof Long && line.get("hash") instanceof String ? line : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The whole journal checked: sequence, links and hashes. `open` is the last begun action that neither ended nor failed. */
    static final class Summary {
        long entries;
        String head = FIRST;
        boolean intact = true;
        Map<String, Object> open;
    }

    static Summary check() throws IOException {
        Summary summary = new Summary();
        Path path = Home.of("journal.jsonl");
        if (!Files.exists(path)) return summary;
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "r");
        byte[] bytes;
        try {
            bytes = new byte[(int) Math.min(file.length(), Integer.MAX_VALUE - 16)];
            file.readFully(bytes);
        } finally {
            file.close();
        }
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '\n') continue;
            line(summary, new String(bytes, start, i - start, StandardCharsets.UTF_8));
            start = i + 1;
        }
        return summary;
    }

    /** The newest lines, oldest first; what is no JSON is left out. */
    static List<Map<String, Object>> newest() throws IOException {
        List<Map<String, Object>> lines = new ArrayList<Map<String, Object>>();
        Path path = Home.of("journal.jsonl");
        if (!Files.exists(path)) return lines;
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "r");
        try {
            byte[] bytes = new byte[(int) Math.min(file.length(), TAIL)];
            file.seek(file.length() - bytes.length);
            file.readFully(bytes);
            for (String text : new String(bytes, StandardCharsets.UTF_8).split("\n")) {
                try {
                    lines.add(Json.readObject(text));
                } catch (IllegalArgumentException e) {
                    // The first of them may be cut by where the reading began, the last by a crash.
                    continue;
                }
            }
            return lines;
        } finally {
            file.close();
        }
    }

    private static void line(Summary summary, String text) {
        summary.entries++;
        Map<String, Object> line;
        try {
            line = Json.readObject(text);
        } catch (IllegalArgumentException e) {
            summary.intact = false;
            return;
        }
        Object hash = line.remove("hash");
        boolean linked = summary.head.equals(line.get("prev")) && Long.valueOf(summary.entries).equals(line.get("seq"));
        if (!linked || !Hashes.sha256(Json.canonical(line)).equals(hash)) summary.intact = false;
        if (hash instanceof String && Hashes.isSha256((String) hash)) summary.head = (String) hash;
        if ("step".equals(line.get("phase"))) {
            summary.open = "begin".equals(line.get("state")) ? line : null;
        } else if (summary.open != null && "begin".equals(line.get("state"))) {
            Map<String, Object> phase = new LinkedHashMap<String, Object>(line);
            phase.put("since", summary.open.get("at"));
            summary.open = phase;
        }
    }
}
