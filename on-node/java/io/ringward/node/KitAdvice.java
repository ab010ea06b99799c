package io.ringward.node;

import java.io.IOException;

/** Where a failed action left the node, and what can be typed next. */
final class KitAdvice {
    private KitAdvice() {}

    static void afterFailure(KitFile kit, KitPlan plan, StepFailure failure, KitPage page) throws IOException, InterruptedException, StepFailure {
        Service service = new Service(kit.looking());
        Long pid = service.pid();
        page.say("");
        page.row("Now", "Cassandra " + (pid == null ? "does not run" : "runs, pid " + pid) + (service.clientsAreOff() ? "; its next start keeps clients off" : "") + "; later steps were not begun.");
        page.say("When the cause is mended, go on where it stopped:");
        page.command("resume --yes");
        if (failure.code.equals("RELOAD_FAILED")) {
            page.say("The files are back. If no reload helps, a restart reads them:");
            page.command("roll-back --backup " + Shell.quoted(plan.target.id) + " --restart --yes");
        }
        page.say(failure.code.equals("DRAIN_FAILED") ? "Nothing was overwritten. To let clients on again and leave it:" : "Or put back what was overwritten:");
        page.command("undo --yes");
    }
}
