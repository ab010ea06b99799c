package io.ringward.node;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Which step does what, and what surrounds every acting step: permission, lock, fence, reply kept, journal. */
final class Steps {
    private static final String TRUST = "trust";
    private static final List<String> BACKING_UP = Arrays.asList("pack", "upload", "trial-restore");

    private Steps() {}

    private static Step of(String name) throws StepFailure {
        // A switch rather than a table: only the step that is asked for has its classes loaded.
        switch (name) {
            case "observe": return new Observe();
            case "state": return new State();
            case "pass-epoch": return new PassEpoch();
            case "pack": return new PackStep();
            case "upload": return new Upload();
            case "open-restore": return new OpenRestore();
            case "trial-restore": return new FetchStep(false);
            case "fetch-backup": return new FetchStep(true);
            case "restore-hot": return new RestoreHot();
            case "restore-certificates":
            case "restore-configuration": return new RestoreFiles();
            case "extend-truststore": return new ChangeTruststore(true);
            case "reduce-truststore": return new ChangeTruststore(false);
            case "stop-accepting": return new StopAccepting();
            case "stop-service": return new StopService();
            case "start-service": return new StartService();
            case "prove": return new Prove();
            case "restore-traffic": return new RestoreTraffic();
            default: throw StepFailure.field("step", "'" + StepFailure.oneLine(name) + "' is no step that this node knows");
        }
    }

    /** A request of the controller. */
    static Object run(Request request, String allowed) throws Exception {
        return run(request, allowed, false);
    }

    /** A request of a person on this node, whose epoch was taken by {@link EpochFence#takeByHand}. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> runByHand(Request request) throws Exception {
        return (Map<String, Object>) run(request, "act", true);
    }

    private static Object run(Request request, String allowed, boolean byHand) throws Exception {
        Step step = of(request.step);
        if (request.step.equals("observe") || request.step.equals("state")) return step.run(request, null);
        boolean trust = request.step.endsWith("-truststore");
        // Certificates travel unsigned: whom a node trusts is for a document of its own, which no installation has yet.
        if (trust && !TRUST.equals(allowed)) {
            throw new StepFailure("FIELD_INVALID", "field step: " + request.step + " changes whom this node trusts, and this document does not allow that", "Deploy the truststores as any other certificate file.");
        }
        if (!trust && !"act".equals(allowed)) {
            throw new StepFailure("FIELD_INVALID", "field step: " + request.step + " acts, and this document allows observing alone", "Send the request by the acting document, ringward-act.");
        }
        NodeLock.take(request.requestId);
        // A backup overwrites no registered file, so it need not be newer than what a person did by hand.
        EpochFence.pass(request.cluster, request.epoch, byHand || BACKING_UP.contains(request.step));
        Object kept = Replies.find(request);
        if (kept != null) {
            step.afterReply(request);
            return kept;
        }
        Journal journal = Journal.open(request);
        Replacement.removeLeftovers(request);
        journal.begin("step", "for node " + request.node + " of " + request.cluster);
        Map<String, Object> result;
        try {
            result = step.run(request, journal);
        } catch (StepFailure e) {
            journal.failed("step", e.code + ": " + StepFailure.oneLine(e.getMessage()));
            throw e;
        } catch (Exception e) {
            journal.failed("step", StepFailure.text(e));
            throw e;
        }
        journal.done("step", request.step);
        if (result.containsKey("journalHead")) result.put("journalHead", journal.head());
        Replies.keep(request, result);
        step.afterReply(request);
        return result;
    }
}
