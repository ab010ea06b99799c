/** The TLS libraries that Cassandra drivers run on, each with the version that was measured and what its drivers do by default. */

export const RUNTIME_NAMES = ['java', 'openssl', 'python', 'node', 'go'] as const;
export type RuntimeName = (typeof RUNTIME_NAMES)[number];

export interface Runtime {
  /** What validates there. */
  readonly library: string;
  /** The version that the table was measured with; taken where a client registers none. */
  readonly measured: string;
  /** Does a driver that verifies its peer look at the names too, unless told otherwise? */
  readonly checksNames: boolean;
  /** Where that stands. */
  readonly driver: string;
}

export const RUNTIMES: Readonly<Record<RuntimeName, Runtime>> = {
  java: {
    library: 'JSSE, PKIX',
    measured: '17',
    checksNames: true,
    driver: 'Java driver 4, reference.conf: advanced.ssl-engine-factory.hostname-validation is true (driver 3 does not check)',
  },
  openssl: {
    library: 'OpenSSL, security level 2',
    measured: '3.0',
    checksNames: false,
    driver: 'C/C++ driver, cass_ssl_set_verify_flags: CASS_SSL_VERIFY_PEER_CERT by default',
  },
  python: {
    library: 'ssl.create_default_context',
    measured: '3.11',
    checksNames: true,
    driver: 'Python, ssl.SSLContext: check_hostname is true for clients',
  },
  node: {
    library: 'node:tls',
    measured: '24',
    checksNames: true,
    driver: 'Node.js driver 4, client.js: as tls.connect once rejectUnauthorized is true; its own default verifies nothing',
  },
  go: {
    library: 'crypto/x509',
    measured: '1.26',
    checksNames: true,
    driver: 'gocql: crypto/tls’s own verification once EnableHostVerification is set; its own default verifies nothing',
  },
};

/** What validates in a client: a runtime at a version. */
export interface RuntimeVersion {
  readonly runtime: RuntimeName;
  /** Digits and dots, such as `3.13`. */
  readonly version: string;
}

export const VERSION = /^\d{1,4}(\.\d{1,4}){0,3}$/;

/** Every runtime at its measured version, and at those where its answers change. */
export const KNOWN_RUNTIMES: readonly RuntimeVersion[] = [
  { runtime: 'java', version: '8' },
  { runtime: 'java', version: RUNTIMES.java.measured },
  { runtime: 'openssl', version: RUNTIMES.openssl.measured },
  { runtime: 'python', version: RUNTIMES.python.measured },
  { runtime: 'python', version: '3.13' },
  { runtime: 'node', version: '22' },
  { runtime: 'node', version: RUNTIMES.node.measured },
  { runtime: 'go', version: RUNTIMES.go.measured },
];

/** `node` or `node@22`; null for anything else. */
export function readRuntime(text: string): RuntimeVersion | null {
  const [, name, version] = /^([a-z]+)(?:@(.+))?$/.exec(text.trim()) ?? [];
  const runtime = RUNTIME_NAMES.find((known) => known === name);
  if (!runtime || (version !== undefined && !VERSION.test(version))) return null;
  return { runtime, version: version ?? RUNTIMES[runtime].measured };
}

/** Is `version` earlier than `other`? Compared number by number: `3.9` is earlier than `3.13`. */
export function isBefore(version: string, other: string): boolean {
  const [one, two] = [version, other].map((text) => text.split('.').map(Number));
  for (let i = 0; i < Math.max(one?.length ?? 0, two?.length ?? 0); i += 1) {
    const difference = (one?.[i] ?? 0) - (two?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
