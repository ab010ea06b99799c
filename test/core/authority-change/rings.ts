/** Rings in the middle of a change of authority: one by hand, and any of them drawn at random. Authorities are names, no certificates. */
import fc from 'fast-check';
import type { AuthorityPlan, AuthorityStep } from '../../../core/authority-change/plan.ts';
import type { Authority, AuthorityState, Client, End, Keystore, Leaf, Truststore } from '../../../core/authority-change/state.ts';
import { takeStep } from '../../../core/authority-change/take-step.ts';

/** `o1b` is `o1` again under another certificate: same name, same key. `r` has the name of `o1` and another key. */
export const AUTHORITIES = ['o1', 'o1b', 'o2', 'n1', 'n2', 'x'] as const;
const authority = (name: string): Authority => ({ sha256: name, key: name === 'o1b' ? 'o1' : name, subject: `CN=${name}`, der: name });
const authorities = Object.fromEntries(AUTHORITIES.map((name) => [name, authority(name)]));

export const leaf = (name: string, ...issuers: readonly string[]): Leaf => ({ sha256: name, issuers });
export const SHARED = '/tls/both.pem';

/** One truststore and one keystore for both ports, as most rings have it. */
export function nodeOf(node: string, trust: readonly string[], shows: End | Leaf): { truststore: Truststore; keystore: Keystore } {
  const ends = { old: leaf(`${node}-old`, 'o1'), new: leaf(`${node}-new`, 'n1') };
  const present = typeof shows === 'string' ? ends[shows] : shows;
  return {
    truststore: { node, path: '/tls/ca.pem', ports: ['client', 'internode'], present: trust, ends: { old: ['o1'], new: ['n1'] } },
    keystore: { node, path: SHARED, present: { client: present, internode: present, dialling: present }, ends },
  };
}

export function ringOf(nodes: readonly ReturnType<typeof nodeOf>[], clients: readonly Client[] = []): AuthorityState {
  return {
    nodes: nodes.map(({ truststore }) => truststore.node),
    authorities,
    truststores: nodes.map(({ truststore }) => truststore),
    keystores: nodes.map(({ keystore }) => keystore),
    clients,
    unseen: [],
  };
}

export const stepsOf = (plan: AuthorityPlan): AuthorityStep[] => plan.phases.flatMap(({ steps }) => steps);
export const walk = (state: AuthorityState, steps: readonly AuthorityStep[]): AuthorityState => steps.reduce(takeStep, state);
/** Who refuses whom, whatever leaf it is: by the plainest loops, so that the product's own reckoning is held against another. */
export function broken({ authorities: known, truststores, keystores, clients }: AuthorityState): Set<string> {
  const links = new Set<string>();
  const refuses = (anchors: readonly string[], shown: Leaf | null | undefined) =>
    !anchors.some((anchor) => shown?.issuers.some((issuer) => issuer === known[anchor]?.key));
  for (const { node, path, ports, present } of truststores) {
    for (const keystore of keystores) {
      for (const to of ['internode', 'dialling'] as const) {
        if (!(to in keystore.present) || keystore.node === node || !ports.includes('internode')) continue;
        if (refuses(present, keystore.present[to])) links.add(`${node} ${path} ${keystore.node} ${to}`);
      }
    }
    for (const { name, shows } of clients)
      if (ports.includes('client') && shows && refuses(present, shows)) links.add(`${node} ${path} ${name} client`);
  }
  for (const { name, trusts } of clients) {
    for (const { node, present } of keystores) {
      if (!('client' in present) || present.client?.issuers.some((issuer) => trusts.includes(issuer))) continue;
      links.add(`${name} authorities of the client ${node} client`);
    }
  }
  return links;
}

/** The steps of each phase in an order that `order` draws. */
export function shuffled(plan: AuthorityPlan, order: readonly number[]): AuthorityStep[] {
  return plan.phases.flatMap(({ steps }) =>
    steps
      .map((step, i) => ({ step, lot: order[(i * 7 + steps.length) % order.length] ?? 0 }))
      .toSorted((a, b) => a.lot - b.lot)
      .map(({ step }) => step),
  );
}

export const anOrder = fc.array(fc.integer(), { minLength: 1, maxLength: 12 });

