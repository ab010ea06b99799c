package io.ringward.node;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** `restore-certificates` and `restore-configuration`: phases 3 and 4 of the restart way, while no Cassandra runs. */
final class RestoreFiles implements Step {
    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        Fields backup = request.fields.object("backup");
        List<String> paths = request.paths();
        new Service(request).mustBeStopped();
        Snapshot snapshot = Snapshot.verified(backup.name("backupId"), backup.sha256("manifestSha256"));
        CrashPoint.reach("swap-after-verify");
        List<Object> restored = paths.isEmpty() ? new ArrayList<Object>() : new Replacement(request, snapshot, journal, paths).run();
        Map<String, Object> result = new LinkedHashMap<String, Object>();
        result.put("restored", restored);
        result.put("listeners", new ArrayList<Object>());
        // The next start loads the files; what they then prove is the business of `prove`.
        result.put("proven", false);
        result.put("journalHead", journal.head());
        return result;
    }
}
