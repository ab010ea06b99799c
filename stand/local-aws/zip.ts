import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** 1980-01-01 in MS-DOS form: the same folder gives the same bytes. */
const DOS_DATE = 0x21;
/** Made by Unix (3 in the upper byte), so that the mode counts. */
const MADE_BY_UNIX_2_0 = 0x0314;
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A folder as a zip archive, as CDK's publisher makes it for Lambda. */
export function zipFolder(folder: string): Buffer {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const file of filesOf(folder)) {
    const name = Buffer.from(relative(folder, file));
    const content = readFileSync(file);
    const packed = deflateRawSync(content, { level: 1 });
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(UTF8_NAMES, 2);
    shared.writeUInt16LE(DEFLATED, 4);
    shared.writeUInt16LE(DOS_DATE, 8);
    shared.writeUInt32LE(crc32(content), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(content.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(MADE_BY_UNIX_2_0, 4);
    shared.copy(central, 6);
    central.writeUInt32LE(((statSync(file).mode & 0xffff) << 16) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    directory.push(central, name);
    const header = Buffer.alloc(4);
    header.writeUInt32LE(0x04034b50, 0);
    bodies.push(header, shared, name, packed);
    offset += 30 + name.length + packed.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length / 2, 8);
  end.writeUInt16LE(directory.length / 2, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, index, end]);
}
