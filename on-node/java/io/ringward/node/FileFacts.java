package io.ringward.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What lies on the disk: hash, size, mode, owner, link. For a symbolic link the facts are those of the file it leads to. */
final class FileFacts {
    private FileFacts() {}

    static List<Object> of(Request request) throws IOException {
        return of(request, null);
    }

    /** @param user whom Cassandra runs as; null when it does not run, or nobody asks */
    static List<Object> of(Request request, ServiceUser user) throws IOException {
        List<Object> facts = new ArrayList<Object>();
        for (Request.NodeFile file : request.files) {
            Map<String, Object> fact = of(file.path, file.kind);
            if (user != null && fact.get("sha256") != null) fact.put("readableByService", user.canRead(Paths.get(file.path)));
            facts.add(fact);
        }
        return facts;
    }

    private static Map<String, Object> of(String name, String kind) throws IOException {
        Map<String, Object> fact = new LinkedHashMap<String, Object>();
        Path path = Paths.get(name);
        fact.put("path", name);
        fact.put("kind", kind);
        String link = linkOf(path);
        try {
            byte[] bytes = Durable.read(path);
            PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class);
            fact.put("present", true);
            fact.put("sha256", Hashes.sha256(bytes));
            fact.put("bytes", bytes.length);
            java.util.Arrays.fill(bytes, (byte) 0);
            fact.put("mode", mode(path));
            fact.put("owner", attributes.owner().getName());
            fact.put("group", attributes.group().getName());
            fact.put("modifiedAt", attributes.lastModifiedTime().toMillis());
        } catch (NoSuchFileException e) {
            fact.put("present", false);
        } catch (IOException e) {
            // Something lies there that is no file to read: one odd path must not cost all other facts of the node.
            fact.put("present", true);
            fact.remove("sha256");
        }
        if (link != null) fact.put("link", link);
        return fact;
    }

    /** Target as written in the link, or null when the path is none. */
    static String linkOf(Path path) throws IOException {
        return Files.isSymbolicLink(path) ? Files.readSymbolicLink(path).toString() : null;
    }

    /** `0640` and the like, with set-id and sticky bits. */
    static String mode(Path path) throws IOException {
        int bits = ((Integer) Files.getAttribute(path, "unix:mode")) & 07777;
        String octal = Integer.toOctalString(bits);
        return "0000".substring(Math.min(4, octal.length())) + octal;
    }

    /** Hash of the bytes at a path, or null when there are none. */
    static String sha256(Path path) throws IOException {
        if (!Files.exists(path) || Files.isDirectory(path)) return null;
        byte[] bytes = Durable.read(path);
        try {
            return Hashes.sha256(bytes);
        } finally {
            java.util.Arrays.fill(bytes, (byte) 0);
        }
    }

}
