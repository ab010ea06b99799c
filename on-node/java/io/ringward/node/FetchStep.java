package io.ringward.node;

import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;

/** `trial-restore` and `fetch-backup`: a backup from S3, checked, tried, and then removed or kept as the local snapshot. */
final class FetchStep implements Step {
    private final boolean keep;

    FetchStep(boolean keep) {
        this.keep = keep;
    }

    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        String backupId = request.fields.object("backup").name("backupId");
        journal.begin("fetch", "backup " + backupId);
        TrialRestore trial;
        try {
            FetchedBackup fetched = FetchedBackup.fetch(request);
            trial = TrialRestore.of(request, fetched.snapshot);
            if (keep && trial.reason == null) publish(fetched);
            journal.done("fetch", trial.reason == null ? "verified" : "not verified: " + trial.reason);
            Map<String, Object> result = new LinkedHashMap<String, Object>();
            result.put("backupId", backupId);
            result.put("filesCompared", fetched.snapshot.manifest.entries.size());
            result.put("stores", trial.stores);
            result.put("verified", trial.reason == null);
            if (trial.reason != null) result.put("reason", trial.reason);
            return result;
        } finally {
            CrashPoint.reach("scratch-before-removal");
            Durable.shredFolder(Home.of("snapshots").resolve(".new-" + backupId));
        }
    }

    @Override
    public void afterReply(Request request) throws Exception {
        OneTimeKey.remove(request.fields.object("backup").name("backupId"));
    }

    /** A sound snapshot of the same id is left as it is: it may hold the pack too. */
    private static void publish(FetchedBackup fetched) throws Exception {
        CrashPoint.reach("fetched-before-publish");
        try {
            Snapshot.verified(fetched.backupId, fetched.snapshot.manifest.sha256);
            return;
        } catch (StepFailure e) {
            if (Files.exists(Snapshot.folderOf(fetched.backupId))) Durable.shredFolder(Snapshot.folderOf(fetched.backupId));
        }
        Snapshot.publish(fetched.folder, fetched.backupId);
    }
}
