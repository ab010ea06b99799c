package io.ringward.node;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;

/**
 * Builds TLS contexts with the node's own SSL context factory, as Cassandra does at start and at a reload
 * (`ISslContextFactory` since 4.1). On 4.0, which has no such classes, the JDK's own loading stands in.
 */
final class TrialLoad {
    private final NodeClasses classes;
    private final CassandraYaml.Section section;
    private final Map<String, Path> aside;
    private Object factory;

    TrialLoad(NodeClasses classes, CassandraYaml.Section section, Map<String, Path> aside) {
        this.classes = classes;
        this.section = section;
        this.aside = aside;
    }

    /**
     * Everything that the store's load depends on. Two sections with the same store load it alike: most of the load's
     * time are the 10,000 rounds of a password that each of them would do again.
     */
    String same(String store) throws IOException {
        Map<String, Object> parameters = new TreeMap<String, Object>(section.factoryParameters(aside));
        for (String other : CassandraYaml.STORES) if (!other.equals(store)) parameters.keySet().removeAll(Arrays.asList(other, other + "_password"));
        return store + " " + section.factory() + " " + parameters;
    }

    /** Null when the store loads, else why not. `store` is one of {@link CassandraYaml#STORES}. */
    String failure(String store) {
        PrintStream standardError = System.err;
        // The factories' logger announces on stderr that it has no backend.
        System.setErr(new PrintStream(new OutputStream() {
            @Override
            public void write(int b) {
                return;
            }
        }));
        try {
            load(store);
            return null;
        } catch (InvocationTargetException e) {
            return StepFailure.text(e.getCause());
        } catch (ReflectiveOperationException | IOException | LinkageError | RuntimeException e) {
            return StepFailure.text(e);
        } finally {
            System.setErr(standardError);
        }
    }

    private void load(String store) throws ReflectiveOperationException, IOException {
        if (factory() == null) {
            loadByJdk(store);
            return;
        }
        if (store.equals("keystore")) {
            context(false);
            return;
        }
        String method = store.equals("truststore") ? "buildTrustManagerFactory" : "buildOutboundKeyManagerFactory";
        Method build = find(factory.getClass(), method);
        if (build == null) context(true);
        else build.invoke(factory);
    }

    /** The context that the node would use; `trust` to load its truststore too. Null on a Cassandra without factories. */
    SSLContext context(boolean trust) throws ReflectiveOperationException, IOException {
        if (factory() == null) return null;
        return (SSLContext) classes.loader().loadClass("org.apache.cassandra.security.ISslContextFactory").getMethod("createJSSESslContext", boolean.class).invoke(factory, trust);
    }

    private Object factory() throws ReflectiveOperationException, IOException {
        if (factory != null) return factory;
        ClassLoader loader = classes.loader();
        try {
            loader.loadClass("org.apache.cassandra.security.ISslContextFactory");
        } catch (ClassNotFoundException e) {
            if (classes.version() == null) throw e;
            return null;
        }
        Map<String, Object> parameters = new HashMap<String, Object>(section.factoryParameters(aside));
        factory = loader.loadClass(section.factory()).getConstructor(Map.class).newInstance(parameters);
        return factory;
    }

    private void loadByJdk(String store) throws IOException {
        String path = section.store(store);
        Path from = aside.containsKey(path) ? aside.get(path) : java.nio.file.Paths.get(path);
        char[] password = section.password(store + "_password");
        Store loaded = store.equals("truststore") ? Store.truststore(from, password, section.storeType()) : Store.keystore(from, password, section.storeType());
        if (loaded.error != null) throw new IOException(loaded.error);
    }

    private static Method find(Class<?> type, String name) {
        for (Class<?> t = type; t != null; t = t.getSuperclass()) {
            try {
                Method method = t.getDeclaredMethod(name);
                method.setAccessible(true);
                return method;
            } catch (NoSuchMethodException e) {
                continue;
            }
        }
        return null;
    }
}
