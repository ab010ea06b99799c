package io.ringward.node;

import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The certificates of one reply by their hash; facts name them by hash alone. */
final class Certificates {
    private final Map<String, Object> der = new TreeMap<String, Object>();

    /** Hashes in the order given. */
    synchronized List<String> add(Certificate[] chain) {
        List<String> hashes = new ArrayList<String>();
        if (chain == null) return hashes;
        for (Certificate certificate : chain) {
            try {
                byte[] bytes = certificate.getEncoded();
                String hash = Hashes.sha256(bytes);
                der.put(hash, Hashes.base64(bytes));
                hashes.add(hash);
            } catch (CertificateEncodingException e) {
                throw new IllegalStateException(e);
            }
        }
        return hashes;
    }

    synchronized Map<String, Object> der() {
        return new TreeMap<String, Object>(der);
    }
}
