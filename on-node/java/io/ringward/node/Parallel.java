package io.ringward.node;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/** Work that is done at the same time; threads are daemons, so a hanging one never holds the program. */
final class Parallel {
    private static final int MOST_THREADS = 64;

    private Parallel() {}

    /** Runs all and waits for all; each has its own time-outs. */
    static void run(final List<? extends Runnable> work) throws InterruptedException {
        final AtomicInteger next = new AtomicInteger();
        List<Thread> threads = new ArrayList<Thread>();
        for (int i = 0; i < Math.min(MOST_THREADS, work.size()); i++) {
            Thread thread = new Thread() {
                @Override
                public void run() {
                    for (int mine; (mine = next.getAndIncrement()) < work.size(); ) work.get(mine).run();
                }
            };
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) thread.join();
    }

    static <T> FutureTask<T> start(Callable<T> work) {
        FutureTask<T> task = new FutureTask<T>(work);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** The task's value; its own exception when it failed. */
    static <T> T value(FutureTask<T> task) throws Exception {
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception) throw (Exception) e.getCause();
            throw e;
        }
    }
}
