package io.ringward.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Properties;

/**
 * The keystore that the JDK's JMX agent of the running Cassandra serves from: named by
 * `com.sun.management.jmxremote.ssl.config.file`, else by `javax.net.ssl.keyStore`.
 */
final class JmxAgent {
    /** Null when the process names none, or does not run. */
    final String keyStore;
    final char[] password;

    private JmxAgent(String keyStore, String password) {
        this.keyStore = keyStore;
        this.password = password == null ? null : password.toCharArray();
    }

    static JmxAgent of(ProcessArguments arguments) {
        String file = arguments.property("com.sun.management.jmxremote.ssl.config.file");
        if (file == null) return new JmxAgent(arguments.property("javax.net.ssl.keyStore"), arguments.property("javax.net.ssl.keyStorePassword"));
        Properties properties = new Properties();
        try {
            InputStream in = Files.newInputStream(Paths.get(file));
            try {
                properties.load(in);
            } finally {
                in.close();
            }
        } catch (IOException | RuntimeException e) {
            return new JmxAgent(null, null);
        }
        return new JmxAgent(properties.getProperty("javax.net.ssl.keyStore"), properties.getProperty("javax.net.ssl.keyStorePassword"));
    }
}
