package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The runbook of this node, from the template in the jar. A line of the text that begins with four spaces, `#` and a space is a command,
 * to be typed as root exactly as it stands; every other line is read.
 */
final class Runbook {
    private final List<String> lines = new ArrayList<String>();

    Runbook(KitFile kit, Snapshot snapshot) throws IOException, StepFailure {
        Map<String, String> words = words(kit);
        Map<String, List<String>> blocks = new LinkedHashMap<String, List<String>>();
        blocks.put("files", RunbookOfNode.files(snapshot));
        blocks.put("ports", RunbookOfNode.ports(kit));
        blocks.put("peers", RunbookOfNode.peers(kit));
        blocks.put("put-certificates-back", RunbookOfNode.putCertificatesBack(snapshot));
        blocks.put("put-configuration-back", RunbookOfNode.putConfigurationBack(snapshot));
        blocks.put("look-by-hand", RunbookOfNode.look(kit));
        for (String line : Kit.resource("runbook.txt").split("\n")) {
            if (line.startsWith("{{") && line.endsWith("}}")) lines.addAll(blocks.get(line.substring(2, line.length() - 2)));
            else lines.add(filled(line, words));
        }
    }

    private static Map<String, String> words(KitFile kit) throws StepFailure {
        Request request = kit.looking();
        Map<String, String> words = new LinkedHashMap<String, String>();
        words.put("node", kit.node);
        words.put("address", request.address);
        words.put("cluster", kit.cluster);
        words.put("backup", kit.backupId);
        words.put("deployment", kit.deployment);
        words.put("written", KitPage.time(kit.writtenAt()));
        words.put("kit", "sh " + Shell.quoted(KitFile.folder().resolve("ringward-node.sh").toString()) + " kit");
        words.put("home", Home.path().toString());
        words.put("service", request.service);
        words.put("nodetool", RunbookOfNode.nodetool(request));
        words.put("log", request.log == null ? "Cassandra's system.log" : request.log);
        words.put("drop-in", Home.unitFolder().toString());
        words.put("seed", kit.isSeed() ? "This node IS a seed: it comes last." : "This node is no seed: it comes before the seeds.");
        words.put("drain-seconds", String.valueOf(kit.fields.integer("drainTimeoutMs", 1, Long.MAX_VALUE) / 1000));
        words.put("start-seconds", String.valueOf(kit.fields.integer("startTimeoutMs", 1, Long.MAX_VALUE) / 1000));
        return words;
    }

    private static String filled(String line, Map<String, String> words) {
        String filled = line;
        for (Map.Entry<String, String> word : words.entrySet()) filled = filled.replace("{{" + word.getKey() + "}}", word.getValue());
        return filled;
    }

    /** For a terminal, and for paper without a browser. */
    String text() {
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            boolean title = line.startsWith("# ");
            boolean chapter = line.startsWith("## ");
            String shown = title ? line.substring(2) : chapter ? line.substring(3) : line;
            text.append(shown).append('\n');
            if (title || chapter) text.append(shown.replaceAll(".", title ? "=" : "-")).append('\n');
        }
        return text.toString();
    }

    String html() throws IOException {
        return Kit.resource("runbook.html").replace("{{body}}", RunbookPage.of(lines)).replace("{{title}}", RunbookPage.escaped(lines.get(0).substring(2)));
    }
}
