package io.ringward.node;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the registered revocation lists (RFC 5280, 5) say of the certificates that this node knows. */
final class Revocations {
    private Revocations() {}

    /** One fact for each list: how current it is, whether its signature holds, and which known certificates it names. */
    static List<Object> of(List<String> paths, List<Certificate> known) {
        List<Object> facts = new ArrayList<Object>();
        for (String path : paths) {
            Map<String, Object> fact = Json.object("path", path, "revoked", new ArrayList<Object>());
            try {
                read(path, known, fact);
            } catch (GeneralSecurityException | IOException | RuntimeException e) {
                fact.put("error", StepFailure.text(e));
            }
            facts.add(fact);
        }
        return facts;
    }

    private static void read(String path, List<Certificate> known, Map<String, Object> fact) throws GeneralSecurityException, IOException {
        List<Object> revoked = new ArrayList<Object>();
        fact.put("revoked", revoked);
        List<Object> covered = new ArrayList<Object>();
        fact.put("covered", covered);
        boolean empty = true;
        for (CRL read : CertificateFactory.getInstance("X.509").generateCRLs(new ByteArrayInputStream(Durable.read(Paths.get(path))))) {
            X509CRL list = (X509CRL) read;
            empty = false;
            // A list of an authority that has issued nothing here says nothing about this node.
            if (!concerns(list, known)) continue;
            if (!isSigned(list, known)) {
                fact.put("error", "no certificate that this node knows has signed the list of " + list.getIssuerX500Principal());
                continue;
            }
            if (list.getNextUpdate() != null) fact.put("nextUpdate", list.getNextUpdate().getTime());
            for (Certificate one : known) {
                X509Certificate certificate = (X509Certificate) one;
                // An entry speaks of certificates of the list's own issuer.
                if (!certificate.getIssuerX500Principal().equals(list.getIssuerX500Principal())) continue;
                covered.add(Hashes.sha256(certificate.getEncoded()));
                X509CRLEntry entry = list.getRevokedCertificate(certificate.getSerialNumber());
                if (entry == null) continue;
                String reason = entry.getRevocationReason() == null ? "unspecified" : entry.getRevocationReason().name();
                revoked.add(Json.object("certificate", Hashes.sha256(certificate.getEncoded()), "at", entry.getRevocationDate().getTime(), "reason", reason));
            }
        }
        if (empty) fact.put("error", "it holds no list");
    }

    private static boolean concerns(X509CRL list, List<Certificate> known) {
        for (Certificate one : known) if (((X509Certificate) one).getIssuerX500Principal().equals(list.getIssuerX500Principal())) return true;
        return false;
    }

    private static boolean isSigned(X509CRL list, List<Certificate> known) {
        for (Certificate one : known) {
            X509Certificate issuer = (X509Certificate) one;
            if (!issuer.getSubjectX500Principal().equals(list.getIssuerX500Principal())) continue;
            try {
                list.verify(issuer.getPublicKey());
                return true;
            } catch (GeneralSecurityException e) {
                continue;
            }
        }
        return false;
    }
}
