package io.ringward.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The offline kit: what a person with root on the node can do without AWS and without Ringward's backend. It looks, plans, and acts by
 * the same steps as the controller. Nothing is changed without `--yes`.
 *
 * Exit codes: 0 done, or all is well; 2 the arguments are wrong; 3 looked, and something is not well; 4 nothing to do;
 * 10 refused, failed or not proven, with the reason; 1 the program itself could not run.
 */
final class Kit {
    static final int WELL = 0;
    private static final int DIED = 1;
    private static final int USAGE = 2;
    static final int ATTENTION = 3;
    private static final int NOTHING = 4;
    static final int REFUSED = 10;

    private Kit() {}

    static int run(List<String> arguments, OutputStream out) throws IOException {
        KitOptions options;
        try {
            options = KitOptions.parse(arguments);
        } catch (StepFailure e) {
            new KitPage(out, false).failure(e);
            return USAGE;
        }
        KitPage page = new KitPage(out, options.json);
        int code;
        try {
            code = run(options, page);
        } catch (StepFailure e) {
            page.failure(e);
            code = REFUSED;
        } catch (Exception | LinkageError e) {
            page.failure(new StepFailure("NODE_PROGRAM_DIED", StepFailure.text(e), "See the disk, its permissions, and that you are root. The runbook's last chapters need no program of ours."));
            code = DIED;
        }
        page.end(options.verb, code);
        return code;
    }

    private static int run(KitOptions options, KitPage page) throws Exception {
        if (options.verb.equals("help")) {
            page.say(resource("help.txt"));
            return WELL;
        }
        KitFile kit = KitFile.read();
        switch (options.verb) {
            case "status": return KitStatus.of(kit, page);
            case "backups": return backups(kit, page);
            case "prove": return prove(kit, options, page);
            case "resume": return resume(kit, options, page);
            case "undo": return undo(kit, options, page);
            default: return act(kit, options, page, KitPlanner.wayBack(kit, options, NodeSeen.look(kit), LocalBackup.find(options.backup), options.way));
        }
    }

    /** Text of the kit that lies in the jar. */
    static String resource(String name) throws IOException {
        InputStream in = Kit.class.getResourceAsStream("/kit/" + name);
        if (in == null) throw new IOException("kit/" + name + " is not in the jar");
        try {
            java.util.Scanner all = new java.util.Scanner(in, StandardCharsets.UTF_8.name()).useDelimiter("\\A");
            return all.hasNext() ? all.next() : "";
        } finally {
            in.close();
        }
    }

    private static int backups(KitFile kit, KitPage page) throws Exception {
        java.util.List<Object> facts = new java.util.ArrayList<Object>();
        boolean some = false;
        for (LocalBackup backup : LocalBackup.all()) {
            backup.check(kit.looking(), System.currentTimeMillis());
            String doubt = backup.reason != null ? "NO WAY BACK: " + backup.reason : backup.notBefore != null ? "DOUBTFUL: " + backup.notBefore : "verified";
            some |= backup.reason == null && !backup.isByHand();
            page.row("Backup", backup.id + "  " + backup.inWords());
            page.row("", doubt + (backup.reason == null ? ": every hash, key and leaf, a trial load by Cassandra's classes, a handshake in memory" : ""));
            for (java.util.Map.Entry<String, String> leaf : backup.leaves.entrySet()) page.row("", leaf.getKey() + " " + KitPage.leaf(leaf.getValue()) + Validity.until(backup.certificates, leaf.getValue()));
            facts.add(Json.object("backupId", backup.id, "at", backup.at, "deployment", backup.deployment(), "verified", backup.reason == null, "reason", backup.reason, "notBefore", backup.notBefore,
                "leaves", backup.leaves, "byHand", backup.isByHand()));
        }
        if (!some) page.row("NOT WELL", "there is no verified backup on this node: repair forward, or fetch one when AWS is back");
        page.fact("backups", facts);
        return some ? WELL : ATTENTION;
    }

    private static int prove(KitFile kit, KitOptions options, KitPage page) throws Exception {
        if (options.backup == null) {
            NodeSeen seen = NodeSeen.look(kit);
            java.util.Map<String, Object> disk = Json.object("client", seen.leafOnDisk("client"), "internode", seen.leafOnDisk("internode"));
            page.row("Expected", "the leaves that lie on the disk now");
            return KitProof.of(kit, disk, page);
        }
        LocalBackup backup = LocalBackup.find(options.backup).check(kit.looking(), System.currentTimeMillis());
        if (backup.snapshot == null) throw StepFailure.mismatch("backup " + backup.id + ": " + backup.reason);
        page.row("Expected", "the leaves of backup " + backup.id);
        return KitProof.of(kit, new KitPlan(backup, false).leaves("client", "internode"), page);
    }

    private static int resume(KitFile kit, KitOptions options, KitPage page) throws Exception {
        HalfDone last = HalfDone.last();
        boolean clientsOff = new Service(kit.looking()).clientsAreOff();
        if ((last == null || last.isFinished()) && !clientsOff) {
            page.row("Nothing", "no rollback is half-done on this node" + (last == null ? "" : ": " + last.inWords()));
            return NOTHING;
        }
        if (last != null) page.row("Half-done", last.inWords());
        String backup = options.backup != null || last == null ? options.backup : last.backup;
        String way = options.way != null ? options.way : last != null && "restart".equals(last.way) ? "restart" : null;
        KitPlan plan = KitPlanner.wayBack(kit, options, NodeSeen.look(kit), LocalBackup.find(backup), way);
        if (last != null && last.byHand) plan.before = last.before;
        return act(kit, options, page, plan);
    }

    private static int undo(KitFile kit, KitOptions options, KitPage page) throws Exception {
        HalfDone last = HalfDone.last();
        if (last == null) {
            page.row("Nothing", "the journal of this node tells of no rollback that could be undone");
            return NOTHING;
        }
        page.row("Undo", last.inWords());
        return act(kit, options, page, KitUndo.plan(kit, options, last));
    }

    /** Tells the plan; carries it out where that was asked for and nothing speaks against it. */
    private static int act(KitFile kit, KitOptions options, KitPage page, KitPlan plan) throws Exception {
        plan.tell(page);
        if (!plan.isSafe()) {
            page.say("");
            page.say("ROLLBACK_REFUSED: nothing was changed.");
            return REFUSED;
        }
        if (plan.way == null) {
            page.row("Nothing", "files and ports are those of the backup");
            return NOTHING;
        }
        if (options.verb.equals("plan") || !options.yes) {
            page.say("");
            page.say("Nothing was changed. To do it:");
            page.command(options.doingIt(plan.target.id));
            return WELL;
        }
        try {
            KitAction.carryOut(kit, plan, page, System.currentTimeMillis());
        } catch (StepFailure e) {
            page.failure(e);
            KitAdvice.afterFailure(kit, plan, e, page);
            return REFUSED;
        }
        page.say("");
        int proof = KitProof.of(kit, plan.leaves("client", "internode"), page);
        // What an undo brings back may be the very certificate that was rolled back.
        return plan.undoing && proof == REFUSED ? ATTENTION : proof;
    }
}
