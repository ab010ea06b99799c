import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Harms Cassandra's client port from within its own process: what comes in is held back, or some connections are cut as they come, or once they ask. */
final class ClientPort {
    private static final String NAME = "saboteur";

    /** Harm of an earlier round is over. */
    private static volatile int round;

    private ClientPort() {}

    /** Ends what is going on. */
    static void stop() {
        round++;
    }

    /** Whether harm that was begun goes on. */
    private static final class Harm {
        private final int of = round;
        private final long end;

        Harm(long end) {
            this.end = end;
        }

        boolean isOver() {
            return of != round || System.nanoTime() >= end;
        }
    }

    /** Holds back everything that clients send, on connections of before too. */
    static void slow(long end, int ms) throws Exception {
        Harm harm = new Harm(end);
        List<Channel> servers = new ArrayList<>();
        List<Channel> clients = new ArrayList<>();
        for (Channel channel : channels()) (channel instanceof ServerChannel ? servers : clients).add(channel);
        for (Channel client : clients) holdBack(client, harm, ms);
        for (Channel server : servers) onAccept(server, harm, accepted -> holdBack(accepted, harm, ms));
    }

    /** Cuts a share of the connections, in percent, before a handshake begins. */
    static void refuse(long end, int percent) throws Exception {
        Harm harm = new Harm(end);
        for (Channel channel : channels()) {
            if (!(channel instanceof ServerChannel)) continue;
            onAccept(channel, harm, accepted -> {
                if (ThreadLocalRandom.current().nextInt(100) < percent) accepted.close();
            });
        }
    }

    /** Cuts a share of the connections, in percent, at the first word that a client sends after its handshake. */
    static void fail(long end, int percent) throws Exception {
        Harm harm = new Harm(end);
        for (Channel channel : channels()) {
            if (!(channel instanceof ServerChannel)) continue;
            onAccept(channel, harm, accepted -> {
                if (ThreadLocalRandom.current().nextInt(100) < percent) cutAfterHandshake(accepted);
            });
        }
    }

    /** Last in the line, so that whatever comes here has been through TLS. */
    private static void cutAfterHandshake(Channel channel) {
        ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
        if (tls == null) return;
        channel.pipeline().addAfter(tls.name(), NAME + System.nanoTime(), new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                ReferenceCountUtil.release(message);
                context.close();
            }
        });
    }

    private static void holdBack(Channel channel, Harm harm, int ms) {
        channel.pipeline().addFirst(NAME + System.nanoTime(), new ChannelInboundHandlerAdapter() {
            private long last;

            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                long now = System.nanoTime();
                // Nothing overtakes what came before it.
                last = Math.max(last, harm.isOver() ? now : now + ms * 1_000_000L);
                context.executor().schedule(() -> {
                    context.fireChannelRead(message);
                    context.fireChannelReadComplete();
                }, last - now, TimeUnit.NANOSECONDS);
            }
        });
    }

    private interface Accepted {
        void come(Channel channel);
    }

    @Sharable
    private static final class OnAccept extends ChannelInboundHandlerAdapter {
        private final Harm harm;
        private final Accepted accepted;

        OnAccept(Harm harm, Accepted accepted) {
            this.harm = harm;
            this.accepted = accepted;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            super.channelRead(context, message);
            Channel channel = (Channel) message;
            // After Cassandra has put its own handlers there, so that ours comes before TLS.
            if (!harm.isOver()) channel.eventLoop().execute(() -> accepted.come(channel));
        }
    }

    private static void onAccept(Channel server, Harm harm, Accepted accepted) {
        String name = NAME + System.nanoTime();
        server.pipeline().addFirst(name, new OnAccept(harm, accepted));
        server.eventLoop().schedule(() -> server.pipeline().remove(name), harm.end - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private static List<Channel> channels() throws Exception {
        Object daemon = Class.forName("org.apache.cassandra.service.CassandraDaemon").getMethod("getInstanceForTesting").invoke(null);
        Object service = field(daemon, "nativeTransportService");
        List<Channel> all = new ArrayList<>();
        for (Object server : (Collection<?>) field(service, "servers")) {
            for (Object channel : (Collection<?>) field(field(server, "connectionTracker"), "allChannels")) all.add((Channel) channel);
        }
        return all;
    }

    private static Object field(Object of, String name) throws Exception {
        for (Class<?> type = of.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!field.getName().equals(name)) continue;
                field.setAccessible(true);
                return field.get(of);
            }
        }
        throw new NoSuchFieldException(of.getClass().getName() + "." + name);
    }
}
