package io.ringward.node;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts files of a verified snapshot, or made by a step, in place: keeps what is overwritten, stages every file beside its target, then
 * renames each. A crash anywhere, then the same again, ends in the same state (invariant I6).
 */
final class Replacement {
    private static final String TEMPORARY = ".ringward-";
    private final Request request;
    private final Source source;
    private final Journal journal;
    private final List<Manifest.Entry> entries = new ArrayList<Manifest.Entry>();
    private final Set<String> wasAbsent = new LinkedHashSet<String>();

    /** Where the bytes come from that are put in place, such as a verified snapshot. */
    interface Source {
        /** Null for a path that it has nothing of. */
        Manifest.Entry entry(String path);

        /** The caller erases them. */
        byte[] bytes(Manifest.Entry entry) throws IOException;

        /** For the journal. */
        String name();
    }

    Replacement(Request request, Source source, Journal journal, List<String> paths) throws StepFailure {
        this.request = request;
        this.source = source;
        this.journal = journal;
        for (String path : paths) {
            Manifest.Entry entry = source.entry(path);
            if (entry == null || entry.isGenerated()) throw StepFailure.field("paths", path + " is not in the backup");
            entries.add(entry);
        }
    }

    /** Temporary files that a crash left beside the registered files; they hold keys, so they are overwritten first. */
    static void removeLeftovers(Request request) throws IOException {
        Set<Path> folders = new LinkedHashSet<Path>();
        for (Request.NodeFile file : request.files) {
            Path path = Paths.get(file.path);
            folders.add(path.getParent());
            if (Files.isSymbolicLink(path)) folders.add(linked(path, FileFacts.linkOf(path)).getParent());
        }
        for (Path folder : folders) {
            if (!Files.isDirectory(folder)) continue;
            DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, TEMPORARY + "*");
            try {
                for (Path leftover : leftovers) Durable.shred(leftover);
            } finally {
                leftovers.close();
            }
        }
    }

    /** Where a link leads, itself not followed further when its target is missing. */
    private static Path linked(Path path, String link) throws IOException {
        Path target = path.getParent().resolve(link).normalize();
        return Files.exists(target) ? target.toRealPath() : target;
    }

    /** Folder of the copies of one path that a deployment's action of an epoch overwrote, each named by its hash. */
    static Path kept(String deployment, long epoch, String path) {
        String name = path.substring(1).replace('/', '_') + "." + Hashes.sha256(path).substring(0, 8);
        return Home.of("snapshots").resolve("replaced-" + deployment + "-" + epoch).resolve(name);
    }

    private Path kept(String path) {
        return kept(request.deployment, request.epoch, path);
    }

    /** @return RestoredFile facts; `before` is what was overwritten last, be it by this run or by one that crashed */
    List<Object> run() throws IOException, StepFailure {
        keep();
        Map<Path, Path> staged = stage();
        Set<Path> folders = new LinkedHashSet<Path>();
        for (Map.Entry<Path, Path> file : staged.entrySet()) {
            journal.begin("rename", file.getKey().toString());
            CrashPoint.reach("swap-before-rename");
            Files.move(file.getValue(), file.getKey(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            CrashPoint.reach("swap-after-rename");
            folders.add(file.getKey().getParent());
        }
        for (Manifest.Entry entry : entries) relink(entry, folders);
        CrashPoint.reach("swap-before-folder-fsync");
        for (Path folder : folders) Durable.syncFolder(folder);
        CrashPoint.reach("swap-after-folder-fsync");
        journal.done("rename", staged.size() + " files from " + source.name());
        CrashPoint.reach("swap-done");
        List<Object> restored = new ArrayList<Object>();
        for (Manifest.Entry entry : entries) {
            String after = FileFacts.sha256(Paths.get(entry.path));
            if (!entry.sha256.equals(after)) throw StepFailure.snapshotMissing(entry.path + " is " + after + " after the swap, expected " + entry.sha256 + ": something else writes it");
            Map<String, Object> fact = new LinkedHashMap<String, Object>();
            fact.put("path", entry.path);
            fact.put("before", lastKept(entry));
            fact.put("after", after);
            restored.add(fact);
        }
        return restored;
    }

    /** Copies what would be lost: bytes that are neither the backup's nor kept already. */
    private void keep() throws IOException {
        List<Manifest.Entry> lost = new ArrayList<Manifest.Entry>();
        StringBuilder detail = new StringBuilder();
        for (Manifest.Entry entry : entries) {
            String now = FileFacts.sha256(Paths.get(entry.path));
            if (now == null) wasAbsent.add(entry.path);
            if (now == null || now.equals(entry.sha256) || Files.exists(kept(entry.path).resolve(now))) continue;
            lost.add(entry);
            detail.append(detail.length() == 0 ? "" : ", ").append(described(entry.path));
        }
        if (lost.isEmpty()) return;
        journal.begin("keep", detail.toString());
        CrashPoint.reach("swap-before-keep");
        for (Manifest.Entry entry : lost) {
            byte[] bytes = Durable.read(Paths.get(entry.path));
            Durable.replace(kept(entry.path).resolve(Hashes.sha256(bytes)), bytes);
            Arrays.fill(bytes, (byte) 0);
        }
        journal.done("keep", "copies in " + kept(lost.get(0).path).getParent());
        CrashPoint.reach("swap-after-keep");
    }

    /** Hash of the newest copy of a path; the backup's own when nothing else was overwritten; null when there was no file. */
    private String lastKept(Manifest.Entry entry) throws IOException {
        if (wasAbsent.contains(entry.path)) return null;
        if (!Files.isDirectory(kept(entry.path))) return entry.sha256;
        Path newest = KeptFiles.newest(kept(entry.path));
        return newest == null ? null : newest.getFileName().toString();
    }

    private static String described(String name) throws IOException {
        Path path = Paths.get(name);
        PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class);
        String link = FileFacts.linkOf(path);
        return name + " " + FileFacts.sha256(path) + " " + FileFacts.mode(path) + " " + attributes.owner().getName() + ":" + attributes.group().getName() + (link == null ? "" : " → " + link);
    }

    /** Temporary file by target; two paths that lead to one file stage it once. */
    private Map<Path, Path> stage() throws IOException {
        Map<Path, Path> staged = new LinkedHashMap<Path, Path>();
        journal.begin("stage", entries.size() + " files from " + source.name());
        CrashPoint.reach("swap-before-stage");
        for (Manifest.Entry entry : entries) {
            Path target = target(entry);
            if (staged.containsKey(target)) continue;
            Path temporary = target.resolveSibling(TEMPORARY + request.epoch + "-" + target.getFileName());
            Files.deleteIfExists(temporary);
            byte[] bytes = source.bytes(entry);
            Durable.write(temporary, bytes);
            Arrays.fill(bytes, (byte) 0);
            dress(temporary, entry);
            CrashPoint.reach("swap-before-stage-fsync");
            Durable.sync(temporary);
            staged.put(target, temporary);
            CrashPoint.reach("swap-staged-one");
        }
        journal.done("stage", staged.size() + " files");
        CrashPoint.reach("swap-after-stage");
        return staged;
    }

    /** The file whose bytes the entry is: the path itself, or where its link leads. */
    private static Path target(Manifest.Entry entry) throws IOException {
        Path path = Paths.get(entry.path);
        return entry.link == null ? path : linked(path, entry.link);
    }

    private static void dress(Path path, Manifest.Entry entry) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        PosixFileAttributes now = view.readAttributes();
        UserPrincipalLookupService lookup = path.getFileSystem().getUserPrincipalLookupService();
        if (!now.owner().getName().equals(entry.owner)) view.setOwner(lookup.lookupPrincipalByName(entry.owner));
        if (!now.group().getName().equals(entry.group)) view.setGroup(lookup.lookupPrincipalByGroupName(entry.group));
        Files.setAttribute(path, "unix:mode", Integer.parseInt(entry.mode, 8));
    }

    private void relink(Manifest.Entry entry, Set<Path> folders) throws IOException {
        Path path = Paths.get(entry.path);
        if (entry.link == null || entry.link.equals(FileFacts.linkOf(path))) return;
        Path temporary = path.resolveSibling(TEMPORARY + request.epoch + "-link-" + path.getFileName());
        Files.deleteIfExists(temporary);
        Files.createSymbolicLink(temporary, Paths.get(entry.link));
        journal.begin("link", path + " → " + entry.link);
        CrashPoint.reach("swap-before-link");
        Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        CrashPoint.reach("swap-after-link");
        folders.add(path.getParent());
        journal.done("link", path.toString());
    }
}
