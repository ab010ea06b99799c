package io.ringward.node;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** One fresh TLS connection: handshake, then a read in the port's own protocol, and what came of both. */
final class Dial implements Runnable {
    private static final int CONNECT_MS = 1500;
    private static final int READ_MS = 2000;

    /** Notes what the peer presents and lets the handshake go on; {@link #isTrusted} judges it afterwards. */
    private static final class Recorder implements X509TrustManager {
        private volatile X509Certificate[] chain;
        private volatile String keyExchange;

        @Override
        public void checkClientTrusted(X509Certificate[] presented, String authType) {
            chain = presented;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] presented, String authType) {
            chain = presented;
            keyExchange = authType;
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private final String listener;
    private final String address;
    private final int port;
    private final String ownAddress;
    private final int ownPort;
    private final Stores.Material material;
    private final Certificates certificates;
    private final Map<String, Object> fact = new LinkedHashMap<String, Object>();
    private Recorder recorder;
    /** Null where nobody asks for what the port asks for. */
    private AskedFor asked;
    private boolean inconclusive;
    private double readMs;

    /** @param ownAddress and ownPort what this node calls itself between nodes */
    Dial(String listener, String address, int port, String ownAddress, int ownPort, Stores.Material material, Certificates certificates) {
        this.listener = listener;
        this.address = address;
        this.port = port;
        this.ownAddress = ownAddress;
        this.ownPort = ownPort;
        this.material = material;
        this.certificates = certificates;
    }

    /** Tells in its fact which authorities the port asks for, too. */
    Dial withAsked() {
        asked = new AskedFor(material.keys);
        return this;
    }

    /** A HandshakeFact. */
    Map<String, Object> fact() {
        return fact;
    }

    String listener() {
        return listener;
    }

    /** Leaf that the port served, or null. */
    String leaf() {
        Object chain = fact.get("chain");
        return chain instanceof java.util.List && !((java.util.List<?>) chain).isEmpty() ? (String) ((java.util.List<?>) chain).get(0) : null;
    }

    boolean answered() {
        return "answered".equals(fact.get("read"));
    }

    @Override
    public void run() {
        attempt(READ_MS);
        // No answer in time, or a connection cut without an alert, can come of load as well as of a certificate (I8):
        // it is asked once more, with more patience, and the second answer counts.
        if (inconclusive) attempt(2 * READ_MS);
    }

    /** From the question to its answer, ms; null where there was none. */
    Double readMs() {
        return answered() ? readMs : null;
    }

    /** Whatever comes of it counts, a connection that is cut included. */
    void once() {
        attempt(READ_MS);
    }

    private void attempt(int readMs) {
        fact.clear();
        recorder = new Recorder();
        inconclusive = false;
        fact.put("listener", listener);
        fact.put("address", address);
        fact.put("port", port);
        fact.put("handshake", "unreachable");
        fact.put("read", "none");
        Socket plain = new Socket();
        try {
            long start = System.nanoTime();
            plain.setTcpNoDelay(true);
            plain.setSoTimeout(readMs);
            plain.connect(new InetSocketAddress(address, port), CONNECT_MS);
            shakeHands(plain, start);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            fact.put("error", StepFailure.text(e));
        } finally {
            fact.put("chain", certificates.add(recorder.chain));
            if (asked != null && asked.names() != null) fact.put("asksFor", asked.names());
            if (recorder.chain != null && material.trust.length > 0) judge();
            close(plain);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing is owed to a connection that is given up.
            return;
        }
    }

    private void shakeHands(Socket plain, long start) throws IOException, GeneralSecurityException {
        // A context of its own for each dial: a resumed session would show no certificate.
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(asked == null ? material.keys : new KeyManager[] { asked }, new TrustManager[] { recorder }, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, address, port, true);
        socket.setUseClientMode(true);
        try {
            socket.startHandshake();
        } catch (SocketTimeoutException e) {
            // Nobody has judged anybody: as if there were no connection.
            inconclusive = true;
            throw e;
        } catch (IOException e) {
            fact.put("handshake", isAlert(e) || (recorder.chain != null && isHangUp(e)) ? "refused" : "failed");
            inconclusive = !isAlert(e) && isHangUp(e);
            throw e;
        }
        SSLSession session = socket.getSession();
        fact.put("handshake", "complete");
        fact.put("ms", (System.nanoTime() - start) / 10000 / 100.0);
        fact.put("protocol", session.getProtocol());
        fact.put("cipher", session.getCipherSuite());
        try {
            long asked = System.nanoTime();
            Probe.read(listener, socket, ownAddress, ownPort);
            readMs = (System.nanoTime() - asked) / 10000 / 100.0;
            fact.put("read", "answered");
        } catch (SocketTimeoutException e) {
            fact.put("read", "timed-out");
            inconclusive = true;
            throw e;
        } catch (IOException e) {
            // TLS 1.3: a refused client learns it here, by an alert or by the connection's end.
            fact.put("read", "refused");
            inconclusive = !isAlert(e);
            throw e;
        }
    }

    /** A peer that has shown its chain and then hangs up refuses us too: its alert was overtaken by the reset, or never sent. */
    private static boolean isHangUp(IOException e) {
        return !(e instanceof SSLException) || e.getCause() instanceof EOFException || e.getCause() instanceof SocketException;
    }

    private static boolean isAlert(IOException e) {
        String message = e.getMessage();
        return message != null && message.contains("fatal alert");
    }

    private void judge() {
        String distrust = distrust(recorder.chain, material.trust, recorder.keyExchange);
        fact.put("trusted", distrust == null);
        if (distrust != null && !fact.containsKey("error")) fact.put("error", "not trusted: " + distrust);
    }

    /** Why the node's JDK would not trust the chain (PKIX, as a server's), or null. */
    static String distrust(X509Certificate[] chain, Certificate[] anchors, String keyExchange) {
        try {
            ((X509TrustManager) Store.trusting(anchors)[0]).checkServerTrusted(chain, keyExchange == null ? "UNKNOWN" : keyExchange);
            return null;
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            return StepFailure.text(e);
        }
    }
}
