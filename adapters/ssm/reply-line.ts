/** The one line that a node prints, as it is or packed. */
import { gunzipSync } from 'node:zlib';
import { NodeReply, PackedReply } from '../../core/node/protocol.ts';

/** Bytes of a reply once unpacked; a node of a large ring says some 60 KB. */
const LARGEST_REPLY = 4 * 1024 * 1024;

/** Throws for what is no reply, or one that unpacks to more than any node says. */
export function readReplyLine(line: string): NodeReply {
  const told: unknown = JSON.parse(line);
  const packed = PackedReply.safeParse(told);
  if (!packed.success) return NodeReply.parse(told);
  const text = gunzipSync(Buffer.from(packed.data.gzip, 'base64'), { maxOutputLength: LARGEST_REPLY }).toString('utf8');
  return NodeReply.parse(JSON.parse(text));
}
