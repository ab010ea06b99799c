package io.ringward.node;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Plans a way back from what this node alone can see: the rules of the controller's planner, as far as they can be judged here (I1, I3, I10). */
final class KitPlanner {
    private static final List<String> WHOLE_RESTART = Arrays.asList("stop-accepting", "stop-service", "restore-certificates", "restore-configuration", "start-service", "prove", "restore-traffic");
    private static final List<String> HOT = Arrays.asList("restore-hot");
    /** A leaf that is of use for less than this is told. */
    private static final long SOON_MS = 24L * 3600 * 1000;

    private final KitFile kit;
    private final KitOptions options;
    private final NodeSeen seen;
    private final KitPlan plan;

    private KitPlanner(KitFile kit, KitOptions options, NodeSeen seen, KitPlan plan) {
        this.kit = kit;
        this.options = options;
        this.seen = seen;
        this.plan = plan;
    }

    static KitPlan wayBack(KitFile kit, KitOptions options, NodeSeen seen, LocalBackup target, String way) throws Exception {
        KitPlanner planner = new KitPlanner(kit, options, seen, new KitPlan(target, false));
        planner.judge(way, Collections.<String>emptySet());
        return planner.plan;
    }

    /** @param own hashes that the action to undo wrote: they are nobody else's */
    static KitPlan undo(KitFile kit, KitOptions options, NodeSeen seen, LocalBackup target, Set<String> own) throws Exception {
        KitPlanner planner = new KitPlanner(kit, options, seen, new KitPlan(target, true));
        planner.judge(options.way, own);
        return planner.plan;
    }

    private void judge(String way, Set<String> own) throws Exception {
        LocalBackup target = plan.target.check(kit.looking(), seen.at);
        if (target.snapshot == null || (target.reason != null && !plan.undoing)) {
            refuse(null, "backup " + target.id + " is no way back: " + target.reason, "Choose another one (kit backups), or repair forward: deploy a certificate that is valid.");
            if (target.snapshot == null) return;
        } else if (target.reason != null) plan.warnings.add("what was there before is itself not whole: " + target.reason);
        if (target.notBefore != null) refuse("not-before", target.notBefore, "Choose an older backup: kit backups lists them.");
        compare(own);
        chooseWay(way);
        expiresSoon();
        if (!plan.undoing) askPeers();
        if (plan.steps.contains("stop-service") && seen.isRunning()) mayStop();
        Map<String, Object> lock = NodeLock.glance();
        if (Boolean.TRUE.equals(lock.get("held"))) refuse(null, "request " + lock.get("requestId") + " is at work on this node", "Wait until it has ended, or end its process; kit status shows it.");
    }

    private void refuse(String word, String why, String wayForward) {
        if (word != null && options.despite.contains(word)) plan.warnings.add("overruled by --despite " + word + ": " + why);
        else plan.refusals.add(new KitPlan.Refusal(word, why, wayForward));
    }

    private void compare(Set<String> own) throws StepFailure {
        LocalBackup target = plan.target;
        Map<String, String> announced = target.kit == null ? kit.announced() : target.kit.announced();
        for (Manifest.Entry entry : target.snapshot.manifest.entries) {
            if (entry.isGenerated()) continue;
            if (seen.file(entry.path) == null) {
                plan.warnings.add(entry.path + " is in the backup and not registered any more: it is left as it is");
                continue;
            }
            FileChange change = FileChange.of(entry, seen.file(entry.path), announced, own);
            plan.changes.add(change);
            if (change.isForeign() && !options.overwrite.contains(entry.path))
                refuse(null, entry.path + " " + change.inWords(), "Look at it beside " + target.snapshot.fileOf(entry) + "; if it may go: --overwrite " + Shell.quoted(entry.path) + " (a copy is kept)");
        }
        for (String path : options.overwrite) if (target.snapshot.manifest.entry(path) == null) refuse(null, "--overwrite " + path + " is not in the backup", "Name one of the files above.");
    }

