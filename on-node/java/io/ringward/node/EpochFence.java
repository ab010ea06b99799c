package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The newest fencing token that this node has seen, by cluster; an older one acts no more (invariant I5). */
final class EpochFence {
    private EpochFence() {}

    static long newest(String cluster) throws IOException {
        Object epoch = read().get(cluster);
        return epoch instanceof Long ? (Long) epoch : 0;
    }

    /** Records a newer epoch before anything is done under it. */
    static void pass(String cluster, long epoch) throws IOException, StepFailure {
        Map<String, Object> epochs = new TreeMap<String, Object>(read());
        Object known = epochs.get(cluster);
        long newest = known instanceof Long ? (Long) known : 0;
        if (epoch < newest) {
            throw new StepFailure("EPOCH_STALE", "epoch " + epoch + " is older than epoch " + newest + ", which this node has already seen for " + cluster,
                "Follow the newer execution; this one stops.");
        }
        if (epoch == newest) return;
        epochs.put(cluster, epoch);
        CrashPoint.reach("epoch-before-record");
        Durable.replace(Home.of("epoch"), Json.canonical(epochs).getBytes(StandardCharsets.UTF_8));
        CrashPoint.reach("epoch-after-record");
    }

    private static Map<String, Object> read() throws IOException {
        Path path = Home.of("epoch");
        if (!Files.exists(path)) return new TreeMap<String, Object>();
        try {
            return Json.readObject(new String(Durable.read(path), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new IOException(path + " is damaged; restore it from the journal's newest epoch: " + e.getMessage(), e);
        }
    }
}
