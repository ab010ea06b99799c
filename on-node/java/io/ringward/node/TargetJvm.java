package io.ringward.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.Security;
import java.util.Properties;

/**
 * Makes this JVM judge as Cassandra's does: the security properties that the service was started with
 * (`-Djava.security.properties=…`, JDK's java.security) as they lie on the disk now, which is what its next start reads.
 */
final class TargetJvm {
    private TargetJvm() {}

    /** Must run before the first TLS context of this process: the JDK reads its constraints once. */
    static void adopt(ProcessArguments arguments) {
        String given = arguments.property("java.security.properties");
        if (given == null) return;
        // A second "=" means: instead of the JDK's own file. For the properties that are set the effect is the same.
        String path = given.startsWith("=") ? given.substring(1) : given;
        if (path.startsWith("file:")) path = path.substring("file:".length());
        Properties properties = new Properties();
        try {
            InputStream in = Files.newInputStream(Paths.get(path));
            try {
                properties.load(in);
            } finally {
                in.close();
            }
        } catch (IOException | RuntimeException e) {
            // The JVM itself goes on without a file that it cannot read.
            return;
        }
        for (String name : properties.stringPropertyNames()) if (name.startsWith("jdk.")) Security.setProperty(name, properties.getProperty(name));
    }
}
