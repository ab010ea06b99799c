/** The smallest question that each port answers, in its own protocol, without a password and without changing anything. */
import { crc32 } from 'node:zlib';
import type { ListenerName } from '../../core/node/protocol.ts';

/** Bytes to send, and what the answer must be: `undefined` while more bytes are needed, else whether it is an answer of this protocol. */
export interface Question {
  readonly ask: Buffer;
  readonly isAnswered: (received: Buffer) => boolean | undefined;
}

/** CQL v4: OPTIONS, answered by SUPPORTED (or an ERROR, which says as well that our frame was read). */
function cqlOptions(): Question {
  const [SUPPORTED, ERROR, HEADER] = [6, 0, 9];
  return {
    ask: Buffer.from([4, 0, 0, 0, 5, 0, 0, 0, 0]),
    isAnswered: (received) =>
      received.length < HEADER ? undefined : (received[0] as number) >= 0x80 && [SUPPORTED, ERROR].includes(received[4] as number),
  };
}

/**
 * Cassandra's messaging protocol (4.0 and later): Initiate, answered by Accept. Both end with a CRC that
 * starts from four fixed bytes (org.apache.cassandra.net.Crc).
 */
function internodeInitiate(ownAddress: string): Question {
  const MAGIC = 0xca552dfa;
  const CRC_START = crc32(Buffer.from([0xfa, 0x2d, 0x55, 0xca]));
  // Small messages, framing with a CRC; messaging versions 12 (4.0) to 13 (5.0).
  const FLAGS = 2 | (1 << 4) | (12 << 8) | (12 << 16) | (13 << 24);
  const address = Buffer.from(ownAddress.split('.').map(Number));
  const body = Buffer.alloc(8 + 1 + address.length + 2);
  body.writeUInt32BE(MAGIC, 0);
  body.writeInt32BE(FLAGS, 4);
  body.writeUInt8(address.length + 2, 8);
  address.copy(body, 9);
  body.writeUInt16BE(7000, 9 + address.length);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body, CRC_START));
  return {
    ask: Buffer.concat([body, crc]),
    isAnswered: (received) => (received.length < 12 ? undefined : received.readUInt32BE(8) === crc32(received.subarray(0, 8), CRC_START)),
  };
}

/** RMI, which carries JMX: `JRMI`, version 2, stream protocol; answered by an acknowledgement. */
function rmiHello(): Question {
  return {
    ask: Buffer.from([0x4a, 0x52, 0x4d, 0x49, 0, 2, 0x4b]),
    isAnswered: (received) => (received.length < 1 ? undefined : received[0] === 0x4e),
  };
}

/** `ownAddress` is the local end of the connection (IPv4); Cassandra wants to know who asks. */
export function questionFor(listener: ListenerName, ownAddress: string): Question {
  if (listener === 'client') return cqlOptions();
  return listener === 'internode' ? internodeInitiate(/^\d+\.\d+\.\d+\.\d+$/.test(ownAddress) ? ownAddress : '127.0.0.1') : rmiHello();
}
