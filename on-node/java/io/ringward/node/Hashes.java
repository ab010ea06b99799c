package io.ringward.node;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 as lower-case hex, and base64url without padding. */
final class Hashes {
    private static final char[] HEX = "0123456789abcdef".toCharArray();
    private static final String ALPHABET = "0123456789abcdef";

    private Hashes() {}

    static String sha256(byte[] bytes) {
        return hex(digest(bytes));
    }

    static String sha256(String text) {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String hex(byte[] bytes) {
        char[] out = new char[bytes.length * 2];
        for (int i = 0; i < bytes.length; i++) {
            out[2 * i] = HEX[(bytes[i] >> 4) & 15];
            out[2 * i + 1] = HEX[bytes[i] & 15];
        }
        return new String(out);
    }

    static boolean isSha256(String text) {
        if (text.length() != 64) return false;
        for (int i = 0; i < 64; i++) if (ALPHABET.indexOf(text.charAt(i)) < 0) return false;
        return true;
    }

    static String base64url(byte[] bytes) {
        return java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static byte[] fromBase64url(String text) {
        return java.util.Base64.getUrlDecoder().decode(text);
    }

    static String base64(byte[] bytes) {
        return java.util.Base64.getEncoder().encodeToString(bytes);
    }

    static byte[] fromBase64(String text) {
        return java.util.Base64.getDecoder().decode(text);
    }
}
