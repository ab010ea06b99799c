package io.ringward.node;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Paths;
import java.util.LinkedHashMap;
import java.util.Map;

/** The second JVM of {@link TargetJvm}: the request in RINGWARD_REQUEST, one JSON object of judgements by path out. */
public final class Preflight {
    private Preflight() {}

    public static void main(String[] none) throws Exception {
        FileOutputStream stdout = new FileOutputStream(FileDescriptor.out);
        System.setOut(System.err);
        Request request = new Request(Request.decode(System.getenv("RINGWARD_REQUEST")));
        NodeClasses classes = new NodeClasses(request.cassandraHome);
        CassandraYaml yaml = CassandraYaml.read(Paths.get(request.yaml), classes, request.cassandraHome);
        Map<String, Object> judged = new LinkedHashMap<String, Object>();
        for (Object item : Stores.ofNode(request, yaml, classes).facts(true, new Certificates())) {
            Map<?, ?> fact = (Map<?, ?>) item;
            if (fact.get("jvm") != null) judged.put((String) fact.get("path"), fact.get("jvm"));
        }
        stdout.write(Json.write(judged).getBytes(StandardCharsets.UTF_8));
        stdout.flush();
        Runtime.getRuntime().halt(0);
    }
}
