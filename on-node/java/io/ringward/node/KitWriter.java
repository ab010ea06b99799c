package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;

/**
 * Leaves the offline kit on the node at backup time: the program by its hash, the shell wrapper, `kit.json`, and the runbook with this
 * node's own paths. The snapshot's own `kit.json` comes last: while it is missing, the kit is not whole.
 */
final class KitWriter {
    private KitWriter() {}

    /** A kit that cannot be written never costs the backup: it is journaled, and tried again at the next one. */
    static void write(Request request, Journal journal, Snapshot snapshot) throws IOException {
        String backupId = snapshot.folder.getFileName().toString();
        if (Files.exists(snapshot.folder.resolve("kit.json"))) return;
        journal.begin("kit", "for backup " + backupId);
        try {
            String program = program();
            byte[] kit = KitFile.bytes(request, backupId, program, System.currentTimeMillis());
            Path folder = KitFile.folder();
            Durable.replace(folder.resolve("ringward-node.sh"), Kit.resource("ringward-node.sh").getBytes(StandardCharsets.UTF_8));
            Durable.replace(folder.resolve("program"), (program + "\n").getBytes(StandardCharsets.US_ASCII));
            Durable.replace(folder.resolve("java"), (System.getProperty("java.home") + "/bin/java\n").getBytes(StandardCharsets.UTF_8));
            Durable.replace(folder.resolve("kit.json"), kit);
            Runbook runbook = new Runbook(KitFile.read(), snapshot);
            Durable.replace(folder.resolve("RUNBOOK.txt"), runbook.text().getBytes(StandardCharsets.UTF_8));
            Durable.replace(folder.resolve("RUNBOOK.html"), runbook.html().getBytes(StandardCharsets.UTF_8));
            Durable.replace(snapshot.folder.resolve("kit.json"), kit);
            journal.done("kit", "runbook in " + folder);
        } catch (IOException | StepFailure | RuntimeException e) {
            journal.failed("kit", StepFailure.text(e));
        }
    }

    /** Hash of the running program, which lies under that name for the kit afterwards. */
    private static String program() throws IOException {
        byte[] jar = Durable.read(Paths.get(System.getProperty("java.class.path")));
        String sha256 = Hashes.sha256(jar);
        Path kept = Home.of("programs").resolve(sha256 + ".jar");
        if (!sha256.equals(FileFacts.sha256(kept))) Durable.replace(kept, jar);
        return sha256;
    }
}
