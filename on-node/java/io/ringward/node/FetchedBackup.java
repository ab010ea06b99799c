package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;

/** A backup from S3, checked in the order that leaves nothing unproven to be parsed: signature, ciphertext's hash, decryption, manifest, files. */
final class FetchedBackup {
    final String backupId;
    final Path folder;
    final Snapshot snapshot;

    private FetchedBackup(String backupId, Path folder, Snapshot snapshot) {
        this.backupId = backupId;
        this.folder = folder;
        this.snapshot = snapshot;
    }

    /** Into a folder beside the snapshots; the caller publishes or shreds it. */
    static FetchedBackup fetch(Request request) throws IOException, StepFailure, GeneralSecurityException {
        Fields backup = request.fields.object("backup");
        String backupId = backup.name("backupId");
        String manifestSha256 = backup.sha256("manifestSha256");
        String ciphertextSha256 = request.fields.sha256("ciphertextSha256");
        checkStatement(request, backupId, manifestSha256, ciphertextSha256);
        byte[] wrappedKey = request.fields.base64url("rewrappedKey");
        byte[] jwe = Transfer.get(request.fields.text("url"));
        if (!Hashes.sha256(jwe).equals(ciphertextSha256)) throw StepFailure.mismatch("the ciphertext is " + Hashes.sha256(jwe) + ", the signed statement says " + ciphertextSha256);
        byte[] zip;
        try {
            zip = Jwe.open(jwe, manifestSha256, wrappedKey, OneTimeKey.use(backupId));
        } catch (GeneralSecurityException e) {
            throw StepFailure.mismatch("the pack cannot be decrypted: " + StepFailure.text(e));
        }
        Path folder = Snapshot.building(backupId);
        try {
            Pack.unzip(zip, folder, manifestSha256);
        } finally {
            Arrays.fill(zip, (byte) 0);
        }
        CrashPoint.reach("scratch-written");
        try {
            return new FetchedBackup(backupId, folder, Snapshot.verified(folder, backupId, manifestSha256));
        } catch (StepFailure e) {
            Durable.shredFolder(folder);
            throw StepFailure.mismatch(e.getMessage());
        }
    }

    /** The statement is KMS-signed, and names this backup, this node, and both hashes. */
    private static void checkStatement(Request request, String backupId, String manifestSha256, String ciphertextSha256) throws IOException, StepFailure {
        byte[] signer = request.fields.base64("signer");
        String statement = request.fields.text("statement");
        byte[] signature = request.fields.base64("signature");
        Pins.check("signer", signer);
        boolean good;
        try {
            Signature verifier = Signature.getInstance("SHA256withECDSA");
            verifier.initVerify(KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(signer)));
            verifier.update(statement.getBytes(StandardCharsets.UTF_8));
            good = verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            throw StepFailure.mismatch("the statement's signature cannot be verified: " + StepFailure.text(e));
        }
        if (!good) throw StepFailure.mismatch("the statement's signature is not by the given signer");
        Pins.learn("signer", signer);
        Fields said;
        try {
            said = new Fields("statement.", Json.readObject(statement));
        } catch (IllegalArgumentException e) {
            throw StepFailure.field("statement", "is no JSON object: " + e.getMessage());
        }
        same(said, "backupId", backupId);
        same(said, "node", request.node);
        same(said, "cluster", request.cluster);
        same(said, "manifestSha256", manifestSha256);
        same(said, "ciphertextSha256", ciphertextSha256);
    }

    private static void same(Fields said, String name, String expected) throws StepFailure {
        if (!expected.equals(said.text(name))) throw StepFailure.mismatch("the signed statement names " + name + " " + StepFailure.oneLine(said.text(name)) + ", the request " + expected);
    }
}
