package io.ringward.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/** One acting step at a time. The kernel holds the lock, so it ends with the process, however the process ends. */
final class NodeLock {
    /** `state` looks at the lock by taking it for an instant; an acting step waits that long for it. */
    private static final long LONGEST_GLANCE_MS = 300;

    /** Reachable for as long as the process lives: a channel that is collected is closed, and its lock is gone. */
    private static FileChannel heldChannel;
    private static FileLock held;

    private NodeLock() {}

    /** Held until the process ends; a process that has it already gives it to its next request. */
    static void take(String requestId) throws IOException, StepFailure, InterruptedException {
        if (held != null && held.isValid()) {
            name(heldChannel, requestId);
            return;
        }
        Durable.folder(Home.path());
        FileChannel channel = FileChannel.open(Home.of("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        long deadline = System.nanoTime() + LONGEST_GLANCE_MS * 1000000L;
        FileLock lock;
        while ((lock = channel.tryLock()) == null) {
            if (System.nanoTime() > deadline) {
                throw new StepFailure("NODE_LOCKED", "request " + holder(channel) + " is at work on this node", "It is tried again shortly; ringward status shows the other command.");
            }
            Thread.sleep(20);
        }
        heldChannel = channel;
        held = lock;
        name(channel, requestId);
        CrashPoint.reach("lock-taken");
    }

    private static void name(FileChannel channel, String requestId) throws IOException {
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(requestId.getBytes(StandardCharsets.UTF_8)), 0);
    }

    /** `lock` of the step `state`. */
    static Map<String, Object> glance() throws IOException {
        Map<String, Object> seen = new LinkedHashMap<String, Object>();
        Path path = Home.of("lock");
        if (!Files.exists(path)) {
            seen.put("held", false);
            return seen;
        }
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            seen.put("held", lock == null);
            if (lock == null) seen.put("requestId", holder(channel));
            else lock.release();
        } finally {
            channel.close();
        }
        return seen;
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(512);
        channel.read(text, 0);
        return new String(text.array(), 0, text.position(), StandardCharsets.UTF_8);
    }
}
