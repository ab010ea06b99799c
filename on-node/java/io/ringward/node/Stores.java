package io.ringward.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;

/** The stores that a node's configuration names, and those that are registered beside: read, checked, trial-loaded. */
final class Stores {
    /** What one listener is dialled with. */
    static final class Material {
        /** Null when the node's own key cannot be used. */
        KeyManager[] keys;
        Certificate[] trust = {};
    }

    /** One store of the configuration. */
    private static final class Configured {
        final String path;
        final String kind;
        final List<Object> listeners = new ArrayList<Object>();
        /** Named as `outbound_keystore`: what this node shows when it dials. */
        boolean outbound;
        String factory;
        Store store;
        String loadError;

        Configured(String path, String kind) {
            this.path = path;
            this.kind = kind;
        }
    }

    private final Request request;
    private final CassandraYaml yaml;
    private final NodeClasses classes;
    private final Map<String, Path> aside;
    private final JmxTls jmx;
    /** Null when nobody asks for it. */
    private JmxAgent agent;
    private final Map<String, Configured> configured = new LinkedHashMap<String, Configured>();

    /** @param aside files to take from elsewhere, by configured path; empty for the node as it is */
    Stores(Request request, CassandraYaml yaml, NodeClasses classes, Map<String, Path> aside) throws IOException {
        this.request = request;
        this.yaml = yaml;
        this.classes = classes;
        this.aside = aside;
        this.jmx = JmxTls.read(request.jmxTlsProperties, aside);
    }

    static Stores ofNode(Request request, CassandraYaml yaml, NodeClasses classes) throws IOException {
        return new Stores(request, yaml, classes, Collections.<String, Path>emptyMap());
    }

    /** Knows the store that JMX serves from, too. */
    Stores withJmxAgent(JmxAgent running) {
        agent = running;
        return this;
    }

    private Path at(String path) {
        return aside.containsKey(path) ? aside.get(path) : Paths.get(path);
    }

    private Configured read(CassandraYaml.Section section, String key) throws IOException {
        String path = section.store(key);
        if (path == null) return null;
        String kind = key.equals("truststore") ? "truststore" : "keystore";
        Configured known = configured.get(kind + path);
        if (known == null) {
            known = new Configured(path, kind);
            known.factory = section.factory();
            char[] password = section.password(key + "_password");
            known.store = kind.equals("truststore") ? Store.truststore(at(path), password, section.storeType()) : Store.keystore(at(path), password, section.storeType());
            configured.put(kind + path, known);
        }
        if (key.equals("outbound_keystore") && !path.equals(section.store("keystore"))) known.outbound = true;
        if (!known.listeners.contains(section.listener)) known.listeners.add(section.listener);
        return known;
    }

    /** What this node would dial the listener with: its own key and trust as they lie on the disk now. */
    Material material(String listener) throws IOException {
        Material material = new Material();
        if (listener.equals("jmx")) {
            if (jmx.keyStore != null) material.keys = Store.keystore(at(jmx.keyStore), jmx.keyStorePassword, jmx.keyStoreType).keyManagers();
            if (jmx.trustStore != null) material.trust = Store.truststore(at(jmx.trustStore), jmx.trustStorePassword, jmx.trustStoreType).certificates;
            return material;
        }
        CassandraYaml.Section section = sectionOf(listener);
        if (section == null) return material;
        Configured keystore = listener.equals("internode") && section.store("outbound_keystore") != null ? read(section, "outbound_keystore") : read(section, "keystore");
        Configured truststore = read(section, "truststore");
        if (keystore != null) material.keys = keystore.store.keyManagers();
        if (truststore != null) material.trust = truststore.store.certificates;
        return material;
    }

    private CassandraYaml.Section sectionOf(String listener) {
        return listener.equals("client") ? yaml.client : yaml.internode;
    }

    /** Facts of every store; if `wanted`, each is loaded by the node's own factory; not tried where Cassandra's classes are not found. */
    List<Object> facts(boolean wanted, Certificates certificates) throws IOException {
        boolean trial = wanted && classes.areThere();
        Map<String, String> failures = new HashMap<String, String>();
        for (CassandraYaml.Section section : yaml.sections()) {
            TrialLoad load = new TrialLoad(classes, section, aside);
            for (String key : CassandraYaml.STORES) {
                Configured store = read(section, key);
                if (store == null || !trial) continue;
                String same = load.same(key);
                if (!failures.containsKey(same)) failures.put(same, failure(load, key, store.path));
                String failure = failures.get(same);
                if (failure != null) store.loadError = store.loadError == null ? failure : store.loadError + "; " + section.listener + ": " + failure;
            }
        }
        List<Object> facts = new ArrayList<Object>();
        for (Configured store : configured.values()) facts.add(fact(store, trial, certificates));
        for (Request.NodeFile file : request.files) if (!file.kind.equals("configuration") && !configured.containsKey(file.kind + file.path)) facts.add(registeredOnly(file, trial, certificates));
        return facts;
    }

