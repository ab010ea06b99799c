package io.ringward.node;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** PEM files (RFC 7468) as Cassandra's own reader takes them: a PKCS#8 key, encrypted or not, and certificates. */
final class Pem {
    private static final String[] KEY_ALGORITHMS = { "RSA", "EC", "DSA" };
    private static final String BEGIN = "-----BEGIN ";
    private static final String DASHES = "-----";

    private Pem() {}

    static boolean looksLike(byte[] file) {
        String start = new String(file, 0, Math.min(file.length, 65536), StandardCharsets.ISO_8859_1);
        return start.contains(BEGIN);
    }

    /** Every block whose label ends with the given words, decoded. */
    private static List<byte[]> blocks(byte[] file, String label) throws GeneralSecurityException {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        List<byte[]> found = new ArrayList<byte[]>();
        for (int at = 0; (at = text.indexOf(BEGIN, at)) >= 0; ) {
            int labelEnd = text.indexOf(DASHES, at + BEGIN.length());
            if (labelEnd < 0) break;
            String name = text.substring(at + BEGIN.length(), labelEnd);
            int end = text.indexOf("-----END " + name + DASHES, labelEnd);
            if (end < 0) throw new GeneralSecurityException("the block " + name + " has no end");
            if (name.endsWith(label)) {
                try {
                    found.add(java.util.Base64.getMimeDecoder().decode(text.substring(labelEnd + DASHES.length(), end)));
                } catch (IllegalArgumentException e) {
                    throw new GeneralSecurityException("the block " + name + " is not base64");
                }
            }
            at = end;
        }
        return found;
    }

    /** Does a block begin, or its first line, that never ends? */
    static boolean isTorn(byte[] file) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        int last = text.lastIndexOf(BEGIN);
        return last >= 0 && text.indexOf("-----END ", last) < 0;
    }

    /** How many private keys the file holds. */
    static int keys(byte[] file) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        int count = 0;
        for (int at = 0; (at = text.indexOf(BEGIN, at)) >= 0; at++) {
            int end = text.indexOf(DASHES, at + BEGIN.length());
            if (end >= 0 && text.substring(at, end).endsWith("PRIVATE KEY")) count++;
        }
        return count;
    }

    static Certificate[] certificates(byte[] file) throws GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<Certificate> chain = new ArrayList<Certificate>();
        for (byte[] der : blocks(file, "CERTIFICATE")) chain.add(factory.generateCertificate(new ByteArrayInputStream(der)));
        return chain.toArray(new Certificate[0]);
    }

    /** The file without the certificates of these hashes (SHA-256 of their DER); everything else in it stays where it is. */
    static byte[] without(byte[] file, Set<String> removed) throws GeneralSecurityException {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        StringBuilder kept = new StringBuilder();
        int from = 0;
        for (int at = 0; (at = text.indexOf(BEGIN, at)) >= 0; ) {
            int labelEnd = text.indexOf(DASHES, at + BEGIN.length());
            String ending = labelEnd < 0 ? null : "-----END " + text.substring(at + BEGIN.length(), labelEnd) + DASHES;
            int end = ending == null ? -1 : text.indexOf(ending, labelEnd);
            if (end < 0) throw new GeneralSecurityException("a block has no end");
            int next = end + ending.length();
            byte[] block = text.substring(at, next).getBytes(StandardCharsets.ISO_8859_1);
            Certificate[] certificates = certificates(block);
            if (certificates.length == 1 && removed.contains(Hashes.sha256(certificates[0].getEncoded()))) {
                kept.append(text, from, at);
                from = next < text.length() && text.charAt(next) == '\n' ? next + 1 : next;
            }
            at = next;
        }
        return kept.append(text.substring(from)).toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** @return null when the file holds no key */
    static PrivateKey privateKey(byte[] file, char[] password) throws GeneralSecurityException, IOException {
        List<byte[]> keys = blocks(file, "PRIVATE KEY");
        if (keys.isEmpty()) return null;
        byte[] der = keys.get(0);
        if (password != null && password.length > 0) der = decrypted(der, password);
        try {
            for (String algorithm : KEY_ALGORITHMS) {
                try {
                    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
                } catch (GeneralSecurityException e) {
                    continue;
                }
            }
        } finally {
            Arrays.fill(der, (byte) 0);
        }
        throw new GeneralSecurityException("the private key is no plain PKCS#8 key of RSA, EC or DSA (is it encrypted, and no password configured?)");
    }

    private static byte[] decrypted(byte[] der, char[] password) throws GeneralSecurityException, IOException {
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
        // For PBES2 (what OpenSSL writes) Java names the algorithm in the parameters' text alone before JDK 19.
        String algorithm = info.getAlgName();
        if (algorithm.equals("PBES2") || algorithm.equals("1.2.840.113549.1.5.13")) algorithm = info.getAlgParameters().toString();
        PBEKeySpec spec = new PBEKeySpec(password);
        try {
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(Cipher.DECRYPT_MODE, SecretKeyFactory.getInstance(algorithm).generateSecret(spec), info.getAlgParameters());
            return cipher.doFinal(info.getEncryptedData());
        } finally {
            spec.clearPassword();
        }
    }
}
