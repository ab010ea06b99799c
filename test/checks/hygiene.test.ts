import { expect, test } from 'vitest';
import { judgeDeployedMachines } from '../../checks/cdk.ts';
import { brokenLinks } from '../../checks/documents.ts';
import { judgeNames, judgeVersions } from '../../checks/hygiene.ts';

test('what belongs to one machine is found, with its line', () => {
  // Put together here, so that this file does not break the rule itself.
  const slash = '/';
  expect(judgeNames('a.md', `fine\nsee ${slash}home${slash}someone/x`)).toEqual([expect.stringMatching(/^a\.md:2: an absolute path/)]);
  expect(judgeNames('a.md', 'copied from /builds/one/ringward/core', '/builds/one/')).toEqual([
    expect.stringMatching(/^a\.md:1: the folder of one clone/),
  ]);
  expect(judgeNames('.npmrc', `//registry.example/:_auth${'Token'}=x`)).toEqual([expect.stringMatching(/credential/)]);
  expect(judgeNames('package-lock.json', `"resolved"${': "https'}://registry.example/a.tgz"`)).toEqual([
    expect.stringMatching(/registry of one place/),
  ]);
  expect(judgeNames('a.pem', `-----BEGIN ${'PRIVATE KEY'}-----\n${'A'.repeat(64)}`)).toEqual([expect.stringMatching(/a private key/)]);
});

test('registered paths and relative folders are no local path', () => {
  expect(judgeNames('a.md', '/etc/cassandra/tls/node.pem on-node/work/x core/home/y ~/.aws https://example.com/home/x')).toEqual([]);
});

test('a version that is not exact is found in each of the three places', () => {
  const problems = judgeVersions(
    '{"dependencies":{"a":"^1.0.0","b":"2.0.0"},"devDependencies":{"c":"latest"}}',
    'x==1.0\ny>=2\n# z\n',
    '<version>1.0</version><version>[1,2)</version>',
  );
  expect(problems).toEqual([
    'package.json: a "^1.0.0" is not exact',
    'package.json: c "latest" is not exact',
    'requirements.txt: "y>=2" is not exact',
    'pom.xml: version "[1,2)" is not exact',
  ]);
});

test('a link to a missing file or heading is found; one in code is none', () => {
  const read = (path: string): string | null => (path === 'docs/b.md' ? '# The gate, and why' : null);
  expect(
    brokenLinks('docs/a.md', '[b](b.md#the-gate-and-why) `[x](nowhere.md)` [w](https://example.com) [self](#here)\n# Here', read),
  ).toEqual([]);
  expect(brokenLinks('docs/a.md', '[b](b.md#gone)\n[c](../c.md)', read)).toEqual([
    'docs/a.md:1: docs/b.md has no heading #gone',
    'docs/a.md:2: ../c.md does not exist',
  ]);
});

test('a definition is deployed unchanged, with exactly its placeholders', () => {
  const text = '{"StartAt":"A","States":{"A":{"Resource":"${One}"}}}';
  const template = (definition: string, ...names: string[]) => ({
    Resources: {
      M: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: { DefinitionString: definition, DefinitionSubstitutions: Object.fromEntries(names.map((name) => [name, 'arn'])) },
      },
    },
  });
  const files = new Map([['statemachines/a.asl.json', text]]);
  expect(judgeDeployedMachines([template(text, 'One')], files)).toEqual([]);
  expect(judgeDeployedMachines([template(text)], files)).toEqual([expect.stringMatching(/\$\{One\} is not filled/)]);
  expect(judgeDeployedMachines([template(text, 'One', 'Two')], files)).toEqual([expect.stringMatching(/fills \$\{Two\}/)]);
  expect(judgeDeployedMachines([template(text.replace('One', 'Other'), 'Other')], files)).toEqual([
    expect.stringMatching(/no state machine of the template/),
    expect.stringMatching(/no file of statemachines/),
  ]);
});
