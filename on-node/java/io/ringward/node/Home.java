package io.ringward.node;

import java.nio.file.Path;
import java.nio.file.Paths;

/** Where the program keeps its own things on a node; root-only. */
final class Home {
    private Home() {}

    static Path path() {
        String home = System.getenv("RINGWARD_HOME");
        return Paths.get(home == null || home.isEmpty() ? "/var/lib/ringward" : home).toAbsolutePath();
    }

    static Path of(String name) {
        return path().resolve(name);
    }

    /** Folder of systemd drop-ins; under /run, so that nothing of ours outlives a reboot. */
    static Path unitFolder() {
        String folder = System.getenv("RINGWARD_UNIT_DIR");
        return Paths.get(folder == null || folder.isEmpty() ? "/run/systemd/system" : folder).toAbsolutePath();
    }
}
