package io.ringward.node;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/** RFC 7516 in its general JSON form: A256GCM, one recipient by RSA-OAEP-256, the manifest's hash as `aad`. */
final class Jwe {
    private static final String PROTECTED = Hashes.base64url("{\"enc\":\"A256GCM\"}".getBytes(StandardCharsets.US_ASCII));
    private static final int KEY_BYTES = 32;
    private static final int IV_BYTES = 12;
    private static final int TAG_BYTES = 16;

    /** The serialised JWE, and the content key as it was wrapped for the recipient. */
    static final class Sealed {
        final byte[] bytes;
        final String encryptedKey;

        private Sealed(byte[] bytes, String encryptedKey) {
            this.bytes = bytes;
            this.encryptedKey = encryptedKey;
        }
    }

    private Jwe() {}

    static Sealed seal(byte[] plain, String manifestSha256, byte[] recipientSpki, String keyId) throws GeneralSecurityException {
        SecureRandom random = new SecureRandom();
        byte[] contentKey = new byte[KEY_BYTES];
        byte[] iv = new byte[IV_BYTES];
        random.nextBytes(contentKey);
        random.nextBytes(iv);
        try {
            PublicKey recipient = KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(recipientSpki));
            Cipher wrap = oaep(Cipher.ENCRYPT_MODE, recipient);
            String encryptedKey = Hashes.base64url(wrap.doFinal(contentKey));
            String aad = Hashes.base64url(manifestSha256.getBytes(StandardCharsets.US_ASCII));
            byte[] sealed = gcm(Cipher.ENCRYPT_MODE, contentKey, iv, aad).doFinal(plain);
            List<Object> recipients = new ArrayList<Object>();
            recipients.add(Json.object("header", Json.object("alg", "RSA-OAEP-256", "kid", keyId), "encrypted_key", encryptedKey));
            String json = Json.write(Json.object("protected", PROTECTED, "aad", aad, "recipients", recipients, "iv", Hashes.base64url(iv),
                "ciphertext", Hashes.base64url(Arrays.copyOf(sealed, sealed.length - TAG_BYTES)), "tag", Hashes.base64url(Arrays.copyOfRange(sealed, sealed.length - TAG_BYTES, sealed.length))));
            return new Sealed(json.getBytes(StandardCharsets.US_ASCII), encryptedKey);
        } finally {
            Arrays.fill(contentKey, (byte) 0);
        }
    }

    /** @param wrappedKey the content key, wrapped anew for `key`; the ciphertext is as it was sealed */
    static byte[] open(byte[] jwe, String manifestSha256, byte[] wrappedKey, PrivateKey key) throws GeneralSecurityException, StepFailure {
        byte[] contentKey = null;
        try {
            Map<String, Object> json = Json.readObject(new String(jwe, StandardCharsets.US_ASCII));
            String aad = Hashes.base64url(manifestSha256.getBytes(StandardCharsets.US_ASCII));
            if (!PROTECTED.equals(json.get("protected"))) throw StepFailure.mismatch("the pack is not encrypted by A256GCM alone");
            if (!aad.equals(json.get("aad"))) throw StepFailure.mismatch("the pack was sealed with another manifest");
            byte[] iv = Hashes.fromBase64url(String.valueOf(json.get("iv")));
            byte[] ciphertext = Hashes.fromBase64url(String.valueOf(json.get("ciphertext")));
            byte[] tag = Hashes.fromBase64url(String.valueOf(json.get("tag")));
            if (iv.length != IV_BYTES || tag.length != TAG_BYTES) throw StepFailure.mismatch("the pack's tag has " + tag.length + " bytes and its IV " + iv.length + "; only 16 and 12 are accepted");
            contentKey = oaep(Cipher.DECRYPT_MODE, key).doFinal(wrappedKey);
            if (contentKey.length != KEY_BYTES) throw StepFailure.mismatch("the content key is not of 256 bits");
            byte[] sealed = Arrays.copyOf(ciphertext, ciphertext.length + TAG_BYTES);
            System.arraycopy(tag, 0, sealed, ciphertext.length, TAG_BYTES);
            return gcm(Cipher.DECRYPT_MODE, contentKey, iv, aad).doFinal(sealed);
        } catch (IllegalArgumentException e) {
            throw StepFailure.mismatch("the pack is no JWE: " + StepFailure.text(e));
        } finally {
            if (contentKey != null) Arrays.fill(contentKey, (byte) 0);
        }
    }

    private static Cipher oaep(int mode, java.security.Key key) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
        cipher.init(mode, key, new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
        return cipher;
    }

    private static Cipher gcm(int mode, byte[] key, byte[] iv, String aad) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BYTES * 8, iv));
        cipher.updateAAD((PROTECTED + "." + aad).getBytes(StandardCharsets.US_ASCII));
        return cipher;
    }
}
