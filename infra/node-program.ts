/** What runs on a Cassandra host: the jar, fetched by its hash, and the two SSM documents that start it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';

const ROOT = join(import.meta.dirname, '..');
const JAR = join(ROOT, 'dist/ringward-node.jar');
const WRAPPER = '@@ringward-node.sh@@';
const PROGRAM = '@@program-sha256@@';

export class NodeProgram extends Construct {
  readonly jar: Asset;
  readonly sha256: string;
  /** Read-only steps. */
  readonly observe: CfnDocument;
  /** Steps that change a node: another document, so that two roles can be kept apart. */
  readonly act: CfnDocument;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.jar = new Asset(this, 'Jar', { path: JAR });
    this.sha256 = createHash('sha256').update(readFileSync(JAR)).digest('hex');
    this.observe = this.document('Observe', 'ringward-observe');
    this.act = this.document('Act', 'ringward-act');
  }

  private document(id: string, file: string): CfnDocument {
    const wrapper = readFileSync(join(ROOT, 'on-node/ringward-node.sh'), 'utf8');
    const content: unknown = JSON.parse(readFileSync(join(ROOT, `on-node/documents/${file}.json`), 'utf8'), (_key, value: unknown) =>
      Array.isArray(value) && value.includes(WRAPPER)
        ? value.flatMap((line: unknown) => (line === WRAPPER ? wrapper.split('\n') : [String(line).replace(PROGRAM, this.sha256)]))
        : value,
    );
    if (!JSON.stringify(content).includes(`SSM_ProgramSha256=${this.sha256}`))
      throw new Error(`${file}.json does not pin the program by its hash`);
    const document = new CfnDocument(this, id, { documentType: 'Command', documentFormat: 'JSON', updateMethod: 'NewVersion', content });
    new CfnOutput(this, `${id}Output`, { value: document.ref }).overrideLogicalId(`${id}Document`);
    return document;
  }
}
