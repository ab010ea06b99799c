package io.ringward.node;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.cert.Certificate;
import java.util.Map;

/**
 * What this JDK says of a chain in both roles, from files alone: the second engine of `ringward check chain`.
 * Arguments: a PEM file of the chain, leaf first, and one of the authorities to trust. One JSON object out.
 */
public final class ChainVerdict {
    private ChainVerdict() {}

    public static void main(String[] files) throws Exception {
        Certificate[] chain = Pem.certificates(Files.readAllBytes(Paths.get(files[0])));
        Certificate[] trust = Pem.certificates(Files.readAllBytes(Paths.get(files[1])));
        Map<String, Object> verdict = JvmJudgement.ofChain(chain, trust);
        verdict.put("java", System.getProperty("java.version"));
        FileOutputStream stdout = new FileOutputStream(FileDescriptor.out);
        stdout.write(Json.write(verdict).getBytes(StandardCharsets.UTF_8));
        stdout.flush();
    }
}
