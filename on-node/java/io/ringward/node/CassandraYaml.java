package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The TLS settings of a node's cassandra.yaml. Passwords stay inside this process. */
final class CassandraYaml {
    static final String DEFAULT_FACTORY = "org.apache.cassandra.security.DefaultSslContextFactory";
    /** Settings of a section that name a store. */
    static final List<String> STORES = Collections.unmodifiableList(Arrays.asList("keystore", "outbound_keystore", "truststore"));
    private static final String[] REPORTED = { "enabled", "optional", "internode_encryption", "require_client_auth", "require_endpoint_verification", "legacy_ssl_storage_port_enabled",
        "store_type", "protocol", "accepted_protocols", "cipher_suites", "algorithm", "max_certificate_validity_period", "certificate_validity_warn_threshold" };
    private static final String[] REPORTED_OUTSIDE = { "start_native_transport", "native_transport_port", "native_transport_port_ssl", "storage_port", "ssl_storage_port", "authenticator", "internode_authenticator" };

    /** `client_encryption_options` or `server_encryption_options`. */
    static final class Section {
        final String listener;
        final String name;
        private final Map<?, ?> values;
        private final String home;

        private Section(String listener, String name, Map<?, ?> values, String home) {
            this.listener = listener;
            this.name = name;
            this.values = values;
            this.home = home;
        }

        private Map<?, ?> factorySettings() {
            Object factory = values.get("ssl_context_factory");
            return factory instanceof Map ? (Map<?, ?>) factory : new LinkedHashMap<Object, Object>();
        }

        String factory() {
            Object factory = values.get("ssl_context_factory");
            Object name = factory instanceof Map ? factorySettings().get("class_name") : factory;
            if (name == null) return DEFAULT_FACTORY;
            return name.toString().indexOf('.') < 0 ? "org.apache.cassandra.security." + name : name.toString();
        }

        boolean isOn() {
            if (listener.equals("internode")) {
                Object mode = values.get("internode_encryption");
                return mode != null && !mode.toString().equals("none") && !mode.equals(Boolean.FALSE) || Boolean.TRUE.equals(values.get("optional"));
            }
            return Boolean.TRUE.equals(values.get("enabled")) || Boolean.TRUE.equals(values.get("optional"));
        }

        /** Where the port asks the dialling side for a certificate. */
        boolean asksClients() {
            Object value = values.get("require_client_auth");
            return value != null && (value.toString().equals("true") || value.toString().equals("required"));
        }

        String text(String key) {
            Object value = values.get(key);
            return value == null ? null : value.toString();
        }

        /** A list such as `cipher_suites`; null when it is absent or empty: then the JDK's own holds. */
        String[] list(String key) {
            Object value = values.get(key);
            List<String> texts = new ArrayList<String>();
            if (value instanceof List) for (Object one : (List<?>) value) texts.add(String.valueOf(one));
            else if (value != null) for (String one : value.toString().split("[\\s,]+")) if (!one.isEmpty()) texts.add(one);
            return texts.isEmpty() ? null : texts.toArray(new String[0]);
        }

        /** A store's absolute path, or null when none is configured. */
        String store(String key) {
            String path = text(key);
            if (path == null || path.isEmpty()) return null;
            return path.startsWith("/") ? path : home + "/" + path;
        }

        char[] password(String key) throws IOException {
            String plain = text(key);
            if (plain != null) return plain.toCharArray();
            String file = store(key + "_file");
            return file == null ? null : new String(Durable.read(Paths.get(file)), StandardCharsets.UTF_8).trim().toCharArray();
        }

        /** PEM for the PEM factory, else `store_type`; null means: find out from the file. */
        String storeType() {
            return factory().endsWith("PEMBasedSslContextFactory") ? "PEM" : text("store_type");
        }

        /** Parameters as Cassandra's EncryptionOptions hands them to the factory, with stores taken from `aside` where it has them. */
        Map<String, Object> factoryParameters(Map<String, Path> aside) throws IOException {
            Map<String, Object> parameters = new LinkedHashMap<String, Object>();
            Object own = factorySettings().get("parameters");
            if (own instanceof Map) for (Map.Entry<?, ?> entry : ((Map<?, ?>) own).entrySet()) parameters.put(entry.getKey().toString(), entry.getValue() == null ? null : entry.getValue().toString());
            for (String key : STORES) {
                String path = store(key);
                if (path == null) continue;
                parameters.put(key, aside.containsKey(path) ? aside.get(path).toString() : path);
                char[] password = password(key + "_password");
                if (password != null) parameters.put(key + "_password", new String(password));
            }
            if (text("algorithm") != null) parameters.put("algorithm", text("algorithm"));
            parameters.put("store_type", text("store_type") == null ? "JKS" : text("store_type"));
            return parameters;
        }
    }

    /** The old TLS port between nodes where it is still open (`legacy_ssl_storage_port_enabled`), else 0. */
    int legacyPort;
    /** Null where the file has no such section, or TLS is off in it. */
    Section client;
    Section internode;
    /** Why the file could not be read; then there are no sections. */
    String error;
    final List<Object> settings = new ArrayList<Object>();

    private CassandraYaml() {}

    /** Cassandra's own with every comment has 100 KB. */
    private static final int LARGEST = 1024 * 1024;

    /** Never throws for what is wrong with the file: that is a fact to report. */
    static CassandraYaml read(Path path, NodeClasses classes, String cassandraHome) {
        CassandraYaml yaml = new CassandraYaml();
        try {
            byte[] bytes = Durable.read(path);
            if (bytes.length > LARGEST) throw new IOException(path + " has " + bytes.length + " bytes, more than " + LARGEST);
            Map<?, ?> tree = classes.yaml(new String(bytes, StandardCharsets.UTF_8));
            yaml.client = yaml.section(tree, "client", "client_encryption_options", cassandraHome);
            yaml.internode = yaml.section(tree, "internode", "server_encryption_options", cassandraHome);
            if (yaml.internode != null && "true".equals(yaml.internode.text("legacy_ssl_storage_port_enabled"))) yaml.legacyPort = port(tree.get("ssl_storage_port"));
            for (String key : REPORTED_OUTSIDE) if (tree.get(key) != null) yaml.setting(key, tree.get(key));
        } catch (IOException e) {
            yaml.error = StepFailure.text(e);
        }
        return yaml;
    }

    /** `ssl_storage_port`; 7001 is Cassandra's default. */
    private static int port(Object value) {
        return value instanceof Number ? ((Number) value).intValue() : 7001;
    }

    private Section section(Map<?, ?> tree, String listener, String name, String home) {
        if (!(tree.get(name) instanceof Map)) return null;
        Section section = new Section(listener, name, (Map<?, ?>) tree.get(name), home);
        for (String key : REPORTED) if (section.values.get(key) != null) setting(name + "." + key, section.values.get(key));
        setting(name + ".ssl_context_factory", section.factory());
        return section.isOn() ? section : null;
    }

    /** Of a setting with parameters the class alone: parameters may be secrets. */
    private void setting(String key, Object value) {
        Object shown = value instanceof Map ? ((Map<?, ?>) value).get("class_name") : value;
        settings.add(Json.object("setting", key, "value", String.valueOf(shown)));
    }

    List<Section> sections() {
        List<Section> sections = new ArrayList<Section>();
        if (client != null) sections.add(client);
        if (internode != null) sections.add(internode);
        return sections;
    }
}
