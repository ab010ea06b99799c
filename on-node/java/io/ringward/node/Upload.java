package io.ringward.node;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** `upload`: the pack to S3 by a presigned PUT, and a one-time key for the trial restore. */
final class Upload implements Step {
    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        String backupId = request.fields.name("backupId");
        String expected = request.fields.sha256("ciphertextSha256");
        String url = request.fields.text("url");
        Fields headers = request.fields.object("headers");
        Path pack = Snapshot.folderOf(backupId).resolve("pack.jwe");
        if (!Files.exists(pack)) throw StepFailure.snapshotMissing("no pack of backup " + backupId + " on this node");
        byte[] bytes = Durable.read(pack);
        if (!Hashes.sha256(bytes).equals(expected)) throw StepFailure.mismatch("the pack on this node is " + Hashes.sha256(bytes) + ", expected " + expected);
        journal.begin("upload", "backup " + backupId + ", " + bytes.length + " bytes");
        CrashPoint.reach("upload-before");
        int status = Transfer.put(url, headers, bytes);
        CrashPoint.reach("upload-after");
        journal.done("upload", "status " + status);
        return Json.object("backupId", backupId, "status", status, "oneTimeKey", OneTimeKey.offer(request, backupId));
    }
}
