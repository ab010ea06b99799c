package io.ringward.node;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The node's own classes: its YAML reader and its SSL context factories. From the `lib` folder of its Cassandra, and from the
 * folder above, where the packages of Debian and Red Hat put Cassandra's own jar.
 */
final class NodeClasses {
    /** Looked into first, so that the other hundred jars are seldom opened. */
    private static final String[] FIRST = { "snakeyaml", "apache-cassandra", "cassandra-all", "slf4j-api", "guava", "netty-handler", "netty-common", "commons-lang3", "failureaccess" };
    private final File[] folders;
    private ClassLoader loader;

    NodeClasses(String cassandraHome) {
        folders = new File[] { new File(cassandraHome, "lib"), new File(cassandraHome) };
        // The JDK's TLS judges the stores; loading BoringSSL into this short-lived process would only cost time.
        System.setProperty("cassandra.disable_tcactive_openssl", "true");
    }

    synchronized ClassLoader loader() throws IOException {
        if (loader != null) return loader;
        List<File> jars = jars();
        if (jars.isEmpty()) throw new IOException("no jar in " + folders[0] + " or in " + folders[1] + ": is cassandra.home right?");
        List<URL> urls = new ArrayList<URL>();
        for (String first : FIRST) for (File jar : jars) if (jar.getName().startsWith(first)) urls.add(jar.toURI().toURL());
        for (File jar : jars) urls.add(jar.toURI().toURL());
        loader = new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getSystemClassLoader().getParent());
        return loader;
    }

    /** Without Cassandra's own jar nothing of its can be tried; that says nothing about a store. */
    boolean areThere() {
        return version() != null;
    }

    private List<File> jars() {
        List<File> jars = new ArrayList<File>();
        for (File folder : folders) {
            String[] names = folder.list();
            if (names == null) continue;
            Arrays.sort(names);
            for (String name : names) if (isWanted(name)) jars.add(new File(folder, name));
        }
        return jars;
    }

    /** Without a logging backend the classes stay silent: nothing of theirs may reach our output. */
    private static boolean isWanted(String jar) {
        return jar.endsWith(".jar") && !jar.startsWith("logback") && !jar.startsWith("log4j");
    }

    /** Version in the name of Cassandra's own jar, or null. */
    String version() {
        for (File jar : jars()) {
            String name = jar.getName();
            for (String prefix : new String[] { "apache-cassandra-", "cassandra-all-" }) {
                if (name.startsWith(prefix) && name.endsWith(".jar") && Character.isDigit(name.charAt(prefix.length()))) return name.substring(prefix.length(), name.length() - 4);
            }
        }
        return null;
    }

    /** Parses YAML with the node's snakeyaml, 1.x or 2.x; no class named in the file is ever built. */
    Map<?, ?> yaml(String text) throws IOException {
        try {
            Class<?> safe = loader().loadClass("org.yaml.snakeyaml.constructor.SafeConstructor");
            Class<?> base = loader().loadClass("org.yaml.snakeyaml.constructor.BaseConstructor");
            Class<?> yaml = loader().loadClass("org.yaml.snakeyaml.Yaml");
            Object constructor;
            try {
                Class<?> options = loader().loadClass("org.yaml.snakeyaml.LoaderOptions");
                constructor = safe.getConstructor(options).newInstance(options.getConstructor().newInstance());
            } catch (NoSuchMethodException | ClassNotFoundException e) {
                constructor = safe.getConstructor().newInstance();
            }
            Constructor<?> create = yaml.getConstructor(base);
            Object tree = yaml.getMethod("load", String.class).invoke(create.newInstance(constructor), text);
            if (!(tree instanceof Map)) throw new IOException("cassandra.yaml is no mapping");
            return (Map<?, ?>) tree;
        } catch (InvocationTargetException e) {
            throw new IOException("cassandra.yaml cannot be parsed: " + withoutQuote(e.getCause()), null);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IOException("the node's YAML reader cannot be used: " + StepFailure.text(e), e);
        }
    }

    /** A parser's message without the quoted lines: a line of cassandra.yaml may hold a password. */
    private static String withoutQuote(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        StringBuilder out = new StringBuilder(failure.getClass().getSimpleName());
        for (int at = message.indexOf("line "); at >= 0; at = message.indexOf("line ", at + 1)) {
            int end = at + 5;
            while (end < message.length() && "0123456789, column".indexOf(message.charAt(end)) >= 0) end++;
            out.append(' ').append(message, at, end);
        }
        return out.toString().trim();
    }
}
