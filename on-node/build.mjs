/**
 * Builds `dist/ringward-node.jar`, the program on a Cassandra host: Java 8 classes, no dependencies.
 *
 * The same sources, JDK and Node give the same bytes: entries are sorted and dated 1 January 2026. Does nothing when the jar is newer than every source.
 * Prints size and SHA-256 as JSON with --json. Run by any Node ≥ 20.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const sources = join(here, 'java');
/** What the offline kit leaves on a node, carried in the jar: the wrapper, the runbook's templates, the help. */
const carried = [join(here, 'ringward-node.sh'), ...filesUnder(join(here, 'kit'))];
const jar = join(here, '..', 'dist', 'ringward-node.jar');
const MAIN = 'io.ringward.node.Main';
/** Fetched once a version; the offline kit and its runbook are a fifth of it. */
const LARGEST_JAR = 256 * 1024;
/** 1 January 2026 in the form of ZIP (MS-DOS): years since 1980, month, day. */
const DATE = ((2026 - 1980) << 9) | (1 << 5) | 1;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** A ZIP of deflated entries; `entries` is a list of [name, bytes]. */
function zip(entries) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [name, bytes] of entries) {
    const deflated = deflateRawSync(bytes, { level: 9 });
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0); // version needed
    fields.writeUInt16LE(8, 4); // deflated
    fields.writeUInt16LE(0, 6); // time of day
    fields.writeUInt16LE(DATE, 8);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(deflated.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), deflated);
    const central = Buffer.alloc(14); // no comment, disk 0, no attributes
    central.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, central, Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + deflated.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

function build(javaFiles) {
  const classes = mkdtempSync(join(tmpdir(), 'ringward-node-'));
  try {
    // Without tables of lines: no stack is ever printed, and they are a tenth of the jar.
    execFileSync(
      'javac',
      ['--release', '8', '-Xlint:all,-options', '-Werror', '-encoding', 'UTF-8', '-g:none', '-d', classes, ...javaFiles],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const manifest = `Manifest-Version: 1.0\r\nMain-Class: ${MAIN}\r\n\r\n`;
    const entries = filesUnder(classes).map((file) => [file.slice(classes.length + 1), readFileSync(file)]);
    const kit = carried.map((file) => [`kit/${basename(file)}`, readFileSync(file)]);
    const bytes = zip([['META-INF/MANIFEST.MF', Buffer.from(manifest)], ...entries, ...kit]);
    if (bytes.length > LARGEST_JAR)
      throw new Error(`the jar has ${bytes.length} bytes, more than ${LARGEST_JAR}: an SSM document's step must fetch it quickly`);
    mkdirSync(dirname(jar), { recursive: true });
    // Several builds may run at once (tests do): each writes aside, the last rename wins with the same bytes.
    const aside = `${jar}.${process.pid}`;
    writeFileSync(aside, bytes);
    renameSync(aside, jar);
  } finally {
    rmSync(classes, { recursive: true });
  }
}

const javaFiles = filesUnder(sources);
const newest = Math.max(...[...javaFiles, ...carried, fileURLToPath(import.meta.url)].map((file) => statSync(file).mtimeMs));
const isFresh = existsSync(jar) && statSync(jar).mtimeMs > newest;
if (!isFresh) build(javaFiles);
const bytes = readFileSync(jar);
const sha256 = createHash('sha256').update(bytes).digest('hex');
if (process.argv.includes('--json'))
  console.log(JSON.stringify({ jar: 'dist/ringward-node.jar', bytes: bytes.length, sha256, built: !isFresh }));
else console.log(`dist/ringward-node.jar  ${(bytes.length / 1024).toFixed(1)} KiB  sha256 ${sha256}${isFresh ? '  (up to date)' : ''}`);
