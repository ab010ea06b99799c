package io.ringward.node;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The file that nodetool itself reads for JMX over TLS: `-Djavax.net.ssl.…=…`, one a line or several. */
final class JmxTls {
    private static final String PREFIX = "-D";
    /** How every property of a store begins. */
    static final String STORES = "javax.net.ssl.";
    final Map<String, String> properties = new LinkedHashMap<String, String>();
    String keyStore;
    char[] keyStorePassword;
    String keyStoreType;
    String trustStore;
    char[] trustStorePassword;
    String trustStoreType;

    private JmxTls() {}

    /** @param path null for JMX without TLS: then everything is null */
    static JmxTls read(String path, Map<String, Path> aside) throws IOException {
        JmxTls tls = new JmxTls();
        if (path == null) return tls;
        Path from = aside.containsKey(path) ? aside.get(path) : Paths.get(path);
        if (!Files.exists(from)) return tls;
        for (String line : new String(Durable.read(from), StandardCharsets.UTF_8).split("\\s+")) {
            String word = line.trim();
            int equals = word.indexOf('=');
            if (!word.startsWith(PREFIX) || equals < 0) continue;
            tls.properties.put(word.substring(PREFIX.length(), equals), unquoted(word.substring(equals + 1)));
        }
        tls.keyStore = tls.properties.get(STORES + "keyStore");
        tls.keyStorePassword = chars(tls.properties.get(STORES + "keyStorePassword"));
        tls.keyStoreType = tls.properties.get(STORES + "keyStoreType");
        tls.trustStore = tls.properties.get(STORES + "trustStore");
        tls.trustStorePassword = chars(tls.properties.get(STORES + "trustStorePassword"));
        tls.trustStoreType = tls.properties.get(STORES + "trustStoreType");
        return tls;
    }

    /**
     * As the JDK reads a store of its properties: `NONE` is no file (a token), and a provider may be named.
     * @param which `keyStore` or `trustStore`
     */
    KeyStore load(String which) throws GeneralSecurityException, IOException {
        String path = properties.get(STORES + which);
        String type = properties.get(STORES + which + "Type");
        String provider = properties.get(STORES + which + "Provider");
        if (type == null) type = KeyStore.getDefaultType();
        KeyStore store = provider == null ? KeyStore.getInstance(type) : KeyStore.getInstance(type, provider);
        byte[] file = path.equals("NONE") ? null : Durable.read(Paths.get(path));
        try {
            store.load(file == null ? null : new ByteArrayInputStream(file), chars(properties.get(STORES + which + "Password")));
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new IOException(path + ": " + StepFailure.text(e), e);
        } finally {
            if (file != null) Arrays.fill(file, (byte) 0);
        }
    }

    private static char[] chars(String text) {
        return text == null ? null : text.toCharArray();
    }

    private static String unquoted(String text) {
        boolean quoted = text.length() > 1 && (text.charAt(0) == '"' || text.charAt(0) == '\'') && text.charAt(text.length() - 1) == text.charAt(0);
        return quoted ? text.substring(1, text.length() - 1) : text;
    }
}
