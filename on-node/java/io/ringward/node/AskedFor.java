package io.ringward.node;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509KeyManager;
import javax.security.auth.x500.X500Principal;

/**
 * Notes of which authorities a port asks for a certificate (RFC 8446, 4.2.4; RFC 5246, 7.4.4): the names in the truststore that its
 * process has loaded. Everything else is the node's own key manager's.
 */
final class AskedFor extends X509ExtendedKeyManager {
    /** Null where the node's own key cannot be used. */
    private final X509KeyManager own;
    private volatile Principal[] issuers;

    AskedFor(KeyManager[] own) {
        this.own = own != null && own.length > 0 && own[0] instanceof X509KeyManager ? (X509KeyManager) own[0] : null;
    }

    /** Names (RFC 2253); null where the port did not ask, or named none. */
    List<String> names() {
        if (issuers == null || issuers.length == 0) return null;
        List<String> names = new ArrayList<String>();
        for (Principal issuer : issuers) names.add(issuer instanceof X500Principal ? ((X500Principal) issuer).getName() : issuer.getName());
        return names;
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] asked, Socket socket) {
        issuers = asked;
        return own == null ? null : own.chooseClientAlias(keyTypes, asked, socket);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] asked) {
        return own == null ? null : own.getClientAliases(keyType, asked);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] asked) {
        return null;
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] asked, Socket socket) {
        return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return own == null ? null : own.getCertificateChain(alias);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return own == null ? null : own.getPrivateKey(alias);
    }
}