    /** Cassandra's own classes would wait for a pipe; nothing but a regular file is given to them. */
    private String failure(TrialLoad load, String key, String path) {
        Path lies = at(path);
        boolean odd = Files.exists(lies) && !Files.isRegularFile(lies);
        return odd ? path + " is not a regular file" : load.failure(key);
    }

    private Map<String, Object> fact(Configured configured, boolean trial, Certificates certificates) {
        Map<String, Object> fact = new LinkedHashMap<String, Object>();
        fact.put("path", configured.path);
        fact.put("kind", configured.kind);
        fact.put("listeners", configured.listeners);
        fact.put("factory", configured.factory);
        if (trial) fact.put("loads", configured.loadError == null);
        if (configured.loadError != null) fact.put("loadError", configured.loadError);
        if (configured.outbound) fact.put("outbound", true);
        addContent(fact, configured.store, configured.kind, certificates);
        if (trial && configured.kind.equals("keystore") && configured.store.certificates.length > 0) fact.put("jvm", judged(configured));
        return fact;
    }

    /** By the trust and the suites of each port that uses it: what one of them refuses is refused. */
    private Map<String, Object> judged(Configured keystore) {
        Map<String, Object> worst = null;
        for (Object listener : keystore.listeners) {
            CassandraYaml.Section section = sectionOf((String) listener);
            // The client port's truststore is for its clients; what they trust is not known here.
            Configured truststore = listener.equals("internode") ? configured.get("truststore" + section.store("truststore")) : null;
            Certificate[] trust = truststore == null ? null : truststore.store.certificates;
            Map<String, Object> judged = JvmJudgement.of(keystore.store.certificates, keystore.store.keyManagers(), trust, section);
            if (worst == null) worst = judged;
            else for (Map.Entry<String, Object> part : judged.entrySet()) if (worst.get(part.getKey()) == null) worst.put(part.getKey(), part.getValue());
        }
        return worst;
    }

    /** Every certificate of every store. */
    List<Certificate> certificates() {
        List<Certificate> all = new ArrayList<Certificate>();
        for (Configured store : configured.values()) all.addAll(Arrays.asList(store.store.certificates));
        return all;
    }

    /** A registered store that the yaml does not name: the JMX store, or any store while the yaml itself is broken. */
    private Map<String, Object> registeredOnly(Request.NodeFile file, boolean trial, Certificates certificates) {
        boolean keystore = file.kind.equals("keystore");
        boolean served = keystore && agent != null && file.path.equals(agent.keyStore);
        boolean ofJmx = served || file.path.equals(keystore ? jmx.keyStore : jmx.trustStore);
        char[] password = served && agent.password != null ? agent.password : keystore ? jmx.keyStorePassword : jmx.trustStorePassword;
        Store store = keystore ? Store.keystore(at(file.path), password, null) : Store.truststore(at(file.path), password, null);
        if (store.certificates.length == 0 || (keystore && !store.hasKey())) {
            Store without = keystore ? Store.keystore(at(file.path), null, null) : Store.truststore(at(file.path), null, null);
            if (without.certificates.length > 0) store = without;
        }
        List<Object> listeners = new ArrayList<Object>();
        if (ofJmx) listeners.add("jmx");
        Map<String, Object> fact = new LinkedHashMap<String, Object>();
        fact.put("path", file.path);
        fact.put("kind", file.kind);
        fact.put("listeners", listeners);
        fact.put("factory", "java.security.KeyStore");
        if (trial && yaml.error != null) {
            fact.put("loads", false);
            fact.put("loadError", yaml.error);
        }
        addContent(fact, store, file.kind, certificates);
        return fact;
    }

    private static void addContent(Map<String, Object> fact, Store store, String kind, Certificates certificates) {
        fact.put("chain", certificates.add(store.certificates));
        fact.put("keyMatchesLeaf", kind.equals("keystore") ? store.keyMatchesLeaf() : null);
        if (kind.equals("keystore")) fact.put("keys", store.keys);
        if (store.torn) fact.put("torn", true);
        if (store.error != null) fact.put("keyError", store.error);
    }

    /** Certificates of each truststore, for `storeAnchors` of a pack. */
    static List<Object> anchors(List<Object> facts) {
        List<Object> anchors = new ArrayList<Object>();
        for (Object item : facts) {
            Map<?, ?> fact = (Map<?, ?>) item;
            if ("truststore".equals(fact.get("kind"))) anchors.add(Json.object("path", fact.get("path"), "anchors", fact.get("chain")));
        }
        return anchors;
    }

    /** Leaf of each keystore, for `storeLeaves` of a pack. */
    static List<Object> leaves(List<Object> facts) {
        List<Object> leaves = new ArrayList<Object>();
        for (Object item : facts) {
            Map<?, ?> fact = (Map<?, ?>) item;
            List<?> chain = (List<?>) fact.get("chain");
            if ("keystore".equals(fact.get("kind")) && !chain.isEmpty()) leaves.add(Json.object("path", fact.get("path"), "leaf", chain.get(0)));
        }
        return leaves;
    }
}
