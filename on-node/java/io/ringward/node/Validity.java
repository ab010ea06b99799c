package io.ringward.node;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;

/** From when to when certificates are valid, by this node's clock. */
final class Validity {
    private Validity() {}

    /** The certificate of that hash, or null when it is not among them. */
    static X509Certificate certificate(Map<?, ?> der, Object hash) {
        Object bytes = der.get(hash);
        if (bytes == null) return null;
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(Hashes.fromBase64((String) bytes)));
        } catch (CertificateException e) {
            return null;
        }
    }

    /** Why the chain is not valid at that moment, or null; an anchor's own dates decide nothing. */
    static String wrong(List<?> chain, Map<?, ?> der, long now) {
        for (Object hash : chain) {
            X509Certificate certificate = certificate(der, hash);
            if (certificate == null || certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) continue;
            String name = hash.equals(chain.get(0)) ? "the leaf " + KitPage.leaf((String) hash) : "the intermediate " + certificate.getSubjectX500Principal();
            if (certificate.getNotAfter().getTime() < now) return name + " expired at " + KitPage.time(certificate.getNotAfter().getTime());
            if (certificate.getNotBefore().getTime() > now) return name + " is not valid before " + KitPage.time(certificate.getNotBefore().getTime());
        }
        return null;
    }

    /** Such as ", valid until 2027-01-01T00:00:00Z". */
    static String until(Map<?, ?> der, Object leaf) {
        X509Certificate certificate = certificate(der, leaf);
        return certificate == null ? "" : ", valid until " + KitPage.time(certificate.getNotAfter().getTime());
    }
}
