package io.ringward.node;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** Would Cassandra run on the files of a backup? Its configuration and stores are tried from where they lie aside. */
final class TrialRestore {
    final List<Object> stores;
    /** Null when everything held. */
    final String reason;

    private TrialRestore(List<Object> stores, String reason) {
        this.stores = stores;
        this.reason = reason;
    }

    static TrialRestore of(Request request, Snapshot snapshot) throws IOException, GeneralSecurityException {
        Map<String, Path> aside = snapshot.aside();
        NodeClasses classes = new NodeClasses(request.cassandraHome);
        Path configuration = aside.containsKey(request.yaml) ? aside.get(request.yaml) : Paths.get(request.yaml);
        CassandraYaml yaml = CassandraYaml.read(configuration, classes, request.cassandraHome);
        List<Object> facts = new Stores(request, yaml, classes, aside).facts(true, new Certificates());
        String reason = classes.areThere() ? yaml.error : "Cassandra's own jar is neither in " + request.cassandraHome + "/lib nor in " + request.cassandraHome + ": nothing could be tried";
        for (int i = 0; i < facts.size() && reason == null; i++) reason = wrong((Map<?, ?>) facts.get(i));
        for (CassandraYaml.Section section : yaml.sections()) if (reason == null) reason = handshake(section, new TrialLoad(classes, section, aside));
        if (reason == null && yaml.sections().isEmpty()) reason = "the configuration has TLS on no port";
        return new TrialRestore(facts, reason);
    }

    private static String wrong(Map<?, ?> fact) {
        if (Boolean.FALSE.equals(fact.get("loads"))) return fact.get("path") + " does not load: " + fact.get("loadError");
        if (Boolean.FALSE.equals(fact.get("keyMatchesLeaf"))) return "the key in " + fact.get("path") + " does not belong to its leaf";
        return null;
    }

    private static String handshake(CassandraYaml.Section section, TrialLoad load) throws IOException, GeneralSecurityException {
        try {
            SSLContext context = load.context(true);
            if (context == null) return null;
            boolean internode = section.listener.equals("internode");
            SSLContext other = context;
            if (!internode) {
                other = SSLContext.getInstance("TLS");
                other.init(null, new TrustManager[] { new JvmJudgement.AnyAuthority() }, new SecureRandom());
            }
            String failure = MemoryHandshake.failure(other, context, internode);
            return failure == null ? null : "a handshake in memory with the " + section.listener + " stores fails: " + failure;
        } catch (InvocationTargetException e) {
            return "the " + section.listener + " stores do not load: " + StepFailure.text(e.getCause());
        } catch (ReflectiveOperationException | LinkageError e) {
            return "the node's SSL context factory cannot be used: " + StepFailure.text(e);
        }
    }
}
