package io.ringward.node;

import java.util.Map;

/** `open-restore`: a one-time key pair, its public half offered. */
final class OpenRestore implements Step {
    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        Fields backup = request.fields.object("backup");
        backup.sha256("manifestSha256");
        return Json.object("oneTimeKey", OneTimeKey.offer(request, backup.name("backupId")));
    }
}
