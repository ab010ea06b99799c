package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a person at the node must know first. Exit code 0 when all is well, 3 when something is not. */
final class KitStatus {
    private KitStatus() {}

    static int of(KitFile kit, KitPage page) throws Exception {
        NodeSeen seen = NodeSeen.look(kit);
        List<String> wrong = new ArrayList<String>();
        page.say("Node " + kit.node + " (" + kit.looking().address + ") of " + kit.cluster + ", looked at " + KitPage.time(seen.at) + "; nothing was changed.");
        page.row("Kit", "written " + KitPage.time(kit.writtenAt()) + " with backup " + kit.backupId + ", before deployment " + kit.deployment);
        page.row("Service", kit.looking().service + " is " + seen.serviceInWords());
        if (!seen.isRunning()) wrong.add("Cassandra does not run");
        files(kit, seen, page);
        for (Object item : seen.facts("listeners")) {
            Map<?, ?> listener = (Map<?, ?>) item;
            page.row("Port", portInWords(listener, seen.certificates()));
            String not = notWell(listener, seen);
            if (not != null) wrong.add(not);
        }
        page.row("Ring", seen.ring() == null ? "JMX does not answer: " + seen.result.get("ringError") : ringInWords(seen.ring()));
        if (seen.ring() == null) wrong.add("JMX does not answer");
        else if (!((List<?>) seen.ring().get("unreachable")).isEmpty()) wrong.add("this node sees " + seen.ring().get("unreachable") + " down");
        if (new Service(kit.looking()).clientsAreOff()) wrong.add("clients are off until restore-traffic (kit resume)");
        journal(kit, page, wrong);
        for (String what : wrong) page.row("NOT WELL", what);
        page.fact("node", kit.node);
        page.fact("wrong", wrong);
        page.fact("seen", seen.result);
        next(page, wrong);
        return wrong.isEmpty() ? Kit.WELL : Kit.ATTENTION;
    }

    private static void files(KitFile kit, NodeSeen seen, KitPage page) throws IOException, StepFailure {
        List<LocalBackup> backups = LocalBackup.all();
        Manifest manifest = null;
        for (LocalBackup backup : backups) if (manifest == null && !backup.isByHand()) manifest = backup.manifest();
        for (Object item : seen.facts("files")) {
            Map<?, ?> file = (Map<?, ?>) item;
            Manifest.Entry entry = manifest == null ? null : manifest.entry((String) file.get("path"));
            String beside = entry == null ? "in no backup" : entry.sha256.equals(file.get("sha256")) ? "as in the newest backup" : "differs from the newest backup";
            page.row("File", file.get("path") + " (" + file.get("kind") + "): " + (Boolean.TRUE.equals(file.get("present")) ? beside : "IS GONE"));
        }
        for (LocalBackup backup : backups) page.row("Backup", backup.id + "  " + backup.inWords());
        if (backups.isEmpty()) page.row("Backup", "none on this node");
    }

    private static void journal(KitFile kit, KitPage page, List<String> wrong) throws IOException {
        Journal.Summary summary = Journal.check();
        HalfDone last = HalfDone.last();
        page.row("Journal", summary.entries + " entries" + (summary.intact ? "" : ", NOT INTACT") + "; " + (last == null ? "no rollback yet" : last.inWords()));
        if (last != null && !last.isFinished()) wrong.add("half-done: " + last.inWords());
        if (!summary.intact) wrong.add("the journal's chain of hashes is broken");
        Map<String, Object> lock = NodeLock.glance();
        if (Boolean.TRUE.equals(lock.get("held"))) page.row("Lock", "held by request " + lock.get("requestId"));
        long byHand = EpochFence.byHand(kit.cluster);
        page.row("Fence", "newest epoch " + EpochFence.newest(kit.cluster) + (byHand > 0 ? "; by hand " + byHand : ""));
        page.fact("epoch", EpochFence.newest(kit.cluster));
        page.fact("epochByHand", byHand);
        page.fact("halfDone", last != null && !last.isFinished());
    }

    /** Why a port is not well, or null. */
    private static String notWell(Map<?, ?> listener, NodeSeen seen) {
        String name = (String) listener.get("listener");
        if (!"answered".equals(listener.get("read"))) return name + " does not answer: " + listener.get("handshake") + ", " + listener.get("error");
        String invalid = Validity.wrong((List<?>) listener.get("chain"), seen.certificates(), seen.at);
        if (invalid != null) return name + ": " + invalid;
        if (Boolean.FALSE.equals(listener.get("trusted"))) return name + " serves a chain that this node's own truststore does not accept";
        String disk = name.equals("jmx") ? null : seen.leafOnDisk(name);
        return disk == null || disk.equals(seen.leaf(name)) ? null : name + " serves another leaf than its keystore holds (" + KitPage.leaf(disk) + "): not reloaded";
    }

    static String portInWords(Map<?, ?> listener, Map<?, ?> certificates) {
        List<?> chain = (List<?>) listener.get("chain");
        String leaf = chain.isEmpty() ? "serves nothing" : "serves " + KitPage.leaf((String) chain.get(0)) + Validity.until(certificates, chain.get(0));
        return listener.get("listener") + " " + listener.get("address") + ":" + listener.get("port") + " " + leaf + "; handshake " + listener.get("handshake") + ", read " + listener.get("read")
            + (Boolean.FALSE.equals(listener.get("trusted")) ? ", NOT TRUSTED" : "");
    }

    static String ringInWords(Map<?, ?> ring) {
        return "this node is " + ring.get("operationMode") + ", sees " + ((List<?>) ring.get("live")).size() + " up, " + ((List<?>) ring.get("unreachable")).size() + " down"
            + (Boolean.FALSE.equals(ring.get("nativeTransport")) ? "; native transport is OFF" : "");
    }

    private static void next(KitPage page, List<String> wrong) throws IOException {
        page.say("");
        page.say(wrong.isEmpty() ? "All is well as far as this node can see. What a way back would do:" : "What a way back would do (changes nothing):");
        page.command("plan");
    }
}
