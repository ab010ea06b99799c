package io.ringward.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;

/** What only this node can say in its runbook: files, ports, peers, and the commands that need no program of ours. */
final class RunbookOfNode {
    private static final String COMMAND = "    # ";
    /** Begins what is typed only after it was chosen. */
    private static final String CHOICE = "    $ ";

    private RunbookOfNode() {}

    static List<String> files(Snapshot snapshot) {
        List<String> lines = new ArrayList<String>();
        for (Manifest.Entry entry : snapshot.manifest.entries) {
            if (entry.isGenerated()) continue;
            lines.add("    " + entry.path + "  (" + entry.kind + ", " + entry.mode + " " + entry.owner + ":" + entry.group + ")");
            lines.add("        copy of before: " + snapshot.fileOf(entry));
            lines.add("        sha256 " + entry.sha256);
        }
        return lines;
    }

    static List<String> ports(KitFile kit) throws StepFailure {
        Request request = kit.looking();
        List<String> lines = new ArrayList<String>();
        lines.add("    " + request.address + ":" + request.clientPort + "  client (CQL)");
        lines.add("    " + request.address + ":" + request.internodePort + "  internode");
        lines.add("    " + request.jmxAddress + ":" + request.jmxPort + "  JMX" + (request.jmxTlsProperties == null ? "" : " over TLS"));
        return lines;
    }

    /** In the order in which a whole cluster goes back: seeds last. */
    static List<String> peers(KitFile kit) throws StepFailure {
        List<String> lines = new ArrayList<String>();
        for (boolean seeds : new boolean[] { false, true }) {
            for (Fields peer : kit.peers()) {
                boolean seed = Boolean.TRUE.equals(peer.json().get("seed"));
                if (seed == seeds) lines.add("    " + peer.text("address") + "  " + peer.text("node") + (seed ? "  SEED" : ""));
            }
        }
        Object more = kit.fields.json().get("peersLeftOut");
        if (more instanceof Long && (Long) more > 0) lines.add("    and " + more + " more: nodetool status lists them all");
        if (lines.isEmpty()) lines.add("    none is known to this kit: nodetool status lists them");
        return lines;
    }

    /** nodetool with the address and port of this node; TLS and password as Cassandra's own tool takes them. */
    static String nodetool(Request request) {
        String tool = "nodetool -h " + Shell.quoted(request.jmxAddress) + " -p " + request.jmxPort + (request.jmxTlsProperties == null ? "" : " --ssl");
        if (request.jmxPasswordFile == null) return tool;
        String file = Shell.quoted(request.jmxPasswordFile);
        return tool + " -u \"$(awk '!/^#/ {print $1; exit}' " + file + ")\" -pwf " + file;
    }

    /** Each certificate file of the backup over what lies there: that is copied first, the old one written aside with its owner and mode, then renamed. */
    static List<String> putCertificatesBack(Snapshot snapshot) throws IOException {
        List<String> lines = new ArrayList<String>();
        Path kept = Home.of("kept-by-hand");
        lines.add(COMMAND + "mkdir -p -m 700 " + Shell.quoted(kept.toString()));
        for (Manifest.Entry entry : snapshot.manifest.entries) {
            if (entry.isGenerated() || entry.kind.equals("configuration")) continue;
            // A name for each path, and what was kept first stays: it may be the only copy.
            String copy = Shell.quoted(kept.resolve(entry.path.substring(1).replace('/', '+')).toString());
            lines.add(COMMAND + "[ -e " + copy + " ] || cp -pL " + Shell.quoted(entry.path) + " " + copy);
            for (String command : putBack(snapshot, entry)) lines.add(COMMAND + command);
        }
        return lines;
    }

    /** The same for configuration, to be chosen after a look at what differs: it is often a person's. */
    static List<String> putConfigurationBack(Snapshot snapshot) throws IOException {
        List<String> lines = new ArrayList<String>();
        for (Manifest.Entry entry : snapshot.manifest.entries) {
            if (!entry.kind.equals("configuration")) continue;
            lines.add(CHOICE + "diff " + Shell.quoted(snapshot.fileOf(entry).toString()) + " " + Shell.quoted(entry.path));
            for (String command : putBack(snapshot, entry)) lines.add(CHOICE + command);
        }
        return lines;
    }

    private static String[] putBack(Snapshot snapshot, Manifest.Entry entry) throws IOException {
        Path path = Paths.get(entry.path);
        Path target = entry.link == null || !Files.exists(path) ? path : path.toRealPath();
        String aside = Shell.quoted(target.resolveSibling(".ringward-hand-" + target.getFileName()).toString());
        String dressed = "install -m " + entry.mode + " -o " + Shell.quoted(entry.owner) + " -g " + Shell.quoted(entry.group) + " ";
        return new String[] { dressed + Shell.quoted(snapshot.fileOf(entry).toString()) + " " + aside, "mv -f " + aside + " " + Shell.quoted(target.toString()) };
    }

    /** What the two reloading ports serve, by openssl. */
    static List<String> look(KitFile kit) throws StepFailure {
        Request request = kit.looking();
        List<String> lines = new ArrayList<String>();
        for (int port : new int[] { request.clientPort, request.internodePort })
            lines.add(COMMAND + "openssl s_client -connect " + Shell.quoted(request.address + ":" + port) + " </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 -enddate");
        return lines;
    }
}
