/** Runs every check on one snapshot and concludes: outcome, what is served, and the one root cause. */
import { fingerprintOf } from '../certificate/parse.ts';
import type { Check } from './check.ts';
import { NODE_CHECKS, type NodeCheck } from './check-names.ts';
import { certificateParsing } from './checks/certificate-parsing.ts';
import { chainValidation } from './checks/chain-validation.ts';
import { clientCanary } from './checks/client-canary.ts';
import { clientRuntimes } from './checks/client-runtimes.ts';
import { configurationTrap } from './checks/configuration-trap.ts';
import { fileIntegrity } from './checks/file-integrity.ts';
import { filePermissions } from './checks/file-permissions.ts';
import { handshakeAndRead } from './checks/handshake-and-read.ts';
import { jvmTrialLoad } from './checks/jvm-trial-load.ts';
import { jvmVerdict } from './checks/jvm-verdict.ts';
import { keyMatch } from './checks/key-match.ts';
import { latentFailure } from './checks/latent-failure.ts';
import { names } from './checks/names.ts';
import { nodeIdentity } from './checks/node-identity.ts';
import { peerHandshakes } from './checks/peer-handshakes.ts';
import { revocation } from './checks/revocation.ts';
import { ringView } from './checks/ring-view.ts';
import { servedLeaf } from './checks/served-leaf.ts';
import { serviceState } from './checks/service-state.ts';
import { storeContent } from './checks/store-content.ts';
import { strength } from './checks/strength.ts';
import { trustBetweenNodes } from './checks/trust-between-nodes.ts';
import { expiration, notBefore } from './checks/validity.ts';
import { wireFromClient } from './checks/wire-from-client.ts';
import type { CheckResult, NodeVerification } from './findings.ts';
import { outcomeOf, rootCauseOf } from './outcome.ts';
import type { VerificationPolicy } from './policy.ts';
import { keystoreOf, type VerificationSnapshot } from './snapshot.ts';

/** Every check by the name of the fact that it proves, in the order of the report. */
export const CHECKS: Readonly<Record<NodeCheck, Check>> = {
  'file-integrity': fileIntegrity,
  'certificate-parsing': certificateParsing,
  'chain-validation': chainValidation,
  'trust-between-nodes': trustBetweenNodes,
  'jvm-trial-load': jvmTrialLoad,
  'jvm-verdict': jvmVerdict,
  'store-content': storeContent,
  names,
  strength,
  revocation,
  expiration,
  'not-before': notBefore,
  'key-match': keyMatch,
  'file-permissions': filePermissions,
  'served-leaf': servedLeaf,
  'handshake-and-read': handshakeAndRead,
  'peer-handshakes': peerHandshakes,
  'latent-failure': latentFailure,
  'ring-view': ringView,
  'service-state': serviceState,
  'client-canary': clientCanary,
  'wire-from-client': wireFromClient,
  'client-runtimes': clientRuntimes,
  'configuration-trap': configurationTrap,
  'node-identity': nodeIdentity,
};

/** What `check-certificates` runs: files and wire as the node alone sees them, no trial load, no peers, no client. */
export const CERTIFICATE_CHECKS: readonly NodeCheck[] = [
  'file-integrity',
  'certificate-parsing',
  'chain-validation',
  'expiration',
  'not-before',
  'key-match',
  'file-permissions',
  'served-leaf',
  'handshake-and-read',
];

/** Runs all checks, or those named in `only`, but for those that the policy has off; `now` is our clock, ms. */
export function verifyNode(
  snapshot: VerificationSnapshot,
  policy: VerificationPolicy,
  now: number,
  only: readonly NodeCheck[] = NODE_CHECKS,
): NodeVerification {
  const asked = NODE_CHECKS.filter((name) => only.includes(name));
  const off = asked.filter((name) => policy.checks?.[name] === 'off');
  const checks = asked
    .filter((name) => !off.includes(name))
    .map((name): CheckResult => {
      const result = CHECKS[name](snapshot, policy, now);
      return policy.checks?.[name] === 'advisory' ? { ...result, advisory: true } : result;
    });
  return {
    node: snapshot.node.node,
    address: snapshot.node.address,
    at: now,
    lookedAt: Math.min(now, snapshot.lookedAt),
    outcome: outcomeOf(checks),
    checks,
    served: servedNow(snapshot),
    onDisk: onDisk(snapshot),
    rootCause: rootCauseOf(checks),
    ...(off.length > 0 ? { off } : {}),
  };
}

/** What each port shows now: the node's own handshake, else what the client or a peer saw. */
function servedNow(snapshot: VerificationSnapshot): NodeVerification['served'] {
  const { observation, client, node } = snapshot;
  const facts = [
    ...(observation?.listeners ?? []),
    ...(client?.wire.filter((fact) => fact.node === node.node) ?? []),
    ...snapshot.others.flatMap((other) => other.observation?.peers.filter((fact) => fact.to === node.node) ?? []),
  ];
  const served: NodeVerification['served'] = {};
  for (const { listener, chain } of facts) {
    if (listener !== 'legacy-internode' && chain[0] !== undefined) served[listener] ??= fingerprintOf(chain[0]);
  }
  return served;
}

function onDisk(snapshot: VerificationSnapshot): string | null {
  const store = keystoreOf(snapshot.observation, 'client') ?? keystoreOf(snapshot.observation, 'internode');
  if (!store) return null;
  if (store.chain[0] !== undefined) return fingerprintOf(store.chain[0]);
  const hash = snapshot.observation?.files.find(({ path }) => path === store.path)?.sha256;
  return hash === undefined ? null : fingerprintOf(hash);
}
