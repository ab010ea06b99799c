package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** `pack`: snapshot on the node, encrypted pack beside it. Repeated by the same backup id it is the same backup, whatever the files are now. */
final class PackStep implements Step {
    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        String backupId = request.fields.name("backupId");
        Fields recipient = request.fields.object("recipient");
        String keyId = recipient.text("keyId");
        byte[] spki = recipient.base64("spki");
        Pins.check("recipient", spki);
        Path folder = Snapshot.folderOf(backupId);
        if (Files.exists(folder.resolve("pack.json"))) {
            KitWriter.write(request, journal, Snapshot.find(backupId));
            return Json.readObject(new String(Durable.read(folder.resolve("pack.json")), StandardCharsets.UTF_8));
        }
        Snapshot snapshot = Snapshot.find(backupId);
        if (snapshot == null) snapshot = snapshot(request, journal, backupId);
        if (!Files.exists(folder.resolve("seen.json"))) throw StepFailure.mismatch("backup " + backupId + " was fetched to this node, not made here; it cannot be packed again");
        journal.begin("encrypt", "backup " + backupId + " for " + keyId);
        CrashPoint.reach("pack-before-encrypt");
        byte[] zip = Pack.zip(snapshot);
        Jwe.Sealed sealed;
        try {
            sealed = Jwe.seal(zip, snapshot.manifest.sha256, spki, keyId);
        } finally {
            Arrays.fill(zip, (byte) 0);
        }
        Durable.replace(folder.resolve("pack.jwe"), sealed.bytes);
        Pins.learn("recipient", spki);
        Map<String, Object> result = new LinkedHashMap<String, Object>();
        result.put("backupId", backupId);
        result.put("manifestSha256", snapshot.manifest.sha256);
        result.put("manifest", snapshot.manifest.json);
        result.put("ciphertextSha256", Hashes.sha256(sealed.bytes));
        result.put("ciphertextBytes", sealed.bytes.length);
        result.put("encryptedKey", sealed.encryptedKey);
        result.putAll(Json.readObject(new String(Durable.read(folder.resolve("seen.json")), StandardCharsets.UTF_8)));
        CrashPoint.reach("pack-before-record");
        Durable.replace(folder.resolve("pack.json"), Json.write(result).getBytes(StandardCharsets.UTF_8));
        CrashPoint.reach("pack-after-record");
        journal.done("encrypt", "ciphertext " + result.get("ciphertextSha256"));
        KitWriter.write(request, journal, snapshot);
        return result;
    }

    /** The files, and beside them which leaves they hold and which the ports serve at this moment. */
    private static Snapshot snapshot(Request request, Journal journal, String backupId) throws IOException, StepFailure, InterruptedException {
        journal.begin("snapshot", "backup " + backupId);
        Path building = Snapshot.building(backupId);
        Map<String, String> generated = new LinkedHashMap<String, String>();
        generated.put("service-state", Json.write(serviceState(request)));
        generated.put("system-state", Json.write(systemState()));
        Snapshot built = Snapshot.build(request, building, generated);
        Certificates certificates = new Certificates();
        NodeClasses classes = new NodeClasses(request.cassandraHome);
        Path configuration = built.aside().containsKey(request.yaml) ? built.aside().get(request.yaml) : java.nio.file.Paths.get(request.yaml);
        CassandraYaml yaml = CassandraYaml.read(configuration, classes, request.cassandraHome);
        Stores stores = new Stores(request, yaml, classes, built.aside());
        Wire wire = new Wire(request, stores, certificates).see(new ArrayList<Request.Peer>());
        Map<String, Object> seen = new LinkedHashMap<String, Object>();
        List<Object> facts = stores.facts(false, certificates);
        seen.put("storeLeaves", Stores.leaves(facts));
        seen.put("storeAnchors", Stores.anchors(facts));
        seen.put("servedLeaves", wire.leaves());
        seen.put("certificates", certificates.der());
        Durable.create(building.resolve("seen.json"), Json.write(seen).getBytes(StandardCharsets.UTF_8));
        Snapshot snapshot = Snapshot.publish(building, backupId);
        journal.done("snapshot", "manifest " + snapshot.manifest.sha256);
        return snapshot;
    }

    private static Map<String, Object> serviceState(Request request) throws InterruptedException {
        Map<String, Object> state = new LinkedHashMap<String, Object>();
        state.put("service", request.service);
        try {
            state.put("unit", Service.run(20000, "systemctl", "show", request.service).output);
        } catch (IOException e) {
            state.put("unit", StepFailure.text(e));
        }
        try {
            state.put("java", Service.run(20000, System.getProperty("java.home") + "/bin/java", "-version").output);
        } catch (IOException e) {
            state.put("java", StepFailure.text(e));
        }
        return state;
    }

    private static Map<String, Object> systemState() throws IOException {
        Map<String, Object> state = new LinkedHashMap<String, Object>();
        for (String property : new String[] { "jdk.tls.disabledAlgorithms", "jdk.certpath.disabledAlgorithms", "jdk.tls.legacyAlgorithms", "keystore.type" }) state.put(property, Security.getProperty(property));
        state.put("clock", System.currentTimeMillis());
        for (String property : new String[] { "java.version", "java.vendor", "os.name", "os.arch", "os.version" }) state.put(property, System.getProperty(property));
        Path release = java.nio.file.Paths.get("/etc/os-release");
        if (Files.exists(release)) state.put("os-release", new String(Durable.read(release), StandardCharsets.UTF_8));
        return state;
    }
}