    private void chooseWay(String wanted) throws Exception {
        String restart = needsRestart();
        if (restart != null && "hot".equals(wanted)) refuse(null, "the hot way cannot undo this: " + restart, "Leave --hot out.");
        boolean portsAreOld = serves("client") && serves("internode");
        boolean clientsAreOff = new Service(kit.looking()).clientsAreOff() || (seen.ring() != null && Boolean.FALSE.equals(seen.ring().get("nativeTransport")));
        if (!plan.filesDiffer() && portsAreOld && seen.isRunning() && wanted == null && !clientsAreOff) return;
        if (restart == null && !"restart".equals(wanted) && !clientsAreOff) {
            plan.way = "hot";
            plan.why = plan.filesDiffer() ? "only certificate files differ, and a reload interrupts nobody" : "the files are those of the backup, but a port serves another leaf";
            plan.steps.addAll(HOT);
            return;
        }
        plan.way = "restart";
        plan.why = restart != null ? restart : clientsAreOff ? "clients are off, as in the middle of a restart" : "it was asked for";
        plan.steps.addAll(WHOLE_RESTART);
        boolean standing = !plan.filesDiffer() && !"restart".equals(options.way);
        if (standing && (!seen.isRunning() || serves("internode"))) plan.steps.removeAll(seen.isRunning() ? WHOLE_RESTART.subList(0, 5) : WHOLE_RESTART.subList(0, 4));
        if (plan.undoing) plan.steps.remove("prove");
    }

    /** Does the port serve the leaf of the backup? True where the backup names none. */
    private boolean serves(String listener) {
        String leaf = plan.target.leaves.get(listener);
        return leaf == null || leaf.equals(seen.leaf(listener));
    }

    private String needsRestart() {
        for (FileChange change : plan.changes) if (change.hasOtherContent() && change.isConfiguration()) return change.entry.path + " differs, and Cassandra reads it only at its start";
        if (!seen.isRunning()) return "Cassandra does not run, so nothing can be reloaded";
        for (FileChange change : plan.changes) {
            Object modified = seen.file(change.entry.path).get("modifiedAt");
            boolean loaded = seen.startedAt() != null && modified != null && seen.startedAt() >= (Long) modified;
            if (change.hasOtherContent() && loaded && isOfJmxAlone(change.entry.path)) return change.entry.path + " differs and the process was started with it: JMX takes its key only at the start";
        }
        return null;
    }

    private boolean isOfJmxAlone(String path) {
        for (Object item : seen.facts("stores")) {
            Map<?, ?> store = (Map<?, ?>) item;
            if (path.equals(store.get("path")) && "keystore".equals(store.get("kind"))) return store.get("listeners").equals(Arrays.asList("jmx"));
        }
        return false;
    }

    private void expiresSoon() {
        Set<String> leaves = new HashSet<String>(plan.target.leaves.values());
        for (String leaf : leaves) {
            java.security.cert.X509Certificate certificate = Validity.certificate(plan.target.certificates, leaf);
            if (certificate != null && certificate.getNotAfter().getTime() < seen.at + SOON_MS) plan.warnings.add("the old leaf " + KitPage.leaf(leaf) + " expires at " + KitPage.time(certificate.getNotAfter().getTime()));
        }
    }

    private void askPeers() throws Exception {
        PeerTrial trial = PeerTrial.of(kit, plan.target);
        plan.proving.addAll(trial.proving);
        String unionFirst = "Make every truststore hold the old and the new authority first (on all nodes), then roll back.";
        for (String peer : trial.refusing) refuse("peers", peer + " would refuse the old leaf", unionFirst);
        for (String peer : trial.lost) refuse("peers", "with the backup's truststore this node would not accept " + peer, unionFirst);
        for (String peer : trial.strangers) plan.warnings.add("this node accepts neither now nor afterwards " + peer + ": it is the next to go back");
    }

    /** Nobody else may be down when this node is stopped (I3). */
    private void mayStop() throws StepFailure {
        if (kit.peers().isEmpty()) return;
        String first = "Bring the others up first.";
        if (seen.ring() == null) refuse("others-down", "a restart would interrupt this node, and JMX does not answer to show that the others are up", "See from another node (nodetool status) that all others are up.");
        else if (!((List<?>) seen.ring().get("unreachable")).isEmpty()) refuse("others-down", "a restart would interrupt this node while it sees " + new ArrayList<Object>((List<?>) seen.ring().get("unreachable")) + " down", first);
    }
}
