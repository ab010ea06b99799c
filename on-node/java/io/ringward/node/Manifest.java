package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a backup holds. Its hash is the SHA-256 of the canonical JSON of its entries, sorted by path. */
final class Manifest {
    /** One file; `index` names its bytes inside the snapshot and the pack. */
    static final class Entry {
        final int index;
        final String path;
        final String kind;
        final String sha256;
        final String mode;
        final String owner;
        final String group;
        /** Null when the path was no symbolic link. */
        final String link;

        private Entry(int index, Fields json) throws StepFailure {
            this.index = index;
            path = json.text("path");
            kind = json.text("kind");
            sha256 = json.sha256("sha256");
            mode = json.text("mode");
            owner = json.text("owner");
            group = json.text("group");
            link = json.has("link") ? json.text("link") : null;
        }

        /** `service-state` and `system-state` were made by the program; they are no files to put back. */
        boolean isGenerated() {
            return kind.endsWith("-state");
        }
    }

    final byte[] bytes;
    final String sha256;
    final List<Entry> entries = new ArrayList<Entry>();
    final List<Object> json;

    /** @throws IllegalArgumentException or StepFailure when the bytes are no manifest */
    Manifest(byte[] bytes) throws StepFailure {
        this.bytes = bytes;
        sha256 = Hashes.sha256(bytes);
        Fields fields = new Fields("", Json.object("manifest", Json.read(new String(bytes, StandardCharsets.UTF_8))));
        json = new ArrayList<Object>();
        for (Fields entry : fields.objects("manifest")) entries.add(new Entry(entries.size(), entry));
        json.addAll((List<?>) Json.read(new String(bytes, StandardCharsets.UTF_8)));
    }

    static Manifest of(List<Map<String, Object>> entries) throws StepFailure {
        return new Manifest(Json.canonical(entries).getBytes(StandardCharsets.UTF_8));
    }

    static String nameOf(int index) {
        String digits = String.valueOf(index);
        return "0000".substring(Math.min(4, digits.length())) + digits;
    }

    Entry entry(String path) {
        for (Entry entry : entries) if (entry.path.equals(path)) return entry;
        return null;
    }

    static Manifest read(Path folder) throws IOException, StepFailure {
        return new Manifest(Durable.read(folder.resolve("manifest.json")));
    }
}
