package io.ringward.node;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * A keystore or truststore as far as it can be read here: certificates even where the key cannot be opened.
 * This is our own reading, for facts and for dialling; whether Cassandra can load it is {@link TrialLoad}'s business.
 */
final class Store {
    private static final ConcurrentMap<String, FutureTask<Store>> OPENED = new ConcurrentHashMap<String, FutureTask<Store>>();
    /** Leaf first, in file order; for a truststore every certificate. */
    Certificate[] certificates = {};
    private PrivateKey key;
    /** How many private keys lie in it; more than one leaves the choice to the JDK. */
    int keys;
    /** It ends in the middle of a structure: broken off while it was written. */
    boolean torn;
    /** Why the file, or its key, could not be read; null when it could. */
    String error;

    private Store() {}

    /** @param type `PEM`, `JKS`, `PKCS12`, or null to find out; never throws for what is wrong with the file */
    static Store keystore(Path path, char[] password, String type) {
        return read(path, password, type, true);
    }

    /** As {@link #keystore}, for its certificates alone. */
    static Store truststore(Path path, char[] password, String type) {
        return read(path, password, type, false);
    }

    /** The file is read each time; what was read before is not opened again: a password costs 10,000 rounds and more. */
    private static Store read(Path path, final char[] password, final String type, final boolean withKey) {
        final byte[] file;
        try {
            file = Durable.read(path);
        } catch (IOException | RuntimeException e) {
            Store store = new Store();
            store.error = StepFailure.text(e);
            return store;
        }
        try {
            String same = withKey + " " + type + " " + (password == null ? "" : Hashes.sha256(new String(password))) + " " + Hashes.sha256(file);
            FutureTask<Store> fresh = new FutureTask<Store>(new Callable<Store>() {
                @Override
                public Store call() {
                    return withKey ? keystore(file, password, type) : truststore(file, password, type);
                }
            });
            FutureTask<Store> known = OPENED.putIfAbsent(same, fresh);
            if (known == null) fresh.run();
            return (known == null ? fresh : known).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            Arrays.fill(file, (byte) 0);
        }
    }

    private static Store keystore(byte[] file, char[] password, String type) {
        Store store = new Store();
        try {
            if (isPem(file, type)) {
                store.torn = Pem.isTorn(file);
                store.keys = Pem.keys(file);
                store.certificates = Pem.certificates(file);
                store.key = Pem.privateKey(file, password);
            } else {
                store.torn = isTorn(file);
                store.readKeystore(load(file, password, type), password);
            }
            if (store.key == null) store.error = "the store holds no private key";
            else if (store.certificates.length == 0) store.error = "the store holds no certificate";
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            store.error = StepFailure.text(e);
        }
        return store;
    }

    private static Store truststore(byte[] file, char[] password, String type) {
        Store store = new Store();
        try {
            if (isPem(file, type)) store.certificates = Pem.certificates(file);
            else {
                KeyStore keys = load(file, password, type);
                List<Certificate> all = new ArrayList<Certificate>();
                for (Enumeration<String> aliases = keys.aliases(); aliases.hasMoreElements(); ) {
                    Certificate certificate = keys.getCertificate(aliases.nextElement());
                    if (certificate != null) all.add(certificate);
                }
                store.certificates = all.toArray(new Certificate[0]);
            }
            if (store.certificates.length == 0) store.error = "the store holds no certificate";
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            store.error = StepFailure.text(e);
        }
        return store;
    }

    static boolean isPem(byte[] file, String type) {
        return type == null || type.equalsIgnoreCase("PEM") ? "PEM".equalsIgnoreCase(type) || Pem.looksLike(file) : Pem.looksLike(file);
    }

    static KeyStore load(byte[] file, char[] password, String type) throws GeneralSecurityException, IOException {
        boolean jks = file.length > 3 && file[0] == (byte) 0xFE && file[1] == (byte) 0xED;
        KeyStore keys = KeyStore.getInstance(jks ? "JKS" : type == null || type.equalsIgnoreCase("JKS") ? "PKCS12" : type);
        keys.load(new ByteArrayInputStream(file), password);
        return keys;
    }

    /** The first key entry counts for us; with several the JDK chooses for itself. */
    private void readKeystore(KeyStore store, char[] password) throws GeneralSecurityException {
        for (Enumeration<String> aliases = store.aliases(); aliases.hasMoreElements(); ) {
            String alias = aliases.nextElement();
            if (!store.isKeyEntry(alias) || keys++ > 0) continue;
            Certificate[] chain = store.getCertificateChain(alias);
            if (chain != null) certificates = chain;
            Key found = store.getKey(alias, password);
            if (found instanceof PrivateKey) key = (PrivateKey) found;
        }
    }

    /** A PKCS #12 store is one DER value: its length says how long the file must be (X.690, 8.1.3). */
    private static boolean isTorn(byte[] file) {
        if (file.length < 6 || file[0] != 0x30 || (file[1] & 0x80) == 0 || (file[1] & 0x7f) > 4 || file[1] == (byte) 0x80) return false;
        int digits = file[1] & 0x7f;
        long length = 0;
        for (int i = 0; i < digits; i++) length = length << 8 | file[2 + i] & 255;
        return file.length < 2 + digits + length;
    }

    boolean hasKey() {
        return key != null;
    }

    /** The first certificate that is no authority, wherever it stands; else the first. */
    private Certificate leaf() {
        for (Certificate certificate : certificates) if (certificate instanceof X509Certificate && ((X509Certificate) certificate).getBasicConstraints() < 0) return certificate;
        return certificates[0];
    }

    /** Signs a random challenge and verifies it with the leaf: true, false, or null when there is no readable key or leaf. */
    Boolean keyMatchesLeaf() {
        if (key == null || certificates.length == 0) return null;
        PublicKey leaf = leaf().getPublicKey();
        String family = key.getAlgorithm();
        if (!family.equals(leaf.getAlgorithm())) return false;
        // EdDSA and RSASSA-PSS name the signature by the key's own word.
        String algorithm = family.equals("EC") ? "SHA256withECDSA" : family.equals("RSA") ? "SHA256withRSA" : family.equals("DSA") ? "SHA256withDSA" : family;
        byte[] challenge = new byte[32];
        new SecureRandom().nextBytes(challenge);
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(challenge);
            byte[] signature = signer.sign();
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(leaf);
            verifier.update(challenge);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Key managers as Cassandra would have them, or null when the key cannot be used: then one dials without a certificate. */
    KeyManager[] keyManagers() {
        if (key == null || certificates.length == 0) return null;
        char[] password = { 'x' };
        try {
            KeyStore keys = KeyStore.getInstance("JKS");
            keys.load(null, null);
            keys.setKeyEntry("node", key, password, certificates);
            KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
            factory.init(keys, password);
            return factory.getKeyManagers();
        } catch (GeneralSecurityException | IOException e) {
            return null;
        }
    }

    /** Trust managers (PKIX) that trust these authorities and no others. */
    static TrustManager[] trusting(Certificate[] authorities) throws GeneralSecurityException, IOException {
        KeyStore anchors = KeyStore.getInstance("JKS");
        anchors.load(null, null);
        for (int i = 0; i < authorities.length; i++) anchors.setCertificateEntry("anchor" + i, authorities[i]);
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(anchors);
        return factory.getTrustManagers();
    }
}
