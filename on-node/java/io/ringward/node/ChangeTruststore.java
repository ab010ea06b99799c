package io.ringward.node;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import javax.security.auth.x500.X500Principal;

/**
 * `extend-truststore` and `reduce-truststore`: certificates of authorities put into one truststore, or taken out of it, whatever else
 * it holds; loaded for trial by the node's own classes before it takes the file's place; reloaded where a port trusts by it.
 */
final class ChangeTruststore implements Step {
    private static final int MOST_AUTHORITIES = 64;
    private static final long LONGEST_CALL_MS = 20000;
    /** A reload takes effect at once; this leaves room for a loaded node. */
    private static final long PROOF_MS = 2000;
    private final boolean extend;
    private CassandraYaml yaml;
    private NodeClasses classes;

    ChangeTruststore(boolean extend) {
        this.extend = extend;
    }

    @Override
    public Map<String, Object> run(final Request request, Journal journal) throws Exception {
        String path = path(request);
        Map<String, X509Certificate> given = authorities(request);
        classes = new NodeClasses(request.cassandraHome);
        yaml = CassandraYaml.read(Paths.get(request.yaml), classes, request.cassandraHome);
        List<CassandraYaml.Section> sections = sectionsOf(path);
        boolean reloads = (yaml.error != null || !sections.isEmpty()) && isRunning(request);
        FutureTask<JmxClient> connecting = reloads ? connect(request) : null;
        byte[] before = read(path);
        Truststore store = open(request, path, before, sections);
        Set<String> present = store.certificates.keySet();
        Set<String> changed = new LinkedHashSet<String>(given.keySet());
        if (extend) changed.removeAll(present);
        else changed.retainAll(present);
        Set<String> wanted = new LinkedHashSet<String>(present);
        if (extend) wanted.addAll(changed);
        else wanted.removeAll(changed);
        if (wanted.isEmpty()) throw unchanged(path + " would hold no authority, and whoever trusts by it would trust nobody");
        List<Object> replaced = new ArrayList<Object>();
        if (!changed.isEmpty()) {
            byte[] after = extend ? store.with(only(given, changed)) : store.without(changed);
            tryOut(request, journal, path, after, wanted, sections);
            replaced = new Replacement(request, new OneFile(Snapshot.described(path, "truststore", after), after), journal, Collections.singletonList(path)).run();
        }
        Map<String, Object> result = new LinkedHashMap<String, Object>();
        result.put("path", path);
        result.put("before", replaced.isEmpty() ? Hashes.sha256(before) : ((Map<?, ?>) replaced.get(0)).get("before"));
        result.put("after", FileFacts.sha256(Paths.get(path)));
        result.put("anchors", new ArrayList<Object>(wanted));
        result.put("changed", new ArrayList<Object>(changed));
        // A repetition after a crash finds the file as wanted, and cannot know whether the process has: it is asked to reload all the same.
        if (connecting != null) result.put("reload", Json.object("ok", true, "ms", Reload.byJmx(request, connecting, journal, "the truststore is as wanted")));
        Wire wire = connecting == null ? null : new Wire(request, Stores.ofNode(request, yaml, classes), new Certificates()).withAsked();
        result.put("inForce", wire == null ? "not-told" : inForce(wire, sections, names(request, path, sections)));
        result.put("listeners", wire == null ? new ArrayList<Object>() : wire.listeners());
        result.put("journalHead", journal.head());
        return result;
    }

    private static String path(Request request) throws StepFailure {
        String path = request.fields.path("path");
        String kind = request.kindOf(path);
        if (kind == null) throw new StepFailure("PATH_NOT_REGISTERED", "field path: " + path + " is not among the node's registered files", "Register the path under files in cluster.yaml, or leave it out.");
        if (!kind.equals("truststore")) throw StepFailure.field("path", path + " is registered as " + kind + ", not as truststore");
        return path;
    }

    private static Map<String, X509Certificate> authorities(Request request) throws StepFailure {
        Map<String, X509Certificate> authorities = new LinkedHashMap<String, X509Certificate>();
        List<String> given = request.fields.texts("authorities");
        if (given.isEmpty() || given.size() > MOST_AUTHORITIES) throw StepFailure.field("authorities", "must be from 1 to " + MOST_AUTHORITIES + " certificates");
        for (String base64 : given) {
            try {
                X509Certificate certificate = Truststore.certificate(Hashes.fromBase64(base64));
                authorities.put(Hashes.sha256(certificate.getEncoded()), certificate);
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw StepFailure.field("authorities." + authorities.size(), "is not the DER of a certificate in base64: " + StepFailure.text(e));
            }
        }
        return authorities;
    }

    private static List<X509Certificate> only(Map<String, X509Certificate> given, Set<String> hashes) {
        List<X509Certificate> some = new ArrayList<X509Certificate>();
        for (String hash : hashes) some.add(given.get(hash));
        return some;
    }

    private List<CassandraYaml.Section> sectionsOf(String path) {
        List<CassandraYaml.Section> sections = new ArrayList<CassandraYaml.Section>();
        for (CassandraYaml.Section section : yaml.sections()) if (path.equals(section.store("truststore"))) sections.add(section);
        return sections;
    }

    private static byte[] read(String path) throws IOException, StepFailure {
        try {
            return Durable.read(Paths.get(path));
        } catch (NoSuchFileException e) {
            throw unreadable(path, "it is not there");
        }
    }

