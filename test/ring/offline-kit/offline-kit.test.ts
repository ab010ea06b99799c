/**
 * A node of the real ring serves a leaf of another authority, and AWS is away: the commands of the runbook that lies on the node, typed
 * as they stand, bring it back. When AWS is there again, what it sent before acts on that node no more.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetCommandInvocationCommand, SendCommandCommand, type SendCommandCommandInput, SSMClient } from '@aws-sdk/client-ssm';
import { types } from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readReplyLine } from '../../../adapters/ssm/reply-line.ts';
import { askOptions } from '../../../stand/cql-probe.ts';
import { CLIENT, clientCredentials } from '../../../stand/pki/material.ts';
import { findJdk } from '../../../stand/ring/java.ts';
import { TABLE, withClient } from '../../../stand/ring/schema.ts';
import { nodeEnvironment } from '../../../stand/ring/service.ts';
import { CLIENT_PORT, PATHS, type RingNode } from '../../../stand/ring/topology.ts';
import { commandsOf, MAIN_CHAPTERS } from '../../on-node/kit/runbook-commands.ts';
import {
  deployUpToCompleted,
  journalOf,
  makeWhole,
  mixtures,
  sendCompleted,
  serves,
  type TestDeployment,
  type TestStand,
  tell,
  theStand,
  waitFor,
  waitForEnd,
  witness,
} from '../stand.ts';
import { stopAws } from './aws-away.ts';

let stand: TestStand;
let goOn: (() => Promise<void>) | undefined;
beforeAll(async () => {
  stand = await theStand();
});
afterAll(async () => {
  await goOn?.();
  await makeWhole(stand);
});

interface Typed {
  readonly code: number;
  readonly out: string;
}

/** Types a command into a root shell on the node, as a person there does: nothing of Ringward's or of AWS is in its environment. */
async function type(node: RingNode, command: string): Promise<Typed> {
  const { RINGWARD_HOME: _derived, ...env } = nodeEnvironment(node, findJdk().home);
  return await new Promise((resolve, reject) => {
    execFile('/bin/sh', ['-c', command], { cwd: '/', env, timeout: 240_000 }, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (typeof code === 'number') resolve({ code, out: `${stdout}${stderr}` });
      else reject(new Error(`${command} did not end by itself: ${stdout}${stderr}`));
    });
  });
}

/** The newest acting command that was sent to the node for this deployment, sent once more exactly as it was. */
async function answerToOldCommand(node: RingNode, { id }: TestDeployment) {
  const history = readFileSync(join(stand.ring.folder, 'local-aws/ssm-history.jsonl'), 'utf8').trim().split('\n');
  const sent = history.flatMap((line) => {
    const { kind, request } = JSON.parse(line) as { kind: string; request: SendCommandCommandInput };
    const [packed] = kind === 'SendCommand' ? (request.Parameters?.Request ?? []) : [];
    if (!packed) return [];
    const asked = JSON.parse(Buffer.from(packed, 'base64url').toString()) as { deployment: string; node: string; step: string };
    return asked.deployment === id && asked.node === node.node && !['observe', 'state'].includes(asked.step) ? [request] : [];
  });
  const old = sent.at(-1);
  if (!old) throw new Error(`no acting command of ${id} was sent to ${node.node}`);
  const ssm = new SSMClient({});
  const { Command } = await ssm.send(new SendCommandCommand(old));
  return readReplyLine(
    await waitFor('the answer to the old command', async () => {
      const found = await ssm.send(new GetCommandInvocationCommand({ CommandId: Command?.CommandId, InstanceId: node.node }));
      return ['Pending', 'InProgress', 'Delayed'].includes(found.Status ?? '') ? undefined : (found.StandardOutputContent ?? '');
    }),
  );
}

test('AWS is away: the runbook’s commands as written bring the node back, and what AWS sent before acts there no more', {
  timeout: 400_000,
}, async () => {
  const node = stand.ring.nodes[1] as RingNode;
  const deployment = await deployUpToCompleted(stand, 'other-ca', 'offline', [node]);
  const leafOfBefore = deployment.before.find((one) => one.node === node.node)?.client.leaf ?? null;
  const deployed = (await witness(stand.ring)).find((one) => one.node === node.node);
  expect(deployed && serves(deployed, leafOfBefore)).toBe(false);
  const newestEpoch = (await journalOf(node)).at(-1)?.epoch ?? 0;

  goOn = await stopAws(stand);
  const commands = commandsOf(readFileSync(join(node.folder + PATHS.ringwardHome, 'kit/RUNBOOK.txt'), 'utf8'));
  const began = performance.now();
  const codes: number[] = [];
  for (const command of MAIN_CHAPTERS.flatMap((chapter) => commands.get(chapter) ?? [])) {
    const { code, out } = await type(node, command);
    tell(`# ${command}\n${out.trimEnd()}\n→ ${code}`);
    codes.push(code);
  }
  tell(`the node was back ${((performance.now() - began) / 1000).toFixed(1)} s after the first command was typed`);
  // status says that the ports are not well, and the plan can be done. 3 after it: this node is proven, and a peer is not well yet.
  expect(codes.slice(0, 3)).toEqual([3, 0, 0]);
  expect(codes.slice(3).map((code) => code === 0 || code === 3)).toEqual([true, true]);

  // Fresh handshakes by openssl, the files' hashes, and CQL through this very node, while AWS is still away.
  expect(mixtures(await witness(stand.ring), deployment.before)).toEqual([]);
  const asked = await askOptions(node.address, CLIENT_PORT, await clientCredentials(stand.ring.pki, CLIENT));
  expect(asked).toMatchObject({ ok: true, leaf: leafOfBefore });
  await withClient(stand.ring, async (client) => {
    const host = client.hosts.get(`${node.address}:${CLIENT_PORT}`);
    const read = await client.execute(`SELECT id FROM ${TABLE} LIMIT 1`, [], {
      ...(host && { host }),
      consistency: types.consistencies.all,
    });
    expect([host?.address, read.rowLength]).toEqual([`${node.address}:${CLIENT_PORT}`, 1]);
  });
  const byHand = (await journalOf(node)).filter(({ epoch }) => epoch > newestEpoch);
  expect(new Set(byHand.map(({ epoch }) => epoch))).toEqual(new Set([newestEpoch + 1]));
  expect(byHand.map(({ step }) => step)).toContain('restore-hot');

  await goOn();
  goOn = undefined;
  expect(await answerToOldCommand(node, deployment)).toMatchObject({ ok: false, error: { code: 'EPOCH_STALE' } });
  // The deployment's own end takes the next epoch: it looks, and whatever it decides changes nothing on this node.
  await sendCompleted(deployment);
  const record = await waitForEnd(stand, deployment.id);
  tell(`the deployment ended ${record.state} under epoch ${record.epoch}`);
  const acted = (await journalOf(node)).filter(({ seq, state }) => seq > (byHand.at(-1)?.seq ?? 0) && state === 'done');
  expect(acted).toEqual([]);
  expect(mixtures(await witness(stand.ring), deployment.before)).toEqual([]);
});
