package io.ringward.node;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** To where the last way back began: the files that it overwrote come back, whole. */
final class KitUndo {
    private KitUndo() {}

    static KitPlan plan(KitFile kit, KitOptions options, HalfDone last) throws Exception {
        Request request = kit.request(HalfDone.BY_HAND, "kit", 0L);
        String id = last.byHand ? last.before : KeptFiles.of(request, last);
        // It overwrote nothing: what lies there is what it began with, and only the service is to be brought back.
        if (id == null) id = KeptFiles.now(request, "undo-" + last.deployment + "-" + last.epoch);
        NodeSeen seen = NodeSeen.look(kit);
        return KitPlanner.undo(kit, options, seen, LocalBackup.find(id), written(last));
    }

    /** Hashes that the action put there, or was about to. */
    private static Set<String> written(HalfDone last) throws IOException, StepFailure {
        Set<String> own = new HashSet<String>();
        Snapshot backup = last.backup == null ? null : Snapshot.find(last.backup);
        if (backup != null) for (Manifest.Entry entry : backup.manifest.entries) own.add(entry.sha256);
        return own;
    }
}
