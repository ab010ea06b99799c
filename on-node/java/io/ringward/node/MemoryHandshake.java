package io.ringward.node;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** A TLS handshake between two engines in this process: proof that key, chain and trust work together, without a port. */
final class MemoryHandshake {
    private final SSLEngine client;
    private final SSLEngine server;
    private final ByteBuffer toServer;
    private final ByteBuffer toClient;

    private MemoryHandshake(SSLContext clientContext, SSLContext serverContext, boolean mutual, String[] suites, String[] protocols) {
        client = clientContext.createSSLEngine("node", 0);
        client.setUseClientMode(true);
        server = serverContext.createSSLEngine();
        server.setUseClientMode(false);
        server.setNeedClientAuth(mutual);
        for (SSLEngine engine : new SSLEngine[] { client, server }) {
            if (suites != null) engine.setEnabledCipherSuites(suites);
            if (protocols != null) engine.setEnabledProtocols(protocols);
        }
        toServer = ByteBuffer.allocate(client.getSession().getPacketBufferSize() * 4);
        toClient = ByteBuffer.allocate(client.getSession().getPacketBufferSize() * 4);
    }

    /** Null when both sides finish, else why not. */
    static String failure(SSLContext client, SSLContext server, boolean mutual) {
        return failure(client, server, mutual, null, null);
    }

    /** As above, with the suites and protocols of a configuration; null for the JDK's own. */
    static String failure(SSLContext client, SSLContext server, boolean mutual, String[] suites, String[] protocols) {
        try {
            new MemoryHandshake(client, server, mutual, suites, protocols).run();
            return null;
        } catch (SSLException | RuntimeException e) {
            return StepFailure.text(e);
        }
    }

    private void run() throws SSLException {
        client.beginHandshake();
        server.beginHandshake();
        // A handshake takes a dozen flights at most; the bound makes a stalled one end.
        for (int i = 0; i < 200; i++) {
            step(client, toClient, toServer);
            step(server, toServer, toClient);
            boolean over = client.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING && server.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
            if (over && toServer.position() == 0 && toClient.position() == 0) return;
        }
        throw new SSLException("the handshake does not come to its end");
    }

    private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        ByteBuffer none = ByteBuffer.allocate(0);
        HandshakeStatus status = engine.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) {
            for (Runnable task; (task = engine.getDelegatedTask()) != null; ) task.run();
        } else if (status == HandshakeStatus.NEED_WRAP) {
            engine.wrap(none, out);
        } else if (in.position() > 0) {
            in.flip();
            SSLEngineResult result = engine.unwrap(in, ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()));
            in.compact();
            if (result.getStatus() == SSLEngineResult.Status.CLOSED) throw new SSLException("one side closed the handshake");
        }
    }
}
