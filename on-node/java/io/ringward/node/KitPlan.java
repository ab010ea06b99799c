package io.ringward.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a way back by hand would do, as data: which files, which way and why, in which steps, and what speaks against it. */
final class KitPlan {
    /** Something that speaks against it. `word` is what `--despite` takes, or null when nothing overrules it. */
    static final class Refusal {
        final String word;
        final String why;
        final String wayForward;

        Refusal(String word, String why, String wayForward) {
            this.word = word;
            this.why = why;
            this.wayForward = wayForward;
        }
    }

    final LocalBackup target;
    final List<FileChange> changes = new ArrayList<FileChange>();
    String way;
    String why;
    final List<String> steps = new ArrayList<String>();
    final List<Refusal> refusals = new ArrayList<Refusal>();
    final List<String> warnings = new ArrayList<String>();
    /** Peers that must take the node afterwards. */
    final List<String> proving = new ArrayList<String>();
    /** Snapshot of what an earlier part of the same action overwrote; null to make one. */
    String before;

    /** It goes to what was there before an action: a person knows that it may be bad. */
    final boolean undoing;

    KitPlan(LocalBackup target, boolean undoing) {
        this.target = target;
        this.undoing = undoing;
    }

    /** Paths to write, of certificates or of configuration. */
    List<Object> paths(boolean configuration) {
        List<Object> paths = new ArrayList<Object>();
        for (FileChange change : changes) if (!change.isSame() && change.isConfiguration() == configuration) paths.add(change.entry.path);
        return paths;
    }

    List<Object> paths() {
        List<Object> paths = paths(false);
        paths.addAll(paths(true));
        return paths;
    }

    boolean filesDiffer() {
        return !paths().isEmpty();
    }

    boolean isSafe() {
        return refusals.isEmpty();
    }

    /** Leaves that some listeners should serve afterwards. */
    Map<String, Object> leaves(String... listeners) {
        Map<String, Object> leaves = new LinkedHashMap<String, Object>();
        for (String listener : listeners) if (target.leaves.get(listener) != null) leaves.put(listener, target.leaves.get(listener));
        return leaves;
    }

    /** What a step must prove; nothing when it only puts back what was there, which may be bad. */
    Map<String, Object> expect(String... listeners) {
        return undoing ? new LinkedHashMap<String, Object>() : leaves(listeners);
    }

    void tell(KitPage page) throws IOException {
        page.row("Backup", target.id + "  " + target.inWords());
        for (Map.Entry<String, String> leaf : target.leaves.entrySet())
            page.row("", leaf.getKey() + " " + KitPage.leaf(leaf.getValue()) + Validity.until(target.certificates, leaf.getValue()));
        String label = "Files";
        for (FileChange change : changes) {
            page.row(label, change.entry.path + " " + change.inWords());
            if (change.hasOtherContent())
                page.row("", "  backup " + shorter(change.entry.sha256) + ", deployed " + (change.deployed == null ? "not known" : shorter(change.deployed)) + ", now " + (change.now == null ? "no file" : shorter(change.now)));
            label = "";
        }
        if (way != null) page.row("Way", (way.equals("hot") ? "hot" : "by restart") + ": " + why);
        label = "Steps";
        for (int i = 0; i < steps.size(); i++) {
            page.row(label, (i + 1) + ". " + steps.get(i));
            label = "";
        }
        for (String warning : warnings) page.row("Mind", warning);
        for (Refusal refusal : refusals) {
            page.row("REFUSED", refusal.why);
            page.row("", "→ " + refusal.wayForward);
            if (refusal.word != null) page.row("", "→ or, if you know better: --despite " + refusal.word);
        }
        facts(page);
    }

    private void facts(KitPage page) {
        page.fact("backup", target.id);
        page.fact("leaves", target.leaves);
        page.fact("way", way);
        page.fact("why", why);
        page.fact("steps", steps);
        page.fact("warnings", warnings);
        List<Object> files = new ArrayList<Object>();
        for (FileChange change : changes) files.add(change.json());
        page.fact("files", files);
        List<Object> refused = new ArrayList<Object>();
        for (Refusal refusal : refusals) refused.add(Json.object("why", refusal.why, "wayForward", refusal.wayForward, "despite", refusal.word));
        page.fact("refusals", refused);
    }

    private static String shorter(String sha256) {
        return sha256.length() < 12 ? sha256 : sha256.substring(0, 12) + "…";
    }
}
