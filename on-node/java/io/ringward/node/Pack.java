package io.ringward.node;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** A snapshot as one zip: `manifest.json`, then `files/0000` … It exists in memory alone, and only until it is encrypted. */
final class Pack {
    /** A buffer that leaves no copies behind. */
    private static final class Erasable extends ByteArrayOutputStream {
        private Erasable(int size) {
            super(size);
        }

        private void erase() {
            Arrays.fill(buf, (byte) 0);
        }
    }

    private Pack() {}

    /** The caller erases the bytes. */
    static byte[] zip(Snapshot snapshot) throws IOException {
        int size = 65536 + 2 * snapshot.manifest.bytes.length;
        for (Manifest.Entry entry : snapshot.manifest.entries) size += 512 + (int) java.nio.file.Files.size(snapshot.fileOf(entry));
        // Large enough from the start: growing would leave copies of keys in memory.
        Erasable buffer = new Erasable(size);
        ZipOutputStream zip = new ZipOutputStream(buffer);
        add(zip, "manifest.json", snapshot.manifest.bytes);
        for (Manifest.Entry entry : snapshot.manifest.entries) {
            byte[] bytes = Durable.read(snapshot.fileOf(entry));
            add(zip, "files/" + Manifest.nameOf(entry.index), bytes);
            Arrays.fill(bytes, (byte) 0);
        }
        zip.close();
        byte[] bytes = buffer.toByteArray();
        buffer.erase();
        return bytes;
    }

    private static void add(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    /** Writes the zip's manifest and files into a built folder; every other name is refused. */
    static void unzip(byte[] bytes, Path folder, String manifestSha256) throws IOException, StepFailure {
        ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes));
        Manifest manifest = null;
        for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
            byte[] content = readAll(zip);
            String name = entry.getName();
            if (manifest == null) {
                if (!name.equals("manifest.json") || !Hashes.sha256(content).equals(manifestSha256)) throw StepFailure.mismatch("the pack does not begin with the signed manifest");
                manifest = new Manifest(content);
                Durable.create(folder.resolve(name), content);
            } else {
                boolean known = false;
                for (Manifest.Entry file : manifest.entries) known |= name.equals("files/" + Manifest.nameOf(file.index));
                if (!known) throw StepFailure.mismatch("the pack holds " + StepFailure.oneLine(name) + ", which its manifest does not name");
                Durable.create(folder.resolve(name), content);
            }
            Arrays.fill(content, (byte) 0);
        }
        if (manifest == null) throw StepFailure.mismatch("the pack is empty");
    }

    private static byte[] readAll(ZipInputStream zip) throws IOException, StepFailure {
        Erasable out = new Erasable(65536);
        byte[] buffer = new byte[8192];
        for (int n; (n = zip.read(buffer)) >= 0; ) {
            out.write(buffer, 0, n);
            if (out.size() > Durable.LARGEST_FILE) throw StepFailure.mismatch("a file of the pack is larger than any that a node packs");
        }
        byte[] bytes = out.toByteArray();
        out.erase();
        Arrays.fill(buffer, (byte) 0);
        return bytes;
    }
}
