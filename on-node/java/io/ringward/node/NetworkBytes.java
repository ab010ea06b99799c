package io.ringward.node;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;

/**
 * Bytes in and out of a host, by /proc/PID/net/dev: the interfaces that Cassandra's own process sees, its container's where it has
 * one. The kernel counts there by interface and not by process; one small file costs nothing.
 */
final class NetworkBytes {
    private NetworkBytes() {}

    /** Null where the kernel does not tell. Loopback counts only where the node itself lives on it. */
    static Long of(Long pid, String address) {
        Path seen = Paths.get("/proc/" + (pid == null ? "self" : pid) + "/net/dev");
        try {
            return sum(new String(Files.readAllBytes(seen), StandardCharsets.US_ASCII), InetAddress.getByName(address).isLoopbackAddress());
        } catch (IOException | NumberFormatException e) {
            return null;
        }
    }

    /** Two lines of heading, then `name: received-bytes` and seven more figures, then sent bytes. */
    private static Long sum(String table, boolean loopback) {
        Long sum = null;
        for (String line : table.split("\n")) {
            int colon = line.indexOf(':');
            if (colon < 0 || line.substring(0, colon).trim().equals("lo") != loopback) continue;
            String[] figures = line.substring(colon + 1).trim().split("\\s+");
            if (figures.length < 9) continue;
            sum = (sum == null ? 0 : sum) + Long.parseLong(figures[0]) + Long.parseLong(figures[8]);
        }
        return sum;
    }
}
