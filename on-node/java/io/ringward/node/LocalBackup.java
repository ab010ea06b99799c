package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A snapshot on this node as a way back for a person: where it comes from, and whether it is one. */
final class LocalBackup {
    final String id;
    /** When it was made, ms. */
    final long at;
    /** Null for one that was fetched, or that a person made. */
    final KitFile kit;
    private final Path folder;
    /** Null until it was checked, and when its bytes are not those of its manifest. */
    Snapshot snapshot;
    /** Why it is no way back, or null; known once it was checked. */
    String reason;
    /** Why it may be one of after the deployment, or null. */
    String notBefore;
    /** Leaf by listener, as its own stores hold it; for JMX as it was served. */
    final Map<String, String> leaves = new LinkedHashMap<String, String>();
    Map<?, ?> certificates = Json.object();

    private LocalBackup(String id, Path folder) throws IOException, StepFailure {
        this.id = id;
        this.folder = folder;
        kit = KitFile.readFrom(folder.resolve("kit.json"));
        at = kit == null ? Files.getLastModifiedTime(folder.resolve("manifest.json")).toMillis() : kit.writtenAt();
    }

    /** Every snapshot that has a manifest, the newest first. */
    static List<LocalBackup> all() throws IOException, StepFailure {
        List<LocalBackup> all = new ArrayList<LocalBackup>();
        for (String id : Snapshot.names()) if (Files.exists(Snapshot.folderOf(id).resolve("manifest.json"))) all.add(new LocalBackup(id, Snapshot.folderOf(id)));
        Collections.sort(all, new Comparator<LocalBackup>() {
            @Override
            public int compare(LocalBackup a, LocalBackup b) {
                return Long.compare(b.at, a.at);
            }
        });
        return all;
    }

    /** @param id null for the newest that no person made */
    static LocalBackup find(String id) throws IOException, StepFailure {
        for (LocalBackup backup : all()) if (id == null ? !backup.isByHand() : backup.id.equals(id)) return backup;
        throw StepFailure.snapshotMissing(id == null ? "there is no backup on this node" : "no backup " + StepFailure.oneLine(id) + " on this node; kit backups lists them");
    }

    /** Made by the kit, of what it was about to overwrite. */
    boolean isByHand() {
        return id.startsWith(KeptFiles.PREFIX);
    }

    String deployment() {
        return kit == null ? null : kit.deployment;
    }

    /** The hash that the pack was bound to; the manifest's own for one that was not packed here. */
    String manifestSha256() throws IOException, StepFailure {
        if (Files.exists(folder.resolve("pack.json"))) return new Fields("pack.json ", json("pack.json")).sha256("manifestSha256");
        return Manifest.read(folder).sha256;
    }

    /** Null when it is damaged. */
    Manifest manifest() throws IOException {
        try {
            return Manifest.read(folder);
        } catch (StepFailure | IllegalArgumentException e) {
            return null;
        }
    }

    private Map<String, Object> json(String name) throws IOException {
        return Json.readObject(new String(Durable.read(folder.resolve(name)), StandardCharsets.UTF_8));
    }

    /** Every hash, then validity by this clock, then a trial load by Cassandra's own classes and a handshake in memory (I1, I10). */
    LocalBackup check(Request request, long now) throws IOException, GeneralSecurityException {
        try {
            snapshot = Snapshot.verified(id, manifestSha256());
        } catch (StepFailure | IllegalArgumentException e) {
            reason = e.getMessage();
            return this;
        }
        NodeClasses classes = new NodeClasses(request.cassandraHome);
        Certificates known = new Certificates();
        List<Object> stores = new Stores(request, yaml(request, classes), classes, snapshot.aside()).facts(false, known);
        certificates = known.der();
        for (String listener : new String[] { "client", "internode" }) if (leafOf(stores, listener) != null) leaves.put(listener, leafOf(stores, listener));
        for (Object item : stores) {
            Map<?, ?> store = (Map<?, ?>) item;
            if (reason == null && "keystore".equals(store.get("kind"))) reason = Validity.wrong((List<?>) store.get("chain"), certificates, now);
        }
        if (reason == null) reason = TrialRestore.of(request, snapshot).reason;
        seen();
        return this;
    }

    /** The configuration that lies in the backup, or the node's own where it holds none. */
    CassandraYaml yaml(Request request, NodeClasses classes) {
        Path path = snapshot.aside().containsKey(request.yaml) ? snapshot.aside().get(request.yaml) : Paths.get(request.yaml);
        return CassandraYaml.read(path, classes, request.cassandraHome);
    }

    /** What the ports served when it was made: a backup of before holds the same leaves. */
    private void seen() throws IOException {
        if (!Files.exists(folder.resolve("seen.json"))) return;
        Map<?, ?> served = (Map<?, ?>) json("seen.json").get("servedLeaves");
        if (served.get("jmx") != null) leaves.put("jmx", (String) served.get("jmx"));
        for (String listener : new String[] { "client", "internode" }) {
            Object was = served.get(listener);
            if (was != null && leaves.get(listener) != null && !was.equals(leaves.get(listener)))
                notBefore = "when it was made, " + listener + " served " + KitPage.leaf((String) was) + ", and it holds " + KitPage.leaf(leaves.get(listener)) + ": the files were changed already";
        }
    }

    /** Leaf of the keystore that serves a listener, by facts of stores; null when there is none. */
    static String leafOf(List<?> stores, String listener) {
        for (Object item : stores) {
            Map<?, ?> store = (Map<?, ?>) item;
            List<?> chain = (List<?>) store.get("chain");
            boolean serves = "keystore".equals(store.get("kind")) && !Boolean.TRUE.equals(store.get("outbound")) && ((List<?>) store.get("listeners")).contains(listener);
            if (serves && !chain.isEmpty()) return (String) chain.get(0);
        }
        return null;
    }

    /** One line for a list. */
    String inWords() {
        String what = isByHand() ? "what a rollback by hand overwrote" : kit == null ? "fetched from S3" : "before deployment " + kit.deployment;
        return KitPage.time(at) + "  " + what;
    }
}
