package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an action overwrites or overwrote, as a snapshot that can be gone back to. */
final class KeptFiles {
    /** Of every snapshot that the kit makes. */
    static final String PREFIX = "by-hand-";

    private KeptFiles() {}

    /** Every registered file as it is now. The same id again, after a crash, is the same snapshot. */
    static String now(Request request, String action) throws IOException, StepFailure {
        String id = PREFIX + "before-" + action;
        if (Snapshot.find(id) != null) return id;
        Path building = Snapshot.building(id);
        Snapshot.build(request, building, new LinkedHashMap<String, String>());
        Snapshot.publish(building, id);
        return id;
    }

    /**
     * The copies that a step kept of what it overwrote, the newest of each path. Mode and owner are those of the backup, as the copies
     * have none of their own. Null when that action overwrote nothing.
     */
    static String of(Request request, HalfDone action) throws IOException, StepFailure {
        String id = PREFIX + "kept-" + action.deployment + "-" + action.epoch;
        if (Snapshot.find(id) != null) return id;
        Snapshot backup = action.backup == null ? null : Snapshot.find(action.backup);
        if (backup == null) return null;
        List<Map<String, Object>> entries = new ArrayList<Map<String, Object>>();
        List<Path> copies = new ArrayList<Path>();
        // In the manifest's own order, which its indices follow.
        for (Manifest.Entry entry : backup.manifest.entries) {
            Path copy = newest(Replacement.kept(action.deployment, action.epoch, entry.path));
            if (entry.isGenerated() || copy == null) continue;
            entries.add(Json.object("path", entry.path, "kind", entry.kind, "sha256", copy.getFileName().toString(), "bytes", Files.size(copy), "mode", entry.mode,
                "owner", entry.owner, "group", entry.group, "link", entry.link));
            copies.add(copy);
        }
        if (entries.isEmpty()) return null;
        Path building = Snapshot.building(id);
        for (int i = 0; i < copies.size(); i++) {
            byte[] bytes = Durable.read(copies.get(i));
            Durable.create(building.resolve("files").resolve(Manifest.nameOf(i)), bytes);
            Arrays.fill(bytes, (byte) 0);
        }
        Durable.create(building.resolve("manifest.json"), Json.canonical(entries).getBytes(StandardCharsets.UTF_8));
        Snapshot.publish(building, id);
        return id;
    }

    /** The newest copy in a folder of copies that are named by their hash; null when there is none. */
    static Path newest(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) return null;
        Path newest = null;
        long at = Long.MIN_VALUE;
        DirectoryStream<Path> copies = Files.newDirectoryStream(folder);
        try {
            for (Path copy : copies) {
                long modified = Files.getLastModifiedTime(copy).toMillis();
                if (modified < at || !Hashes.isSha256(copy.getFileName().toString())) continue;
                at = modified;
                newest = copy;
            }
        } finally {
            copies.close();
        }
        return newest;
    }
}
