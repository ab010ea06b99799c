package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Carries a plan out by the controller's own steps, under the same lock, journal and fence. What is about to be overwritten becomes a
 * snapshot first, so that it can be undone. Run again after a crash, each step finds done what is done (I6).
 */
final class KitAction {
    private final KitFile kit;
    private final KitPlan plan;
    private final KitPage page;
    /** Part of every request id: another attempt is another request, judged by the state that it finds. */
    private final String action;
    private long epoch;

    private KitAction(KitFile kit, KitPlan plan, KitPage page, long now) {
        this.kit = kit;
        this.plan = plan;
        this.page = page;
        action = KitPage.time(now).replaceAll("[-:]", "") + "-" + now % 1000;
    }

    /** @throws StepFailure of the step that failed; nothing after it was begun */
    static void carryOut(KitFile kit, KitPlan plan, KitPage page, long now) throws Exception {
        new KitAction(kit, plan, page, now).run();
    }

    private Request request(String step, Object... pairs) throws StepFailure {
        return kit.request(step, action + "-by-hand-" + step, epoch, pairs);
    }

    private void run() throws Exception {
        NodeLock.take("by hand " + action);
        epoch = EpochFence.takeByHand(kit.cluster);
        Request base = request(HalfDone.BY_HAND);
        Replacement.removeLeftovers(base);
        String before = plan.before == null ? KeptFiles.now(base, action) : plan.before;
        Journal.open(base).done("target", Json.canonical(Json.object("backup", plan.target.id, "way", plan.way, "before", before)));
        page.fact("epoch", epoch);
        page.fact("before", before);
        page.row("Fence", "epoch " + epoch + " by hand: no older execution acts on this node any more");
        page.row("Kept", "what is overwritten now, as " + before);
        List<Object> done = new ArrayList<Object>();
        page.fact("done", done);
        for (String step : plan.steps) {
            page.row("Step", (done.size() + 1) + "/" + plan.steps.size() + " " + step + " …");
            String did = did(step, Steps.runByHand(requestOf(step)));
            page.row("", did);
            done.add(Json.object("step", step, "did", did));
        }
    }

    private Request requestOf(String step) throws IOException, StepFailure {
        Object backup = Json.object("backupId", plan.target.id, "manifestSha256", plan.target.manifestSha256());
        switch (step) {
            case "restore-hot": return request(step, "backup", backup, "paths", plan.paths(), "expect", plan.expect("client", "internode"));
            case "stop-service": return request(step, "drainTimeoutMs", kit.fields.integer("drainTimeoutMs", 1, Long.MAX_VALUE), "stopTimeoutMs", kit.fields.integer("stopTimeoutMs", 1, Long.MAX_VALUE));
            case "restore-certificates": return request(step, "backup", backup, "paths", plan.paths(false));
            case "restore-configuration": return request(step, "backup", backup, "paths", plan.paths(true));
            case "start-service": return request(step, "startTimeoutMs", kit.fields.integer("startTimeoutMs", 1, Long.MAX_VALUE));
            case "prove": return request(step, "expect", plan.expect("internode", "jmx"), "peers", kit.peersNamed(plan.proving));
            case "restore-traffic": return request(step, "expect", plan.expect("client", "internode"));
            default: return request(step);
        }
    }

    /** What the step did, in one sentence. @throws StepFailure PROOF_MISSING where it ended without its proof */
    private String did(String step, Map<String, Object> result) throws StepFailure {
        if (Boolean.FALSE.equals(result.get("proven")) && result.get("did") != null) {
            throw new StepFailure("PROOF_MISSING", String.valueOf(result.get("did")), step.equals("prove") ? "Clients stay off. Mend what is named, then kit resume --yes; or kit undo --yes." : "See Cassandra's log; then kit resume --yes, or kit undo --yes.");
        }
        if (result.get("did") != null) return String.valueOf(result.get("did"));
        Map<?, ?> reload = (Map<?, ?>) result.get("reload");
        return ((List<?>) result.get("restored")).size() + " files put back" + (reload == null ? "." : ", reloaded in " + reload.get("ms") + " ms, every expected port proven.");
    }
}
