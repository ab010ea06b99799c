package io.ringward.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLConnection;

/** PUT and GET of a pack by presigned URLs. */
final class Transfer {
    private static final int CONNECT_MS = 10000;
    private static final int READ_MS = 60000;

    private Transfer() {}

    private static HttpURLConnection open(String url) throws IOException {
        URLConnection connection = new URL(url).openConnection();
        if (!(connection instanceof HttpURLConnection)) throw new IOException("neither http nor https");
        connection.setConnectTimeout(CONNECT_MS);
        connection.setReadTimeout(READ_MS);
        ((HttpURLConnection) connection).setInstanceFollowRedirects(false);
        return (HttpURLConnection) connection;
    }

    private static StepFailure failed(String what) {
        return new StepFailure("UPLOAD_FAILED", what, "It is tried again with a fresh URL.");
    }

    /** @return the HTTP status: 2xx, or 412 when the object is already there */
    static int put(String url, Fields headers, byte[] body) throws StepFailure {
        try {
            HttpURLConnection connection = open(url);
            connection.setRequestMethod("PUT");
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(body.length);
            for (String name : headers.names()) connection.setRequestProperty(name, headers.text(name));
            OutputStream out = connection.getOutputStream();
            out.write(body);
            out.close();
            int status = connection.getResponseCode();
            connection.disconnect();
            if (status / 100 != 2 && status != 412) throw failed("the store answered the PUT with status " + status);
            return status;
        } catch (IOException e) {
            throw failed("the PUT failed: " + e.getClass().getSimpleName());
        }
    }

    static byte[] get(String url) throws StepFailure {
        try {
            HttpURLConnection connection = open(url);
            int status = connection.getResponseCode();
            if (status != 200) throw failed("the store answered the GET of the pack with status " + status);
            InputStream in = connection.getInputStream();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[65536];
            for (int n; (n = in.read(buffer)) >= 0; ) {
                out.write(buffer, 0, n);
                if (out.size() > 4 * Durable.LARGEST_FILE) throw failed("the pack is larger than any that a node makes");
            }
            in.close();
            return out.toByteArray();
        } catch (IOException e) {
            // The exception's text would hold the presigned URL.
            throw failed("the pack could not be fetched: " + e.getClass().getSimpleName());
        }
    }
}
