package io.ringward.node;

import java.io.IOException;
import java.util.concurrent.FutureTask;

/** Asking Cassandra to read its stores again; that it does so is for the wire to prove (its answer says nothing). */
final class Reload {
    private Reload() {}

    /** @param done what is so whether or not it can be asked, for the message @return how long it took, ms */
    static double byJmx(Request request, FutureTask<JmxClient> connecting, Journal journal, String done) throws Exception {
        journal.begin("reload", "JMX reloadSslCertificates");
        CrashPoint.reach("reload-before");
        long start = System.nanoTime();
        String failure = null;
        try {
            Parallel.value(connecting).reloadCertificates();
        } catch (IOException e) {
            failure = StepFailure.text(e);
        }
        double ms = (System.nanoTime() - start) / 10000 / 100.0;
        CrashPoint.reach("reload-after");
        if (failure != null) {
            throw new StepFailure("RELOAD_FAILED", done + ", but the reload was not made: " + failure, "See that JMX answers at " + request.jmxAddress + ":" + request.jmxPort + ", then send the request again; else take the restart way.");
        }
        journal.done("reload", "in " + ms + " ms");
        return ms;
    }
}
