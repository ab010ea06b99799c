package io.ringward.node;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The last way back that this node's journal tells of, by a controller or by a person, and how far it came. */
final class HalfDone {
    /** As the journal names the kit's own lines. */
    static final String BY_HAND = "by-hand";
    private static final List<String> HOT = Arrays.asList("restore-hot");
    private static final List<String> RESTART = Arrays.asList("stop-accepting", "stop-service", "restore-certificates", "restore-configuration", "start-service", "prove", "restore-traffic");

    final String deployment;
    final long epoch;
    final boolean byHand;
    String way;
    /** The snapshot that it goes to; null when it did not come so far as to say. */
    String backup;
    /** A person's action: the snapshot of what it overwrites. */
    String before;
    /** Last step, and how it stands: `begin`, `done` or `failed`. */
    String step;
    String state;
    long at;

    private HalfDone(Map<String, Object> line, boolean byHand) {
        deployment = String.valueOf(line.get("deployment"));
        epoch = (Long) line.get("epoch");
        this.byHand = byHand;
    }

    /** Null when the journal tells of none. */
    static HalfDone last() throws IOException {
        HalfDone last = null;
        for (Map<String, Object> line : Journal.newest()) {
            String step = String.valueOf(line.get("step"));
            boolean hot = HOT.contains(step);
            if (step.equals(BY_HAND)) {
                last = new HalfDone(line, true);
                last.target(Json.readObject((String) line.get("detail")));
                last.stands(line);
            } else if (hot || RESTART.contains(step)) {
                if (last == null || last.epoch != (Long) line.get("epoch")) last = new HalfDone(line, false);
                if (last.way == null || !hot) last.way = hot ? "hot" : "restart";
                last.stands(line);
            }
        }
        return last;
    }

    private void target(Map<String, Object> detail) {
        way = (String) detail.get("way");
        backup = (String) detail.get("backup");
        before = (String) detail.get("before");
    }

    private void stands(Map<String, Object> line) {
        at = (Long) line.get("at");
        step = (String) line.get("step");
        if ("step".equals(line.get("phase")) || step.equals(BY_HAND)) state = (String) line.get("state");
        String detail = String.valueOf(line.get("detail"));
        int from = detail.indexOf(" from snapshot ");
        if ("stage".equals(line.get("phase")) && from > 0) backup = detail.substring(from + " from snapshot ".length());
    }

    boolean isFinished() {
        return "done".equals(state) && ("restore-hot".equals(step) || "restore-traffic".equals(step));
    }

    String inWords() {
        String how = "begin".equals(state) ? "was broken off in" : "failed".equals(state) ? "failed in" : "came as far as";
        return (byHand ? "a rollback by hand" : "a rollback of " + deployment + " (epoch " + epoch + ")") + (backup == null ? "" : " to " + backup) + ", " + ("hot".equals(way) ? "hot" : "by restart")
            + (isFinished() ? ", ended well at " : ", " + how + " " + step + " at ") + KitPage.time(at);
    }
}
