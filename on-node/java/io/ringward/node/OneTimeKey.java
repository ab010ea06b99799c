package io.ringward.node;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.Map;

/**
 * A key pair for one restore of one backup; the private half never leaves the node and is removed after use.
 * 2048 bits: it lives for minutes and wraps one content key, and generating 3072 bits would take a node a second longer.
 */
final class OneTimeKey {
    private static final int BITS = 2048;

    private OneTimeKey() {}

    private static Path of(String backupId) {
        return Home.of("one-time").resolve(backupId);
    }

    /** The public half, signed by the private one over `backupId|node|epoch|spki`. A key that was not used yet is offered again. */
    static Map<String, Object> offer(Request request, String backupId) throws IOException, GeneralSecurityException {
        CrashPoint.reach("one-time-before-key");
        if (!Files.exists(of(backupId))) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(BITS);
            byte[] pkcs8 = generator.generateKeyPair().getPrivate().getEncoded();
            Durable.replace(of(backupId), pkcs8);
            Arrays.fill(pkcs8, (byte) 0);
        }
        CrashPoint.reach("one-time-after-key");
        RSAPrivateCrtKey key = (RSAPrivateCrtKey) read(backupId);
        BigInteger modulus = key.getModulus();
        String spki = Hashes.base64(KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, key.getPublicExponent())).getEncoded());
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        signature.update((backupId + "|" + request.node + "|" + request.epoch + "|" + spki).getBytes(StandardCharsets.US_ASCII));
        return Json.object("spki", spki, "proof", Hashes.base64(signature.sign()));
    }

    /** @throws StepFailure when there is none: it was used, or never asked for */
    static PrivateKey use(String backupId) throws IOException, GeneralSecurityException, StepFailure {
        if (!Files.exists(of(backupId))) {
            throw new StepFailure("FIELD_INVALID", "field rewrappedKey: the node holds no one-time key for backup " + backupId + "; each serves once", "Ask for a new one (step open-restore), wrap the content key for it, then send the request again.");
        }
        return read(backupId);
    }

    private static PrivateKey read(String backupId) throws IOException, GeneralSecurityException {
        byte[] pkcs8 = Durable.read(of(backupId));
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } finally {
            Arrays.fill(pkcs8, (byte) 0);
        }
    }

    static void remove(String backupId) throws IOException {
        if (Files.exists(of(backupId))) Durable.shred(of(backupId));
    }
}
