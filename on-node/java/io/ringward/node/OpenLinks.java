package io.ringward.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * TCP connections that Cassandra has open: to other nodes, and of clients. The kernel does not tell how old one is, but it never
 * gives a socket's inode to another while it lives: whoever remembers the inodes of an earlier look knows a least age.
 */
final class OpenLinks {
    private static final String ESTABLISHED = "01";
    /** Cassandra opens up to three connections to a peer. */
    private static final int KEPT_OF_A_PEER = 4;
    private static final int MOST_PEERS = 32;
    private static final int KEPT_OF_CLIENTS = 32;
    private static final int MOST_LINES = 100000;
    private static final int MOST_DESCRIPTORS = 200000;

    private final int internodePort;
    private final int clientPort;
    private final Set<String> owned;
    private final Map<String, TreeSet<Long>> peers = new TreeMap<String, TreeSet<Long>>();
    private final TreeSet<Long> clients = new TreeSet<Long>();

    private OpenLinks(int internodePort, int clientPort, Set<String> owned) {
        this.internodePort = internodePort;
        this.clientPort = clientPort;
        this.owned = owned;
    }

    /** Facts of the process, or null where the kernel does not show them. */
    static Map<String, Object> of(Long pid, int internodePort, int clientPort) {
        if (pid == null) return null;
        try {
            OpenLinks links = new OpenLinks(internodePort, clientPort, sockets(pid));
            links.read(Paths.get("/proc/" + pid + "/net/tcp"));
            Path six = Paths.get("/proc/" + pid + "/net/tcp6");
            if (Files.exists(six)) links.read(six);
            return links.facts();
        } catch (IOException | RuntimeException e) {
            // No Linux, no right, or a process that ended meanwhile: not known, which is not "none".
            return null;
        }
    }

    /** Inodes of the sockets that the process itself holds: another Cassandra of this host has its own. */
    private static Set<String> sockets(long pid) throws IOException {
        Set<String> inodes = new HashSet<String>();
        int seen = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Paths.get("/proc/" + pid + "/fd"))) {
            for (Path descriptor : descriptors) {
                if (++seen > MOST_DESCRIPTORS) throw new IOException("more descriptors than are worth reading");
                String target;
                try {
                    target = Files.readSymbolicLink(descriptor).toString();
                } catch (IOException closed) {
                    continue;
                }
                if (target.startsWith("socket:[")) inodes.add(target.substring("socket:[".length(), target.length() - 1));
            }
        }
        return inodes;
    }

    /** Columns of /proc/net/tcp: sl, local, remote, state, queues, timer, retransmits, uid, time-out, inode. */
    private void read(Path table) throws IOException {
        try (BufferedReader reader = Files.newBufferedReader(table, StandardCharsets.US_ASCII)) {
            reader.readLine();
            int lines = 0;
            for (String line; (line = reader.readLine()) != null && ++lines <= MOST_LINES; ) {
                String[] columns = line.trim().split("\\s+");
                if (columns.length < 10 || !columns[3].equals(ESTABLISHED) || !owned.contains(columns[9])) continue;
                long inode = Long.parseLong(columns[9]);
                if (portOf(columns[1]) == clientPort) clients.add(inode);
                else if (portOf(columns[2]) == internodePort) ofPeer(hostOf(columns[2])).add(inode);
            }
        }
    }

    private TreeSet<Long> ofPeer(String host) {
        TreeSet<Long> known = peers.get(host);
        if (known == null) {
            known = new TreeSet<Long>();
            peers.put(host, known);
        }
        return known;
    }

    private Map<String, Object> facts() {
        List<Object> internode = new ArrayList<Object>();
        for (Map.Entry<String, TreeSet<Long>> peer : peers.entrySet()) {
            if (internode.size() >= MOST_PEERS) break;
            internode.add(Json.object("peer", peer.getKey(), "open", (long) peer.getValue().size(), "ids", first(peer.getValue(), KEPT_OF_A_PEER)));
        }
        return Json.object("internode", internode, "client", Json.object("open", (long) clients.size(), "ids", first(clients, KEPT_OF_CLIENTS)));
    }

    /** The kernel counts inodes upwards, so the lowest are the likeliest to be old. */
    private static List<Object> first(TreeSet<Long> inodes, int most) {
        List<Object> kept = new ArrayList<Object>();
        for (Long inode : inodes) if (kept.size() < most) kept.add(inode);
        return kept;
    }

    private static int portOf(String address) {
        return Integer.parseInt(address.substring(address.indexOf(':') + 1), 16);
    }

    /** The kernel writes each 32-bit word of an address in the host's order: little-endian on every machine that runs Cassandra. */
    private static String hostOf(String address) {
        String hex = address.substring(0, address.indexOf(':'));
        int[] bytes = new int[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) bytes[(i / 4) * 4 + 3 - i % 4] = Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        boolean mapped = bytes.length == 16 && hex.startsWith("0000000000000000FFFF0000");
        StringBuilder text = new StringBuilder();
        if (bytes.length == 4 || mapped) {
            for (int i = bytes.length - 4; i < bytes.length; i++) text.append(text.length() > 0 ? "." : "").append(bytes[i]);
            return text.toString();
        }
        for (int i = 0; i < 16; i += 2) text.append(i > 0 ? ":" : "").append(Integer.toHexString(bytes[i] << 8 | bytes[i + 1]));
        return text.toString();
    }
}
