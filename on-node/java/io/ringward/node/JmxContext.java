package io.ringward.node;

import java.io.IOException;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS of a JMX client as the JDK makes it for nodetool from the properties of the same file, yet without setting one of them:
 * they are the whole JVM's, and the trial load that runs beside must not find JMX's stores in its way.
 */
final class JmxContext {
    private JmxContext() {}

    static SSLContext of(JmxTls tls) throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(tls), trust(tls), null);
        return context;
    }

    /** What is opened already is not opened again, as a password costs 10,000 rounds; the JDK chooses between several keys. */
    private static KeyManager[] keys(JmxTls tls) throws GeneralSecurityException, IOException {
        if (tls.keyStore == null) return null;
        Store own = Store.keystore(Paths.get(tls.keyStore), tls.keyStorePassword, tls.keyStoreType);
        if (own.error == null && own.keys == 1) return own.keyManagers();
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(tls.load("keyStore"), tls.keyStorePassword);
        return factory.getKeyManagers();
    }

    /** Whoever names no truststore trusts the JDK's own authorities. */
    private static TrustManager[] trust(JmxTls tls) throws GeneralSecurityException, IOException {
        if (tls.trustStore == null) return new TrustManager[] { new JdkAuthorities() };
        Store known = Store.truststore(Paths.get(tls.trustStore), tls.trustStorePassword, tls.trustStoreType);
        if (known.error == null) return Store.trusting(known.certificates);
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(tls.load("trustStore"));
        return factory.getTrustManagers();
    }
}
