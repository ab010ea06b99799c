import com.sun.tools.attach.VirtualMachine;
import java.io.File;
import java.util.ArrayList;
import java.util.List;

/**
 * Harms a running JVM of the stand from within, as a bad library would: `burn <seconds> <threads>` takes CPU, `leak <seconds>
 * <MiB a second>` keeps what it allocates until the time is over, `slow <seconds> <ms>` holds back what clients send, `refuse <seconds>
 * <percent>` cuts a share of their connections, `fail <seconds> <percent>` a share of them after the handshake; `stop 0 0`
 * ends these three. Run with a process id it loads itself into that process.
 */
public final class Saboteur {
    private static final int MIB = 1024 * 1024;

    private Saboteur() {}

    public static void main(String[] arguments) throws Exception {
        VirtualMachine machine = VirtualMachine.attach(arguments[0]);
        machine.loadAgent(new File(arguments[1]).getAbsolutePath(), arguments[2]);
        machine.detach();
    }

    public static void agentmain(String what) throws Exception {
        String[] words = what.split(" ");
        long end = System.nanoTime() + Long.parseLong(words[1]) * 1_000_000_000L;
        int amount = Integer.parseInt(words[2]);
        if (words[0].equals("stop")) {
            ClientPort.stop();
            return;
        }
        if (words[0].equals("slow")) {
            ClientPort.slow(end, amount);
            return;
        }
        if (words[0].equals("refuse")) {
            ClientPort.refuse(end, amount);
            return;
        }
        if (words[0].equals("fail")) {
            ClientPort.fail(end, amount);
            return;
        }
        for (int i = 0; i < (words[0].equals("burn") ? amount : 1); i++) {
            Thread thread = new Thread(words[0].equals("burn") ? () -> burn(end) : () -> leak(end, amount), "saboteur");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void burn(long end) {
        double x = 1;
        while (System.nanoTime() < end) for (int i = 0; i < 100_000; i++) x = Math.sqrt(x + i);
        if (x < 0) System.out.println(x);
    }

    /** Garbage beside what is kept, so that collections come often enough to show the difference. */
    private static void leak(long end, int perSecond) {
        List<byte[]> kept = new ArrayList<>();
        long garbage = 0;
        while (System.nanoTime() < end) {
            kept.add(new byte[perSecond * MIB / 10]);
            for (int i = 0; i < 100; i++) garbage += new byte[MIB / 4].length;
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                return;
            }
        }
        if (garbage < 0) System.out.println(kept.size());
    }
}
