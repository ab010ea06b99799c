package io.ringward.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Trusts the authorities that come with the JDK, whatever its truststore property says; they are read only when one is asked for. */
final class JdkAuthorities implements X509TrustManager {
    private X509TrustManager opened;

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        opened().checkClientTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        opened().checkServerTrusted(chain, authType);
    }

    /** A client names none. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }

    /** In the order in which the JDK looks for them. */
    private synchronized X509TrustManager opened() throws CertificateException {
        if (opened != null) return opened;
        Path folder = Paths.get(System.getProperty("java.home"), "lib", "security");
        Path file = folder.resolve("jssecacerts");
        if (!Files.exists(file)) file = folder.resolve("cacerts");
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
            authorities.load(in, null);
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(authorities);
            for (TrustManager manager : factory.getTrustManagers()) if (manager instanceof X509TrustManager) opened = (X509TrustManager) manager;
            return opened;
        } catch (GeneralSecurityException | IOException e) {
            throw new CertificateException("the JDK's own authorities in " + file + " cannot be read: " + StepFailure.text(e), e);
        }
    }
}
