package io.ringward.node;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A request, its fields checked before anything is done. Fields that this version does not know are left alone. */
final class Request {
    static final long PROTOCOL = 1;
    private static final List<String> LISTENERS = Arrays.asList("client", "internode", "jmx");
    private static final List<String> KINDS = Arrays.asList("keystore", "truststore", "configuration");

    /** A file that a certificate deployment may write. */
    static final class NodeFile {
        final String path;
        final String kind;

        NodeFile(String path, String kind) {
            this.path = path;
            this.kind = kind;
        }
    }

    static final class Peer {
        final String node;
        final String address;
        final int clientPort;
        final int internodePort;

        Peer(String node, String address, int clientPort, int internodePort) {
            this.node = node;
            this.address = address;
            this.clientPort = clientPort;
            this.internodePort = internodePort;
        }
    }

    final Fields fields;
    final String step;
    final String requestId;
    final String cluster;
    final String deployment;
    final String node;
    final long epoch;
    final String address;
    final int clientPort;
    final int internodePort;
    final String cassandraHome;
    final String yaml;
    final String service;
    /** Null when it is not registered. */
    final String log;
    /** Certificate revocation lists on this host. */
    final List<String> revocationLists;
    final String jmxAddress;
    final int jmxPort;
    /** Null when JMX speaks without TLS. */
    final String jmxTlsProperties;
    /** Null when JMX asks for no password. */
    final String jmxPasswordFile;
    final List<NodeFile> files = new ArrayList<NodeFile>();

    Request(Map<String, Object> json) throws StepFailure {
        fields = new Fields("", json);
        if (fields.integer("protocol", 0, Integer.MAX_VALUE) != PROTOCOL) throw StepFailure.field("protocol", "this node speaks version " + PROTOCOL);
        step = fields.text("step");
        requestId = fields.text("requestId");
        if (requestId.length() > 256) throw StepFailure.field("requestId", "longer than 256 characters");
        cluster = fields.name("cluster");
        deployment = fields.name("deployment");
        node = fields.text("node");
        epoch = fields.integer("epoch", 0, Long.MAX_VALUE);
        address = fields.text("address");
        clientPort = fields.port("clientPort");
        internodePort = fields.port("internodePort");
        Fields cassandra = fields.object("cassandra");
        cassandraHome = cassandra.path("home");
        yaml = cassandra.path("yaml");
        service = cassandra.name("service");
        log = cassandra.has("log") ? cassandra.path("log") : null;
        revocationLists = fields.has("revocationLists") ? fields.texts("revocationLists") : new ArrayList<String>();
        Fields jmx = fields.object("jmx");
        jmxAddress = jmx.text("address");
        jmxPort = jmx.port("port");
        jmxTlsProperties = jmx.has("tlsProperties") ? jmx.path("tlsProperties") : null;
        jmxPasswordFile = jmx.has("passwordFile") ? jmx.path("passwordFile") : null;
        for (Fields file : fields.objects("files")) {
            String kind = file.text("kind");
            if (!KINDS.contains(kind)) throw StepFailure.field(file.in + "kind", "'" + kind + "' is none of " + KINDS);
            String path = file.path("path");
            if (kindOf(path) != null) throw StepFailure.field(file.in + "path", "'" + path + "' stands there twice");
            files.add(new NodeFile(path, kind));
        }
    }

    /** base64url JSON, as the SSM document carries it, or plain JSON. */
    static Map<String, Object> decode(String text) throws StepFailure {
        String trimmed = text.trim();
        try {
            String json = trimmed.startsWith("{") ? trimmed : new String(Hashes.fromBase64url(trimmed.replace("=", "")), StandardCharsets.UTF_8);
            return Json.readObject(json);
        } catch (IllegalArgumentException e) {
            throw StepFailure.field("Request", "not base64url of a JSON object: " + e.getMessage());
        }
    }

    List<Peer> peers() throws StepFailure {
        return peers("peers");
    }

    /** Peers that are looked at more closely; none where the request names none. */
    List<Peer> closely() throws StepFailure {
        return fields.has("bursts") ? peers("bursts") : new ArrayList<Peer>();
    }

    private List<Peer> peers(String field) throws StepFailure {
        List<Peer> peers = new ArrayList<Peer>();
        for (Fields peer : fields.objects(field)) peers.add(new Peer(peer.text("node"), peer.text("address"), peer.port("clientPort"), peer.port("internodePort")));
        return peers;
    }

    /** Leaf expected of each listener; null for one that is not awaited. */
    String[] expected() throws StepFailure {
        Fields expect = fields.object("expect");
        String[] leaves = new String[LISTENERS.size()];
        for (String listener : expect.names()) {
            if (!LISTENERS.contains(listener)) throw StepFailure.field("expect." + listener, "is none of " + LISTENERS);
            leaves[LISTENERS.indexOf(listener)] = expect.sha256(listener);
        }
        return leaves;
    }

    static int listenerIndex(String listener) {
        return LISTENERS.indexOf(listener);
    }

    String kindOf(String path) {
        for (NodeFile file : files) if (file.path.equals(path)) return file.kind;
        return null;
    }

    /** `paths`, each of which must be registered for the node. */
    List<String> paths() throws StepFailure {
        List<String> paths = fields.texts("paths");
        for (String path : paths) {
            if (kindOf(path) == null) {
                throw new StepFailure("PATH_NOT_REGISTERED", "field paths: " + path + " is not among the node's registered files", "Register the path under files in cluster.yaml, or leave it out.");
            }
        }
        return paths;
    }
}
