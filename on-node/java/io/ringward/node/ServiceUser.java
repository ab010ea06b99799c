package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.HashSet;
import java.util.Set;

/** Whom the kernel takes the running Cassandra for, and so which files it could open at its next reload. */
final class ServiceUser {
    /** Capabilities that read past the mode: CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7)). */
    private static final long READS_ALL = 1L << 1 | 1L << 2;
    private long user = -1;
    private final Set<Long> groups = new HashSet<Long>();
    private long capabilities;

    private ServiceUser() {}

    /** @return null when the process does not run, or its status cannot be read */
    static ServiceUser of(Long pid) {
        if (pid == null) return null;
        ServiceUser found = new ServiceUser();
        try {
            for (String line : Files.readAllLines(Paths.get("/proc/" + pid + "/status"), StandardCharsets.ISO_8859_1)) {
                String[] words = line.split("\\s+");
                // Third number: the file-system id, by which the kernel judges.
                if (line.startsWith("Uid:")) found.user = Long.parseLong(words[4]);
                if (line.startsWith("Gid:")) found.groups.add(Long.valueOf(words[4]));
                if (line.startsWith("Groups:")) for (int i = 1; i < words.length; i++) found.groups.add(Long.valueOf(words[i]));
                if (line.startsWith("CapEff:")) found.capabilities = Long.parseUnsignedLong(words[1], 16);
            }
        } catch (IOException | RuntimeException e) {
            return null;
        }
        return found.user < 0 ? null : found;
    }

    /** May it open the file for reading: every folder above searched, the file read? ACLs beyond the mode are not looked at. */
    boolean canRead(Path path) throws IOException {
        if ((capabilities & READS_ALL) != 0) return true;
        Path real = path.toRealPath();
        for (Path folder = real.getParent(); folder != null; folder = folder.getParent()) if (!has(folder, 1)) return false;
        return has(real, 4);
    }

    private boolean has(Path path, int bit) throws IOException {
        int mode = (Integer) Files.getAttribute(path, "unix:mode");
        long owner = ((Number) Files.getAttribute(path, "unix:uid")).longValue();
        long group = ((Number) Files.getAttribute(path, "unix:gid")).longValue();
        int shift = owner == user ? 6 : groups.contains(group) ? 3 : 0;
        return (mode >> shift & bit) != 0;
    }
}
