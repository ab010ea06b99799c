package io.ringward.node;

import java.util.Map;
import java.util.Set;

/** One file of a backup against what lies there now and what the deployment announced: three hashes, and what they mean. */
final class FileChange {
    /** In place of a hash, where something lies that is no file to read. */
    private static final String UNREADABLE = "unreadable";

    final Manifest.Entry entry;
    /** Announced by the deployment, or null. */
    final String deployed;
    /** Null when there is no file. */
    final String now;
    /** `same`, `deployed`, `missing`, `rights`, `unannounced`, or `changed`. */
    final String judgement;
    private final Map<?, ?> fact;

    private FileChange(Manifest.Entry entry, String deployed, String now, String judgement, Map<?, ?> fact) {
        this.entry = entry;
        this.deployed = deployed;
        this.now = now;
        this.judgement = judgement;
        this.fact = fact;
    }

    /**
     * @param announced of the deployment, hash by path; empty when it announced nothing
     * @param own hashes that an earlier action of the kit wrote
     */
    static FileChange of(Manifest.Entry entry, Map<?, ?> fact, Map<String, String> announced, Set<String> own) {
        String now = !Boolean.TRUE.equals(fact.get("present")) ? null : fact.get("sha256") == null ? UNREADABLE : (String) fact.get("sha256");
        String deployed = announced.get(entry.path);
        return new FileChange(entry, deployed, now, judge(entry, fact, now, deployed, announced.isEmpty(), own), fact);
    }

    private static String judge(Manifest.Entry entry, Map<?, ?> fact, String now, String deployed, boolean nothingAnnounced, Set<String> own) {
        if (now == null) return "missing";
        if (now.equals(entry.sha256)) return rightsAreThose(entry, fact) ? "same" : "rights";
        if (now.equals(deployed) || own.contains(now)) return "deployed";
        // Who announced nothing may have written any certificate; a configuration is rarely theirs.
        return nothingAnnounced && !entry.kind.equals("configuration") ? "unannounced" : "changed";
    }

    private static boolean rightsAreThose(Manifest.Entry entry, Map<?, ?> fact) {
        boolean link = entry.link == null ? fact.get("link") == null : entry.link.equals(fact.get("link"));
        return link && entry.mode.equals(fact.get("mode")) && entry.owner.equals(fact.get("owner")) && entry.group.equals(fact.get("group"));
    }

    boolean isSame() {
        return judgement.equals("same");
    }

    boolean isConfiguration() {
        return entry.kind.equals("configuration");
    }

    /** Does its content differ, so that a process that read it must read it again? */
    boolean hasOtherContent() {
        return !isSame() && !judgement.equals("rights");
    }

    /** May be a person's work, or that of a configuration tool: never overwritten without being named. */
    boolean isForeign() {
        return judgement.equals("changed");
    }

    String inWords() {
        switch (judgement) {
            case "same": return "is that of the backup";
            case "missing": return "is gone";
            case "rights": return "has the bytes of the backup, and other rights: " + fact.get("mode") + " " + fact.get("owner") + ":" + fact.get("group") + ", was " + entry.mode + " " + entry.owner + ":" + entry.group;
            case "deployed": return "is what was deployed";
            case "unannounced": return "differs; the deployment did not say what it writes" + changedAt();
            default: return "was CHANGED BY SOMEBODY ELSE than the deployment" + changedAt();
        }
    }

    private String changedAt() {
        return fact.get("modifiedAt") == null ? "" : "; written " + KitPage.time((Long) fact.get("modifiedAt")) + " as " + fact.get("owner");
    }

    Map<String, Object> json() {
        return Json.object("path", entry.path, "kind", entry.kind, "backup", entry.sha256, "deployed", deployed, "now", now, "judgement", judgement);
    }
}
