package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Results of requests that are done, so that the same request sent twice acts once. */
final class Replies {
    private Replies() {}

    private static Path of(Request request) {
        return Home.of("replies").resolve(Hashes.sha256(request.requestId) + ".json");
    }

    /** The result of this request when it was already done, else null. */
    static Object find(Request request) throws IOException, StepFailure {
        Path path = of(request);
        if (!Files.exists(path)) return null;
        Map<String, Object> kept = Json.readObject(new String(Durable.read(path), StandardCharsets.UTF_8));
        if (!request.step.equals(kept.get("step")) || !request.deployment.equals(kept.get("deployment"))) {
            throw StepFailure.field("requestId", "was already used for step " + kept.get("step") + " of deployment " + kept.get("deployment"));
        }
        return kept.get("result");
    }

    static void keep(Request request, Object result) throws IOException {
        CrashPoint.reach("reply-before-store");
        Map<String, Object> kept = Json.object("step", request.step, "deployment", request.deployment, "result", result);
        Durable.replace(of(request), Json.write(kept).getBytes(StandardCharsets.UTF_8));
        CrashPoint.reach("reply-after-store");
    }
}
