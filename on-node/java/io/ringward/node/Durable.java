package io.ringward.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Files that survive a loss of power: written aside, fsynced, renamed, the folder fsynced. Root-only unless said otherwise. */
final class Durable {
    /** Nothing that belongs to a certificate deployment is larger; a bound on memory. */
    static final int LARGEST_FILE = 16 * 1024 * 1024;
    private static final Set<StandardOpenOption> CREATE = EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    private static final Set<PosixFilePermission> OWNER_FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_FOLDER = PosixFilePermissions.fromString("rwx------");

    private Durable() {}

    /** Of a regular file alone: a pipe would be waited for and a device read for ever. */
    static byte[] read(Path path) throws IOException {
        if (!Files.readAttributes(path, BasicFileAttributes.class).isRegularFile()) throw new IOException(path + " is not a regular file");
        InputStream in = Files.newInputStream(path);
        try {
            long size = Files.size(path);
            if (size > LARGEST_FILE) throw new IOException(path + " has " + size + " bytes, more than " + LARGEST_FILE);
            byte[] bytes = new byte[(int) size];
            int have = 0;
            for (int n; have < bytes.length && (n = in.read(bytes, have, bytes.length - have)) > 0; ) have += n;
            if (have != bytes.length || in.read() >= 0) throw new IOException(path + " changed while it was read");
            return bytes;
        } finally {
            in.close();
        }
    }

    /** Creates the folder and its parents, root-only. */
    static void folder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) return;
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_FOLDER));
    }

    /** A new root-only file, its bytes on disk, its name not yet. */
    static void create(Path path, byte[] bytes) throws IOException {
        write(path, bytes);
        sync(path);
    }

    /** A new root-only file, nothing of it on disk yet. */
    static void write(Path path, byte[] bytes) throws IOException {
        FileChannel channel = FileChannel.open(path, CREATE, PosixFilePermissions.asFileAttribute(OWNER_FILE));
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) channel.write(buffer);
        } finally {
            channel.close();
        }
    }

    /** Bytes, owner and mode of a file on disk. */
    static void sync(Path path) throws IOException {
        CrashPoint.reach("file-before-fsync");
        FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
        try {
            channel.force(true);
        } finally {
            channel.close();
        }
    }

    /** Replaces or creates a root-only file; a reader sees the old bytes or the new ones, never a mixture. */
    static void replace(Path path, byte[] bytes) throws IOException {
        folder(path.getParent());
        Path aside = path.resolveSibling("." + path.getFileName() + ".new");
        Files.deleteIfExists(aside);
        create(aside, bytes);
        CrashPoint.reach("file-before-rename");
        Files.move(aside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        CrashPoint.reach("file-after-rename");
        syncFolder(path.getParent());
        CrashPoint.reach("file-after-folder-fsync");
    }

    static void syncFolder(Path folder) throws IOException {
        FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ);
        try {
            channel.force(true);
        } finally {
            channel.close();
        }
    }

    /** Overwrites a file's bytes, then removes it. On a journaling or copy-on-write disk the old blocks may live on; it is the best a program can do. */
    static void shred(Path path) throws IOException {
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
            try {
                ByteBuffer zeros = ByteBuffer.allocate(8192);
                for (long left = channel.size(); left > 0; left -= zeros.limit()) {
                    zeros.clear();
                    zeros.limit((int) Math.min(left, zeros.capacity()));
                    while (zeros.hasRemaining()) channel.write(zeros);
                }
                channel.force(false);
            } finally {
                channel.close();
            }
        }
        Files.deleteIfExists(path);
    }

    /** {@link #shred} for everything in a folder, then the folder itself. A missing folder is fine. */
    static void shredFolder(Path folder) throws IOException {
        DirectoryStream<Path> entries;
        try {
            entries = Files.newDirectoryStream(folder);
        } catch (NoSuchFileException e) {
            return;
        }
        try {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) shredFolder(entry);
                else shred(entry);
            }
        } finally {
            entries.close();
        }
        Files.deleteIfExists(folder);
    }
}
