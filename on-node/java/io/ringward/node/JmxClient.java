package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.rmi.ConnectIOException;
import java.rmi.NotBoundException;
import java.rmi.registry.LocateRegistry;
import java.rmi.registry.Registry;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.management.Attribute;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.rmi.RMIConnector;
import javax.management.remote.rmi.RMIServer;
import javax.net.ssl.SSLContext;
import javax.rmi.ssl.SslRMIClientSocketFactory;

/** Cassandra's JMX without Cassandra's classes, authenticated and over TLS where the node asks for it. */
final class JmxClient {
    private static final String STORAGE_SERVICE = "org.apache.cassandra.db:type=StorageService";
    private static final String STORAGE_PROXY = "org.apache.cassandra.db:type=StorageProxy";
    private static final String MESSAGING_SERVICE = "org.apache.cassandra.net:type=MessagingService";
    /** A node under load answers late, yet it answers; one that does not run refuses at once. */
    private static final long CONNECT_MS = 15000;
    private final MBeanServerConnection server;

    private JmxClient(MBeanServerConnection server) {
        this.server = server;
    }

    /** @param longestCallMs after which an answer is not waited for any more */
    static JmxClient connect(Request request, long longestCallMs) throws IOException {
        return connect(request, longestCallMs, null);
    }

    /** @param loader for values of classes that are not the JDK's; null where none are asked for */
    static JmxClient connect(final Request request, long longestCallMs, final ClassLoader loader) throws IOException {
        JmxTls tls = JmxTls.read(request.jmxTlsProperties, Collections.<String, Path>emptyMap());
        for (Map.Entry<String, String> property : tls.properties.entrySet())
            if (!property.getKey().startsWith(JmxTls.STORES)) System.setProperty(property.getKey(), property.getValue());
        try {
            // The socket factory of RMI takes the JVM's default context.
            SSLContext.setDefault(JmxContext.of(tls));
        } catch (GeneralSecurityException | IOException e) {
            throw new IOException("JMX at " + request.jmxAddress + ":" + request.jmxPort + ": " + StepFailure.text(e), e);
        }
        System.setProperty("sun.rmi.transport.connectionTimeout", "15000");
        System.setProperty("sun.rmi.transport.tcp.handshakeTimeout", String.valueOf(CONNECT_MS));
        System.setProperty("sun.rmi.transport.tcp.responseTimeout", String.valueOf(longestCallMs));
        FutureTask<JmxClient> task = new FutureTask<JmxClient>(new Callable<JmxClient>() {
            @Override
            public JmxClient call() throws Exception {
                return connectNow(request, loader);
            }
        });
        Thread thread = new Thread(task, "jmx");
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(CONNECT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            // RMI repeats the reason at every level; the innermost says it.
            Throwable reason = e;
            while (reason.getCause() != null && reason.getCause() != reason) reason = reason.getCause();
            throw new IOException("JMX at " + request.jmxAddress + ":" + request.jmxPort + ": " + StepFailure.text(reason));
        } catch (TimeoutException e) {
            throw new IOException("JMX at " + request.jmxAddress + ":" + request.jmxPort + " did not answer within " + CONNECT_MS + " ms");
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static JmxClient connectNow(Request request, ClassLoader loader) throws IOException, NotBoundException {
        RMIServer stub;
        // The registry is asked directly: JNDI would do the same with many more classes.
        Registry plain = LocateRegistry.getRegistry(request.jmxAddress, request.jmxPort);
        if (request.jmxTlsProperties == null) stub = (RMIServer) plain.lookup("jmxrmi");
        else {
            try {
                stub = (RMIServer) LocateRegistry.getRegistry(request.jmxAddress, request.jmxPort, new SslRMIClientSocketFactory()).lookup("jmxrmi");
            } catch (ConnectIOException overTls) {
                try {
                    stub = (RMIServer) plain.lookup("jmxrmi");
                } catch (ConnectIOException e) {
                    // A registry that is not plain either: why TLS failed is the reason.
                    throw overTls;
                }
            }
        }
        Map<String, Object> environment = new HashMap<String, Object>();
        if (request.jmxPasswordFile != null) environment.put("jmx.remote.credentials", credentials(request.jmxPasswordFile));
        if (loader != null) environment.put("jmx.remote.default.class.loader", loader);
        RMIConnector connector = new RMIConnector(stub, environment);
        connector.connect(environment);
        return new JmxClient(connector.getMBeanServerConnection());
    }

    private static String[] credentials(String file) throws IOException {
        for (String line : new String(Durable.read(Paths.get(file)), StandardCharsets.UTF_8).split("\n")) {
            String[] words = line.trim().split("\\s+");
            if (words.length == 2 && !words[0].startsWith("#")) return words;
        }
        throw new IOException(file + " has no line of a user and a password");
    }

    private Object invoke(String bean, String operation) throws IOException {
        try {
            return server.invoke(new ObjectName(bean), operation, null, null);
        } catch (JMException e) {
            throw new IOException(operation + ": " + StepFailure.text(e), e);
        }
    }

    Object storageService(String attribute) throws IOException {
        try {
            return server.getAttribute(new ObjectName(STORAGE_SERVICE), attribute);
        } catch (JMException e) {
            throw new IOException(attribute + ": " + StepFailure.text(e), e);
        }
    }

    /** One attribute of any bean; null where this Cassandra or JVM does not have it. */
    Object attribute(String bean, String attribute) throws IOException {
        try {
            return server.getAttribute(new ObjectName(bean), attribute);
        } catch (JMException | RuntimeException e) {
            return null;
        }
    }

    /** Names of the beans that fit the pattern. */
    List<String> names(String pattern) throws IOException {
        try {
            List<String> names = new ArrayList<String>();
            for (ObjectName name : server.queryNames(new ObjectName(pattern), null)) names.add(name.getCanonicalName());
            return names;
        } catch (JMException e) {
            throw new IOException(pattern + ": " + StepFailure.text(e), e);
        }
    }

    /** Several attributes in one call; one that this Cassandra does not have is absent. */
    Map<String, Object> storageServices(String... attributes) throws IOException {
        try {
            Map<String, Object> values = new LinkedHashMap<String, Object>();
            for (Attribute attribute : server.getAttributes(new ObjectName(STORAGE_SERVICE), attributes).asList()) values.put(attribute.getName(), attribute.getValue());
            return values;
        } catch (JMException e) {
            throw new IOException("StorageService: " + StepFailure.text(e), e);
        }
    }

    Map<?, ?> schemaVersions() throws IOException {
        try {
            return (Map<?, ?>) server.getAttribute(new ObjectName(STORAGE_PROXY), "SchemaVersions");
        } catch (JMException e) {
            throw new IOException("SchemaVersions: " + StepFailure.text(e), e);
        }
    }

    void reloadCertificates() throws IOException {
        invoke(MESSAGING_SERVICE, "reloadSslCertificates");
    }

    void stopNativeTransport() throws IOException {
        invoke(STORAGE_SERVICE, "stopNativeTransport");
    }

    void startNativeTransport() throws IOException {
        invoke(STORAGE_SERVICE, "startNativeTransport");
    }

    void drain() throws IOException {
        invoke(STORAGE_SERVICE, "drain");
    }
}