    /** With the password that the node's own configuration has for it. */
    private Truststore open(Request request, String path, byte[] file, List<CassandraYaml.Section> sections) throws IOException, StepFailure {
        char[] password = null;
        String type = null;
        if (sections.isEmpty()) {
            JmxTls jmx = JmxTls.read(request.jmxTlsProperties, Collections.<String, Path>emptyMap());
            if (path.equals(jmx.trustStore)) {
                password = jmx.trustStorePassword;
                type = jmx.trustStoreType;
            }
        } else {
            password = sections.get(0).password("truststore_password");
            type = sections.get(0).storeType();
        }
        try {
            return Truststore.open(file, password, type);
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            throw unreadable(path, StepFailure.text(e));
        }
    }

    /** Read back by us, and loaded by the classes that Cassandra will load it with, before anything of it is put in place. */
    private void tryOut(Request request, Journal journal, String path, byte[] bytes, Set<String> wanted, List<CassandraYaml.Section> sections) throws IOException, StepFailure {
        Path scratch = Home.of("truststore-trial");
        Durable.shredFolder(scratch);
        Path trial = scratch.resolve(Paths.get(path).getFileName());
        journal.begin("trial-load", path + " with " + wanted.size() + " authorities");
        try {
            Durable.replace(trial, bytes);
            CrashPoint.reach("trust-trial-written");
            Set<String> found = open(request, path, bytes, sections).certificates.keySet();
            if (!found.equals(wanted)) throw unchanged(path + " would hold " + found.size() + " authorities, and not the " + wanted.size() + " that are wanted");
            Map<String, Path> aside = Collections.singletonMap(path, trial);
            for (CassandraYaml.Section section : sections) {
                String failure = classes.areThere() ? new TrialLoad(classes, section, aside).failure("truststore") : null;
                if (failure != null) throw unchanged("Cassandra's own classes would not load " + path + " for " + section.listener + ": " + failure);
            }
        } finally {
            Durable.shredFolder(scratch);
        }
        CrashPoint.reach("trust-tried");
        journal.done("trial-load", path);
    }

    private static boolean isRunning(Request request) throws InterruptedException {
        Service service = new Service(request);
        return service.pid() != null || service.portIsOpen();
    }

    private static FutureTask<JmxClient> connect(final Request request) {
        return Parallel.start(new Callable<JmxClient>() {
            @Override
            public JmxClient call() throws IOException {
                return JmxClient.connect(request, LONGEST_CALL_MS);
            }
        });
    }

    /** Names of the authorities in the file as it lies there now. */
    private Set<X500Principal> names(Request request, String path, List<CassandraYaml.Section> sections) throws IOException, StepFailure {
        Set<X500Principal> names = new HashSet<X500Principal>();
        for (Certificate certificate : open(request, path, read(path), sections).certificates.values()) names.add(((X509Certificate) certificate).getSubjectX500Principal());
        return names;
    }

    /**
     * Dials the ports that trust by the file until each asks for certificates of just these authorities: `yes`; `no` where one goes on
     * to name others; `not-told` where one names none. An authority that was re-keyed under its name cannot be told apart by this.
     */
    private static String inForce(Wire wire, List<CassandraYaml.Section> sections, Set<X500Principal> wanted) throws IOException, InterruptedException {
        boolean[] ports = new boolean[3];
        for (CassandraYaml.Section section : sections) ports[Request.listenerIndex(section.listener)] = true;
        long end = System.nanoTime() + PROOF_MS * 1000000L;
        while (true) {
            String told = told(wire.see(ports, new ArrayList<Request.Peer>()).listeners(), wanted);
            if (!told.equals("no") || System.nanoTime() > end) return told;
            Thread.sleep(50);
        }
    }

    private static String told(List<Object> listeners, Set<X500Principal> wanted) {
        boolean all = !listeners.isEmpty();
        for (Object listener : listeners) {
            Object asksFor = ((Map<?, ?>) listener).get("asksFor");
            Set<X500Principal> names = new HashSet<X500Principal>();
            if (asksFor != null) for (Object name : (List<?>) asksFor) names.add(new X500Principal((String) name));
            if (asksFor != null && !names.equals(wanted)) return "no";
            all &= asksFor != null;
        }
        return all ? "yes" : "not-told";
    }

    private static StepFailure unreadable(String path, String why) {
        return new StepFailure("TRUSTSTORE_UNREADABLE", path + " cannot be changed: " + why, "Restore the truststore from its backup, or mend its password in the configuration; then send the request again.");
    }

    private static StepFailure unchanged(String why) {
        return new StepFailure("TRUSTSTORE_NOT_CHANGED", why, "The truststore is as it was; mend what is named, then send the request again.");
    }

    /** The bytes that take one file's place. */
    private static final class OneFile implements Replacement.Source {
        private final Manifest.Entry entry;
        private final byte[] bytes;

        private OneFile(Map<String, Object> described, byte[] bytes) throws StepFailure {
            this.entry = Manifest.of(Collections.singletonList(described)).entries.get(0);
            this.bytes = bytes;
        }

        @Override
        public Manifest.Entry entry(String path) {
            return path.equals(entry.path) ? entry : null;
        }

        @Override
        public byte[] bytes(Manifest.Entry wanted) {
            return bytes.clone();
        }

        @Override
        public String name() {
            return "the truststore as changed";
        }
    }
}
