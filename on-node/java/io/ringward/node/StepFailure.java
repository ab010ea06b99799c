package io.ringward.node;

/** A step that ended without success. `code` is one of the errors catalogue; nothing of a key may stand in the texts. */
final class StepFailure extends Exception {
    private static final long serialVersionUID = 1L;
    final String code;
    final String fix;

    StepFailure(String code, String message, String fix) {
        super(message);
        this.code = code;
        this.fix = fix;
    }

    /** A field of the request that is missing, unknown or of the wrong form. */
    static StepFailure field(String name, String message) {
        return new StepFailure("FIELD_INVALID", "field " + name + ": " + message, "Mend the field " + name + " and send the request again.");
    }

    static StepFailure mismatch(String message) {
        return new StepFailure("BACKUP_MISMATCH", message, "Do not use this backup; choose an older one or repair forward.");
    }

    static StepFailure snapshotMissing(String message) {
        return new StepFailure("SNAPSHOT_MISSING", message, "Fetch the backup from S3 (step fetch-backup), then send the request again.");
    }

    /** An exception and its causes as one line; class names, since many Java messages mean little without them. */
    static String text(Throwable failure) {
        StringBuilder out = new StringBuilder();
        int depth = 0;
        for (Throwable t = failure; t != null && depth < 6; t = t.getCause() == t ? null : t.getCause(), depth++) {
            if (depth > 0) out.append(" ← ");
            out.append(t.getClass().getSimpleName());
            String message = t.getMessage();
            if (message != null && !message.isEmpty()) out.append(": ").append(oneLine(message));
        }
        return out.toString();
    }

    /** One line of at most 300 characters; a PEM block that strayed into a message is cut out. */
    static String oneLine(String message) {
        int block = message.indexOf("-----BEGIN");
        String shown = block >= 0 ? message.substring(0, block) + "(PEM left out)" : message;
        shown = shown.replace('\n', ' ').replace('\r', ' ').replace('\t', ' ');
        return shown.length() > 300 ? shown.substring(0, 300) + "…" : shown;
    }
}
