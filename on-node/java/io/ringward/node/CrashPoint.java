package io.ringward.node;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Named points at which a test can end the program as `kill -9` would (invariant I6): `RINGWARD_CRASH_AT=name`
 * for the first time the point is reached, `name#3` for the third.
 */
final class CrashPoint {
    /** Every point there is; `--crash-points` prints them. */
    static final List<String> NAMES = Collections.unmodifiableList(Arrays.asList(
        "lock-taken", "epoch-before-record", "epoch-after-record",
        "journal-before-write", "journal-torn-write", "journal-before-fsync", "journal-after-fsync",
        "reply-before-store", "reply-after-store",
        "file-before-fsync", "file-before-rename", "file-after-rename", "file-after-folder-fsync",
        "snapshot-before-files", "snapshot-before-publish", "snapshot-after-publish", "pack-before-encrypt", "pack-before-record", "pack-after-record",
        "swap-after-verify", "swap-before-keep", "swap-after-keep", "swap-before-stage", "swap-staged-one", "swap-before-stage-fsync", "swap-after-stage",
        "swap-before-rename", "swap-after-rename", "swap-before-folder-fsync", "swap-after-folder-fsync", "swap-before-link", "swap-after-link", "swap-done",
        "trust-trial-written", "trust-tried", "reload-before", "reload-after", "proof-before", "proof-after",
        "one-time-before-key", "one-time-after-key", "scratch-written", "scratch-before-removal", "fetched-before-publish", "upload-before", "upload-after",
        "traffic-before-stop", "traffic-after-stop", "drain-before", "drain-after", "stop-before", "stop-after",
        "clients-off-before", "clients-off-after", "start-before", "start-after", "start-normal", "traffic-before-start", "traffic-after-start",
        "clients-on-before", "clients-on-after"));

    private static final String WANTED;
    private static int left = 1;

    static {
        String wanted = System.getenv("RINGWARD_CRASH_AT");
        if (wanted != null) {
            int times = wanted.indexOf('#');
            if (times > 0) {
                left = Integer.parseInt(wanted.substring(times + 1));
                wanted = wanted.substring(0, times);
            }
            if (!NAMES.contains(wanted)) throw new IllegalArgumentException("RINGWARD_CRASH_AT names no crash point: " + wanted);
        }
        WANTED = wanted;
    }

    private CrashPoint() {}

    /** Does the point lie ahead at its next reach? For a point that does half of something first. */
    static boolean isNext(String name) {
        return WANTED != null && WANTED.equals(name) && left == 1;
    }

    static void reach(String name) {
        if (WANTED == null || !WANTED.equals(name)) return;
        if (--left == 0) Runtime.getRuntime().halt(137);
    }
}
