package io.ringward.node;

/** Words of a command line that a person copies. */
final class Shell {
    private Shell() {}

    /** The word as a POSIX shell takes it for one; plain where it needs no quotes. */
    static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./:@%+=,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