/** Ends that connect in themselves; what is there now may be anything at all. */
const aNode = (node: string) =>
  fc
    .record({
      old: fc.constantFrom(['o1'], ['o1', 'o2'], ['o1b', 'o2']),
      new: fc.constantFrom(['n1'], ['n1', 'n2'], ['n1', 'o2']),
      present: fc.subarray([...AUTHORITIES]),
      shows: fc.array(fc.constantFrom('old', 'new', 'foreign', 'none'), { minLength: 3, maxLength: 3 }),
      split: fc.boolean(),
      presentOfClients: fc.subarray([...AUTHORITIES]),
      outbound: fc.boolean(),
      crossSigned: fc.boolean(),
    })
    .map((drawn) => {
      const leaves = (name: string) => ({
        old: leaf(`${node}-${name}-old`, 'o1'),
        new: leaf(`${node}-${name}-new`, 'n1', ...(drawn.crossSigned ? ['o2'] : [])),
        foreign: leaf(`${node}-${name}-foreign`, 'x'),
        none: null,
      });
      const keystore = (name: string, shown: readonly ('client' | 'internode' | 'dialling')[], from: number): Keystore => {
        const { old, new: later, ...others } = leaves(name);
        const present = Object.fromEntries(
          shown.map((to, i) => [to, { old, new: later, ...others }[drawn.shows[(from + i) % 3] as 'old' | 'new' | 'foreign' | 'none']]),
        );
        return { node, path: `/tls/${name}.pem`, present, ends: { old, new: later } };
      };
      const trust = (name: string, ports: Truststore['ports'], present: readonly string[]): Truststore => ({
        node,
        path: `/tls/${name}.pem`,
        ports,
        present,
        ends: { old: drawn.old, new: drawn.new },
      });
      return {
        truststores: drawn.split
          ? [trust('trust-nodes', ['internode'], drawn.present), trust('trust-clients', ['client'], drawn.presentOfClients)]
          : [trust('trust', ['client', 'internode'], drawn.present)],
        keystores: drawn.outbound
          ? [keystore('key', ['client', 'internode'], 0), keystore('outbound', ['dialling'], 2)]
          : [keystore('key', ['client', 'internode', 'dialling'], 0)],
      };
    });

const aClient = fc
  .record({ trusts: fc.subarray(['o1', 'n1', 'o2', 'x']), shows: fc.constantFrom(null, 'o1', 'n1', 'x') })
  .map(({ trusts, shows }): Omit<Client, 'name'> => ({ trusts, shows: shows === null ? null : leaf(`client-${shows}`, shows) }));

/** Two to four nodes, up to two clients, in any state, most of which connect nowhere. */
export const anyRing: fc.Arbitrary<AuthorityState> = fc
  .tuple(fc.integer({ min: 2, max: 4 }), fc.array(aClient, { maxLength: 2 }))
  .chain(([count, clients]) =>
    fc.tuple(...Array.from({ length: count }, (_, i) => aNode(`n${i}`))).map((nodes) => ({
      nodes: nodes.map((_, i) => `n${i}`),
      authorities,
      truststores: nodes.flatMap(({ truststores }) => truststores),
      keystores: nodes.flatMap(({ keystores }) => keystores),
      clients: clients.map((client, i) => ({ ...client, name: `client ${i}` })),
      unseen: [],
    })),
  );

/** As {@link anyRing}, with whatever authorities are missing for every link that could be made added: it connects, however mixed it is. */
export const connectingRing: fc.Arbitrary<AuthorityState> = anyRing
  .map((ring): AuthorityState => {
    const readable = (name: string) => name !== 'none';
    const clients = ring.clients.map((client) => ({ ...client, trusts: [...new Set([...client.trusts, ...shownToClients(ring)])] }));
    return {
      ...ring,
      clients,
      keystores: ring.keystores.map((keystore) => ({
        ...keystore,
        present: Object.fromEntries(Object.entries(keystore.present).map(([to, shown]) => [to, shown ?? keystore.ends.old])),
      })),
      truststores: ring.truststores.map((truststore) => {
        const others = ring.keystores
          .filter(({ node }) => node !== truststore.node)
          .flatMap(({ present, ends }) => [...Object.values(present), ends.old]);
        const facing = truststore.ports.includes('internode') ? others : [];
        const letIn = truststore.ports.includes('client') ? clients.map(({ shows }) => shows) : [];
        const wanted = [...facing, ...letIn].flatMap((shown) => (shown ? (shown.issuers[0] as string) : [])).filter(readable);
        const missing = wanted.filter((key) => !truststore.present.some((anchor) => authorities[anchor]?.key === key));
        return { ...truststore, present: [...new Set([...truststore.present, ...missing])] };
      }),
    };
  })
  .filter((ring) => broken(ring).size === 0);

const shownToClients = ({ keystores }: AuthorityState): string[] =>
  keystores.flatMap(({ present, ends }) => ('client' in present ? [(present.client ?? ends.old)?.issuers[0] as string] : []));
