package io.ringward.node;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The bytes of a truststore, of any type that Cassandra reads, with certificates put in or taken out; all else in it stays. */
final class Truststore {
    private static final String BEGIN = "-----BEGIN CERTIFICATE-----\n";
    private static final String END = "\n-----END CERTIFICATE-----\n";

    private final byte[] file;
    private final boolean isPem;
    /** Null for PEM. */
    private final KeyStore store;
    private final char[] password;
    /** By their hash, in file order; those of private keys do not count. */
    final Map<String, Certificate> certificates = new LinkedHashMap<String, Certificate>();

    private Truststore(byte[] file, boolean isPem, KeyStore store, char[] password) throws GeneralSecurityException {
        this.file = file;
        this.isPem = isPem;
        this.store = store;
        this.password = password;
        List<Certificate> found = new ArrayList<Certificate>();
        if (isPem) Collections.addAll(found, Pem.certificates(file));
        else for (String alias : aliases()) found.add(store.getCertificate(alias));
        for (Certificate certificate : found) certificates.put(Hashes.sha256(certificate.getEncoded()), certificate);
    }

    /** @param type as configured, null to find out; throws for what cannot be opened with this password */
    static Truststore open(byte[] file, char[] password, String type) throws GeneralSecurityException, IOException {
        if (Store.isPem(file, type)) {
            if (Pem.isTorn(file)) throw new IOException("the file ends in the middle of a block");
            return new Truststore(file, true, null, null);
        }
        // Without its password a store can be read in parts, and not written: what cannot be checked is not rewritten.
        if (password == null) throw new IOException("no password is configured for it");
        return new Truststore(file, false, Store.load(file, password, type), password);
    }

    private List<String> aliases() throws GeneralSecurityException {
        List<String> trusted = new ArrayList<String>();
        for (Enumeration<String> aliases = store.aliases(); aliases.hasMoreElements(); ) {
            String alias = aliases.nextElement();
            if (store.isCertificateEntry(alias)) trusted.add(alias);
        }
        return trusted;
    }

    /** The file with these put in at its end. */
    byte[] with(Collection<X509Certificate> added) throws GeneralSecurityException, IOException {
        if (!isPem) {
            for (X509Certificate certificate : added) store.setCertificateEntry("ringward-" + Hashes.sha256(certificate.getEncoded()).substring(0, 16), certificate);
            return written();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(file);
        if (file.length > 0 && file[file.length - 1] != '\n') out.write('\n');
        for (X509Certificate certificate : added) {
            String base64 = java.util.Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(certificate.getEncoded());
            out.write((BEGIN + base64 + END).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
        return out.toByteArray();
    }

    /** The file without the certificates of these hashes. */
    byte[] without(Set<String> removed) throws GeneralSecurityException, IOException {
        if (isPem) return Pem.without(file, removed);
        for (String alias : aliases()) if (removed.contains(Hashes.sha256(store.getCertificate(alias).getEncoded()))) store.deleteEntry(alias);
        return written();
    }

    private byte[] written() throws GeneralSecurityException, IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        store.store(out, password);
        return out.toByteArray();
    }

    /** A certificate from its DER, nothing before or after it. */
    static X509Certificate certificate(byte[] der) throws GeneralSecurityException {
        Certificate certificate = java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        if (!java.util.Arrays.equals(der, certificate.getEncoded())) throw new GeneralSecurityException("other bytes stand around the certificate");
        return (X509Certificate) certificate;
    }
}
