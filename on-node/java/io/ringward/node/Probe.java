package io.ringward.node;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.zip.CRC32;

/** The smallest question that each port answers, in its own protocol, without a password and without changing anything. */
final class Probe {
    /** Frame of protocol v4: version, flags, stream (2), opcode OPTIONS, length (4). */
    private static final byte[] CQL_OPTIONS = { 4, 0, 0, 0, 5, 0, 0, 0, 0 };
    private static final int CQL_RESPONSE = 0x80;
    private static final int CQL_ERROR = 0;
    private static final int CQL_SUPPORTED = 6;
    /** Magic and CRC start of Cassandra's messaging protocol, 4.0 and later. */
    private static final int INTERNODE_MAGIC = 0xCA552DFA;
    private static final byte[] INTERNODE_CRC_START = { (byte) 0xFA, 0x2D, 0x55, (byte) 0xCA };
    /** Messaging versions 12 (4.0) to 13 (5.0); the peer answers with the newest that it has in common. */
    private static final int INTERNODE_OLDEST = 12;
    private static final int INTERNODE_NEWEST = 13;
    /** Small messages (2), framing with a CRC (its id, 2, has its upper bit at bit 4). */
    private static final int INTERNODE_KIND = 2 | 1 << 4;
    /** `JRMI`, version 2, stream protocol; answered by an acknowledgement. */
    private static final byte[] RMI_HELLO = { 'J', 'R', 'M', 'I', 0, 2, 0x4b };
    private static final int RMI_ACKNOWLEDGED = 0x4e;

    private Probe() {}

    /** Returns when the port has answered; any other outcome is an exception. */
    static void read(String listener, Socket socket, String ownAddress, int ownPort) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        DataInputStream in = new DataInputStream(socket.getInputStream());
        if (listener.equals("client")) {
            out.write(CQL_OPTIONS);
            out.flush();
            readSupported(in);
        } else if (listener.endsWith("internode")) {
            out.write(initiate(ownAddress, ownPort));
            out.flush();
            readAccept(in);
        } else {
            out.write(RMI_HELLO);
            out.flush();
            int answer = in.readUnsignedByte();
            if (answer != RMI_ACKNOWLEDGED) throw new IOException("the port answered " + answer + ", no RMI acknowledgement");
        }
    }

    private static void readSupported(DataInputStream in) throws IOException {
        int version = in.readUnsignedByte();
        in.skipBytes(3);
        int opcode = in.readUnsignedByte();
        // An ERROR says the same as SUPPORTED for us: the server has read our frame and answered it.
        if ((version & CQL_RESPONSE) == 0 || (opcode != CQL_SUPPORTED && opcode != CQL_ERROR)) throw new IOException("no CQL answer: version " + version + ", opcode " + opcode);
    }

    /** Cassandra's Initiate: magic, flags, our own address and port, CRC. */
    private static byte[] initiate(String ownAddress, int ownPort) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(INTERNODE_MAGIC);
        out.writeInt(INTERNODE_KIND | INTERNODE_OLDEST << 8 | INTERNODE_OLDEST << 16 | INTERNODE_NEWEST << 24);
        byte[] address = InetAddress.getByName(ownAddress).getAddress();
        out.writeByte(address.length + 2);
        out.write(address);
        out.writeShort(ownPort);
        out.writeInt(crc(bytes.toByteArray(), bytes.size()));
        return bytes.toByteArray();
    }

    private static void readAccept(DataInputStream in) throws IOException {
        byte[] accept = new byte[12];
        in.readFully(accept);
        int sent = (accept[8] & 255) << 24 | (accept[9] & 255) << 16 | (accept[10] & 255) << 8 | (accept[11] & 255);
        if (sent != crc(accept, 8)) throw new IOException("the port's answer is no Accept of Cassandra");
    }

    private static int crc(byte[] bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(INTERNODE_CRC_START);
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
