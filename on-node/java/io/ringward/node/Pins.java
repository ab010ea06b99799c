package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Public keys that this node has learnt at their first use, by hash; another key afterwards is refused. */
final class Pins {
    private Pins() {}

    static void check(String name, byte[] spki) throws IOException, StepFailure {
        Path path = Home.of(name + ".sha256");
        if (!Files.exists(path)) return;
        String pinned = new String(Durable.read(path), StandardCharsets.US_ASCII).trim();
        String given = Hashes.sha256(spki);
        if (!pinned.equals(given)) {
            throw new StepFailure("BACKUP_MISMATCH", "the " + name + " key is " + given + ", this node knows " + pinned, "If the key was replaced on purpose, remove " + path + " on the node, then send the request again.");
        }
    }

    static void learn(String name, byte[] spki) throws IOException {
        Path path = Home.of(name + ".sha256");
        if (!Files.exists(path)) Durable.replace(path, (Hashes.sha256(spki) + "\n").getBytes(StandardCharsets.US_ASCII));
    }
}
