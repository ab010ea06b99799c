package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The root-only copy of a node's files on the node itself: the fastest way back. `manifest.json`, and `files/0000` … beside it. */
final class Snapshot implements Replacement.Source {
    final Path folder;
    final Manifest manifest;

    private Snapshot(Path folder, Manifest manifest) {
        this.folder = folder;
        this.manifest = manifest;
    }

    static Path folderOf(String backupId) {
        return Home.of("snapshots").resolve(backupId);
    }

    Path fileOf(Manifest.Entry entry) {
        return folder.resolve("files").resolve(Manifest.nameOf(entry.index));
    }

    @Override
    public Manifest.Entry entry(String path) {
        return manifest.entry(path);
    }

    @Override
    public byte[] bytes(Manifest.Entry entry) throws IOException {
        return Durable.read(fileOf(entry));
    }

    @Override
    public String name() {
        return "snapshot " + folder.getFileName();
    }

    /** Where the copies lie, by the path they were taken from. */
    Map<String, Path> aside() {
        Map<String, Path> aside = new HashMap<String, Path>();
        for (Manifest.Entry entry : manifest.entries) if (!entry.isGenerated()) aside.put(entry.path, fileOf(entry));
        return aside;
    }

    static List<String> names() throws IOException {
        List<String> names = new ArrayList<String>();
        if (!Files.isDirectory(Home.of("snapshots"))) return names;
        DirectoryStream<Path> folders = Files.newDirectoryStream(Home.of("snapshots"));
        try {
            for (Path folder : folders) if (!folder.getFileName().toString().startsWith(".")) names.add(folder.getFileName().toString());
        } finally {
            folders.close();
        }
        Collections.sort(names);
        return names;
    }

    /** The snapshot of this id, unchecked, or null when there is none. */
    static Snapshot find(String backupId) throws IOException, StepFailure {
        Path folder = folderOf(backupId);
        return Files.exists(folder.resolve("manifest.json")) ? new Snapshot(folder, Manifest.read(folder)) : null;
    }

    /** The snapshot, with its manifest's hash and the hash of every file checked (invariant I1). */
    static Snapshot verified(String backupId, String manifestSha256) throws IOException, StepFailure {
        return verified(folderOf(backupId), backupId, manifestSha256);
    }

    static Snapshot verified(Path folder, String backupId, String manifestSha256) throws IOException, StepFailure {
        Manifest manifest;
        try {
            manifest = Manifest.read(folder);
        } catch (NoSuchFileException e) {
            throw StepFailure.snapshotMissing("no snapshot " + backupId + " on this node");
        } catch (IllegalArgumentException e) {
            throw StepFailure.snapshotMissing("the manifest of snapshot " + backupId + " is damaged");
        }
        if (!manifest.sha256.equals(manifestSha256)) throw StepFailure.mismatch("the manifest of snapshot " + backupId + " is " + manifest.sha256 + ", expected " + manifestSha256);
        Snapshot snapshot = new Snapshot(folder, manifest);
        for (Manifest.Entry entry : manifest.entries) {
            if (!entry.sha256.equals(FileFacts.sha256(snapshot.fileOf(entry)))) throw StepFailure.snapshotMissing("the copy of " + entry.path + " in snapshot " + backupId + " is missing or damaged");
        }
        return snapshot;
    }

    /** A folder to build a snapshot in; what an earlier crash left there is removed. */
    static Path building(String backupId) throws IOException {
        Path folder = Home.of("snapshots").resolve(".new-" + backupId);
        Durable.shredFolder(folder);
        Durable.folder(folder.resolve("files"));
        return folder;
    }

    /** Copies every registered file that is there, and the given generated entries (kind, then text). */
    static Snapshot build(Request request, Path folder, Map<String, String> generated) throws IOException, StepFailure {
        List<Map<String, Object>> entries = new ArrayList<Map<String, Object>>();
        Map<Object, byte[]> contents = new HashMap<Object, byte[]>();
        for (Request.NodeFile file : request.files) {
            Path path = Paths.get(file.path);
            if (!Files.exists(path)) continue;
            byte[] bytes = Durable.read(path);
            entries.add(described(file.path, file.kind, bytes));
            contents.put(file.path, bytes);
        }
        for (Map.Entry<String, String> item : generated.entrySet()) {
            byte[] bytes = item.getValue().getBytes(StandardCharsets.UTF_8);
            String path = "ringward/" + item.getKey() + ".json";
            entries.add(Json.object("path", path, "kind", item.getKey(), "sha256", Hashes.sha256(bytes), "bytes", (long) bytes.length, "mode", "0600", "owner", "root", "group", "root"));
            contents.put(path, bytes);
        }
        Collections.sort(entries, new Comparator<Map<String, Object>>() {
            @Override
            public int compare(Map<String, Object> a, Map<String, Object> b) {
                return ((String) a.get("path")).compareTo((String) b.get("path"));
            }
        });
        Snapshot snapshot = new Snapshot(folder, Manifest.of(entries));
        CrashPoint.reach("snapshot-before-files");
        for (Manifest.Entry entry : snapshot.manifest.entries) {
            byte[] bytes = contents.get(entry.path);
            Durable.create(snapshot.fileOf(entry), bytes);
            Arrays.fill(bytes, (byte) 0);
        }
        Durable.create(folder.resolve("manifest.json"), snapshot.manifest.bytes);
        return snapshot;
    }

    /** A manifest's entry for these bytes, with owner, mode and link as the path has them now. */
    static Map<String, Object> described(String name, String kind, byte[] bytes) throws IOException {
        Path path = Paths.get(name);
        PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class);
        return Json.object("path", name, "kind", kind, "sha256", Hashes.sha256(bytes), "bytes", (long) bytes.length, "mode", FileFacts.mode(path),
            "owner", attributes.owner().getName(), "group", attributes.group().getName(), "link", FileFacts.linkOf(path));
    }

    /** Gives a built folder its name; from now on it is the snapshot. */
    static Snapshot publish(Path built, String backupId) throws IOException, StepFailure {
        Durable.syncFolder(built.resolve("files"));
        Durable.syncFolder(built);
        CrashPoint.reach("snapshot-before-publish");
        Path folder = folderOf(backupId);
        Files.move(built, folder, StandardCopyOption.ATOMIC_MOVE);
        Durable.syncFolder(folder.getParent());
        CrashPoint.reach("snapshot-after-publish");
        return new Snapshot(folder, Manifest.read(folder));
    }
}
