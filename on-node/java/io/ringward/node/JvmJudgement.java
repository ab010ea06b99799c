package io.ringward.node;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * What the node's JDK says of a keystore's chain in both roles (PKIX with its own disabled algorithms), and of a
 * handshake in memory between two nodes that have this material, with the suites and protocols of the configuration.
 */
final class JvmJudgement {
    private JvmJudgement() {}

    /**
     * Accepts every chain, for the client port: its truststore may be for clients of another authority. The JDK still judges
     * the algorithms, as this is no extended trust manager.
     */
    static final class AnyAuthority implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            return;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            return;
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /**
     * Each part is null when the JDK accepts, else its reason.
     *
     * @param trust null where it is not known whom the other side trusts: then no path is built
     */
    static Map<String, Object> of(Certificate[] chain, KeyManager[] keys, Certificate[] trust, CassandraYaml.Section section) {
        Map<String, Object> fact = new LinkedHashMap<String, Object>();
        for (String part : new String[] { "asServer", "asClient", "handshake" }) fact.put(part, null);
        try {
            TrustManager[] managers = trust == null ? new TrustManager[] { new AnyAuthority() } : Store.trusting(trust);
            putRoles(fact, managers, chain);
            if (keys == null) fact.put("handshake", "the private key cannot be used");
            else {
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(keys, managers, null);
                fact.put("handshake", MemoryHandshake.failure(context, context, trust != null && section.asksClients(), section.list("cipher_suites"), section.list("accepted_protocols")));
            }
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            fact.put("asServer", StepFailure.text(e));
        }
        return fact;
    }

    /** `asServer` and `asClient` alone, of a chain whose key is not at hand. */
    static Map<String, Object> ofChain(Certificate[] chain, Certificate[] trust) throws GeneralSecurityException, IOException {
        Map<String, Object> fact = new LinkedHashMap<String, Object>();
        putRoles(fact, Store.trusting(trust), chain);
        return fact;
    }

    private static void putRoles(Map<String, Object> fact, TrustManager[] managers, Certificate[] chain) {
        X509Certificate[] path = new X509Certificate[chain.length];
        for (int i = 0; i < path.length; i++) path[i] = (X509Certificate) chain[i];
        fact.put("asServer", refusal(managers, path, true));
        fact.put("asClient", refusal(managers, path, false));
    }

    private static String refusal(TrustManager[] managers, X509Certificate[] chain, boolean server) {
        String keyType = chain[0].getPublicKey().getAlgorithm();
        try {
            for (TrustManager manager : managers) {
                if (!(manager instanceof X509TrustManager)) continue;
                if (server) ((X509TrustManager) manager).checkServerTrusted(chain, "UNKNOWN");
                else ((X509TrustManager) manager).checkClientTrusted(chain, keyType);
            }
            return null;
        } catch (GeneralSecurityException | RuntimeException e) {
            return StepFailure.text(e);
        }
    }
}
