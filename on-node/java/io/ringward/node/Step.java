package io.ringward.node;

import java.util.Map;

/** One node-level step. */
interface Step {
    /**
     * Does the step, or finds it done: running it again after a crash ends in the same state.
     *
     * @param journal null for the steps that change nothing
     * @return the step's result as the protocol says; a `journalHead` in it is filled in afterwards
     */
    Map<String, Object> run(Request request, Journal journal) throws Exception;

    /** Tidies up once the reply is kept: before, a repetition of the request would still need what is removed here. */
    default void afterReply(Request request) throws Exception {
        return;
    }
}
