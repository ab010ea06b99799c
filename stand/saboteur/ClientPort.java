import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Harms Cassandra's client port from within its own process: what comes in is held back, or some connections are cut as they come. */
final class ClientPort {
    private static final String NAME = "saboteur";

    private ClientPort() {}

    /** Holds back everything that clients send, on connections of before too. */
    static void slow(long end, int ms) throws Exception {
        List<Channel> servers = new ArrayList<>();
        List<Channel> clients = new ArrayList<>();
        for (Channel channel : channels()) (channel instanceof ServerChannel ? servers : clients).add(channel);
        for (Channel client : clients) holdBack(client, end, ms);
        for (Channel server : servers) onAccept(server, end, accepted -> holdBack(accepted, end, ms));
    }

    /** Cuts a share of the connections, in percent, before a handshake begins. */
    static void refuse(long end, int percent) throws Exception {
        for (Channel channel : channels()) {
            if (!(channel instanceof ServerChannel)) continue;
            onAccept(channel, end, accepted -> {
                if (ThreadLocalRandom.current().nextInt(100) < percent) accepted.close();
            });
        }
    }

    private static void holdBack(Channel channel, long end, int ms) {
        channel.pipeline().addFirst(NAME + System.nanoTime(), new ChannelInboundHandlerAdapter() {
            private long last;

            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                long now = System.nanoTime();
                // Nothing overtakes what came before it.
                last = Math.max(last, now < end ? now + ms * 1_000_000L : now);
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
        private final long end;
        private final Accepted accepted;

        OnAccept(long end, Accepted accepted) {
            this.end = end;
            this.accepted = accepted;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            super.channelRead(context, message);
            Channel channel = (Channel) message;
            // After Cassandra has put its own handlers there, so that ours comes before TLS.
            if (System.nanoTime() < end) channel.eventLoop().execute(() -> accepted.come(channel));
        }
    }

    private static void onAccept(Channel server, long end, Accepted accepted) {
        String name = NAME + System.nanoTime();
        server.pipeline().addFirst(name, new OnAccept(end, accepted));
        server.eventLoop().schedule(() -> server.pipeline().remove(name), end - System.nanoTime(), TimeUnit.NANOSECONDS);
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
