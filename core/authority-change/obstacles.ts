/** What stands in the way of a change of authority: each rule by itself, with its reason and the way forward in one sentence each. */
import { refusedBetweenNodes, shownBetweenNodes } from './links.ts';
import type { Obstacle } from './plan.ts';
import type { AuthorityState, End, Leaf } from './state.ts';
import { clientsLostBy, unionOf } from './union.ts';

/** Every obstacle on the way to this end; empty where the way is open. */
export function obstaclesTo(state: AuthorityState, towards: End): Obstacle[] {
  return [
    ...nodesNotSeen(state),
    ...endsNotKnown(state, towards),
    ...endDoesNotConnect(state, towards),
    ...clientsRefusing(state, towards),
    ...clientsNeedingAnAuthority(state, towards),
  ];
}

/** I8: nobody knows whom such a node would accept. */
function nodesNotSeen({ unseen }: AuthorityState): Obstacle[] {
  return unseen.map(({ node, why }) => ({
    rule: 'node-not-seen',
    who: node,
    bars: 'leaves',
    why: `${node} was not seen (${why}), so nobody knows which leaves it would accept`,
    wayForward: 'Bring the node back under SSM and plan again; until then trust may be extended, and no leaf replaced.',
  }));
}

function endsNotKnown({ truststores, keystores }: AuthorityState, towards: End): Obstacle[] {
  return [...truststores, ...keystores]
    .filter(({ ends }) => ends[towards] === null)
    .map(({ node, path }) => ({
      rule: 'end-not-known',
      who: node,
      bars: 'leaves',
      why: `what ${path} on ${node} holds at the ${towards} end is not known`,
      wayForward:
        towards === 'old'
          ? 'Take the file from a verified backup, or go forward.'
          : 'Deploy the new file to that node, or announce it with its hash.',
    }));
}

/** A wanted end in which nodes refuse each other is no place to go to: the old one may have been broken before the change. */
function endDoesNotConnect(state: AuthorityState, towards: End): Obstacle[] {
  const groups = shownBetweenNodes(state, ({ ends }) => ends[towards]).filter(([first]) => first?.leaf);
  for (const truststore of state.truststores) {
    const anchors = truststore.ends[towards];
    const [refused] = anchors === null ? [] : refusedBetweenNodes(state, truststore, anchors, groups);
    if (!refused) continue;
    const why = `at the ${towards} end ${truststore.node} would refuse ${refused.node}: ${truststore.path} holds no authority of its leaf`;
    const wayForward = `Stay, or go to the ${towards === 'old' ? 'new' : 'old'} end; mend the files of the ${towards} one first.`;
    return [{ rule: 'end-does-not-connect', who: truststore.node, bars: 'everything', why, wayForward }];
  }
  return [];
}

/** Clients' truststores are their owners' (rows 5, 6 and 29 of the failure modes): a leaf that one of them would lose is not replaced. */
function clientsRefusing({ clients, keystores }: AuthorityState, towards: End): Obstacle[] {
  return clients.flatMap((client): Obstacle[] => {
    const takes = (leaf: Leaf | null): boolean => leaf?.issuers.some((issuer) => client.trusts.includes(issuer)) ?? false;
    const refused = keystores.filter(({ present, ends }) => 'client' in present && ends[towards] !== null && !takes(ends[towards]));
    const lost = refused.find(({ present }) => takes(present.client ?? null));
    const about = { who: client.name, wayForward: wayForwardOfClient(client.name, towards) };
    if (lost) {
      const why = `${client.name} accepts what ${lost.node} shows now, and trusts no authority of its ${towards} leaf`;
      return [{ ...about, rule: 'client-would-refuse', bars: 'leaves', why }];
    }
    const [already] = refused;
    if (!already) return [];
    const why = `${client.name} trusts no authority of the ${towards} leaf of ${already.node}, nor of the one that is shown now`;
    return [{ ...about, rule: 'client-refuses-already', bars: 'nothing', why }];
  });
}

const wayForwardOfClient = (name: string, towards: End): string =>
  towards === 'old'
    ? `Repair forward under the new authority; or have the owners of ${name} trust the old one again, then plan again.`
    : `Have the owners of ${name} trust the new authority beside the old one, then plan again.`;

/** With mutual TLS a client is let in by an authority too: that one stays, however old. */
function clientsNeedingAnAuthority(state: AuthorityState, towards: End): Obstacle[] {
  const shown = shownBetweenNodes(state);
  return state.truststores.flatMap((truststore) =>
    clientsLostBy(state, truststore, towards, unionOf(state, truststore, towards, shown)).map(({ name }) => ({
      rule: 'client-needs-authority',
      who: name,
      bars: 'drop',
      why: `${name} shows a leaf that ${truststore.path} on ${truststore.node} would not accept at the ${towards} end`,
      wayForward: `The authority of that leaf stays in the truststore until ${name} shows another one; then plan again.`,
    })),
  );
}
