package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The newest fencing token that this node has seen, by cluster; an older one acts no more (invariant I5). A person on the node takes
 * the one above the newest and marks it: a controller must then come with a newer one still, as it cannot know what was done by hand.
 */
final class EpochFence {
    private static final String SEEN = "epoch";
    private static final String BY_HAND = "epoch-by-hand";

    private EpochFence() {}

    static long newest(String cluster) throws IOException {
        return of(SEEN, cluster);
    }

    /** Newest epoch under which a person acted here; 0 for none. */
    static long byHand(String cluster) throws IOException {
        return of(BY_HAND, cluster);
    }

    /** Takes the epoch of a person on this node: the one above the newest, or the last one taken when nothing newer came since. */
    static long takeByHand(String cluster) throws IOException, StepFailure {
        long newest = newest(cluster);
        long epoch = newest > 0 && byHand(cluster) == newest ? newest : newest + 1;
        // The mark first: a crash between leaves a fence that is too high by one, never one that is too low.
        if (byHand(cluster) != epoch) record(BY_HAND, cluster, epoch);
        pass(cluster, epoch, true);
        return epoch;
    }

    /** Records a newer epoch before anything is done under it. */
    static void pass(String cluster, long epoch, boolean byHand) throws IOException, StepFailure {
        long newest = newest(cluster);
        if (epoch < newest) {
            throw new StepFailure("EPOCH_STALE", "epoch " + epoch + " is older than epoch " + newest + ", which this node has already seen for " + cluster,
                "Follow the newer execution; this one stops.");
        }
        if (!byHand && epoch <= byHand(cluster)) {
            throw new StepFailure("EPOCH_STALE", "epoch " + epoch + " is not newer than epoch " + byHand(cluster) + ", under which a person acted on this node by hand",
                "Start again: an execution of a newer epoch passes, and looks at the node as it is now.");
        }
        if (epoch == newest) return;
        CrashPoint.reach("epoch-before-record");
        record(SEEN, cluster, epoch);
        CrashPoint.reach("epoch-after-record");
    }

    private static long of(String name, String cluster) throws IOException {
        Object epoch = read(name).get(cluster);
        return epoch instanceof Long ? (Long) epoch : 0;
    }

    private static void record(String name, String cluster, long epoch) throws IOException {
        Map<String, Object> epochs = new TreeMap<String, Object>(read(name));
        epochs.put(cluster, epoch);
        Durable.replace(Home.of(name), Json.canonical(epochs).getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, Object> read(String name) throws IOException {
        Path path = Home.of(name);
        if (!Files.exists(path)) return new TreeMap<String, Object>();
        try {
            return Json.readObject(new String(Durable.read(path), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new IOException(path + " is damaged; restore it from the journal's newest epoch: " + e.getMessage(), e);
        }
    }
}
