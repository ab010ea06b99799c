import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Aspects, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks, NagSuppressions } from 'cdk-nag';
import { expect, test } from 'vitest';
import { annotationsIn } from '../../checks/cdk.ts';

/** What the check sees of a stack with a bare queue, its finding suppressed or not. */
function findings(suppress: boolean): string[] {
  const outdir = mkdtempSync(join(tmpdir(), 'ringward-nag-'));
  try {
    const app = new App({ outdir, analyticsReporting: false });
    const stack = new Stack(app, 'Proof');
    new Queue(stack, 'Queue', { enforceSSL: true });
    if (suppress) NagSuppressions.addStackSuppressions(stack, [{ id: 'AwsSolutions-SQS3', reason: 'It is the dead-letter queue itself.' }]);
    Aspects.of(app).add(new AwsSolutionsChecks({ reports: false }));
    app.synth();
    return annotationsIn(outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

test('a finding of cdk-nag that is not suppressed is a problem, although synthesis ends well', () => {
  expect(findings(false)).toEqual([expect.stringMatching(/Queue\/Resource: AwsSolutions-SQS3/)]);
});

test('a suppressed one is none', () => {
  expect(findings(true)).toEqual([]);
});
