/**
 * The import rules of the house. `test/checks/architecture.test.ts` breaks each rule on purpose and expects it
 * to be caught.
 */

/** Folders of the product, without the ones that only build, check or try it. */
const PRODUCT = '^(core|adapters|functions|cli|console|infra)/';
/** Ways to reach another machine or to start a program: node access is by SSM alone. */
const WAYS_OUT = '^(node:)?(child_process|cluster|dgram|http|https|http2|net|tls|worker_threads)(/|$)';

const only = (allowed) => ({ path: '^[^/]+/', pathNot: [...allowed, 'node_modules'], dependencyTypesNot: ['core'] });

module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      comment: 'core takes data and gives data back: nothing but core, node:crypto (X.509) and zod.',
      severity: 'error',
      from: { path: '^core/' },
      to: { pathNot: ['^core/', '^(node:)?crypto$', '^node_modules/zod/'] },
    },
    {
      name: 'adapters-know-core',
      comment: 'adapters → core.',
      severity: 'error',
      from: { path: '^adapters/' },
      to: only(['^core/', '^adapters/']),
    },
    {
      name: 'functions-know-core-and-adapters',
      comment: 'functions → core, adapters; what two functions share belongs into core.',
      severity: 'error',
      from: { path: '^functions/' },
      to: only(['^core/', '^adapters/', '^functions/']),
    },
    {
      name: 'no-function-imports-another',
      comment: 'One file is one Lambda is one Task state.',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^functions/' },
    },
    {
      name: 'cli-knows-core-and-adapters',
      comment: 'cli → core, adapters.',
      severity: 'error',
      from: { path: '^cli/' },
      to: only(['^core/', '^adapters/', '^cli/']),
    },
    {
      name: 'console-knows-the-report',
      comment: 'console → core/report.',
      severity: 'error',
      from: { path: '^console/' },
      to: only(['^core/report/', '^console/']),
    },
    {
      name: 'infra-knows-paths-and-names',
      comment: 'infra names files; it never imports the code that it deploys.',
      severity: 'error',
      from: { path: '^infra/' },
      to: only(['^infra/']),
    },
    {
      name: 'on-node-knows-nothing',
      comment: 'A Cassandra host has a JVM and nothing of ours.',
      severity: 'error',
      from: { path: '^on-node/' },
      to: only(['^on-node/']),
    },
    {
      name: 'product-stands-alone',
      comment: 'The product does not import what builds, checks or tries it.',
      severity: 'error',
      from: { path: PRODUCT },
      to: { path: '^(stand|test|bench|checks|setup)/' },
    },
    {
      name: 'ssm-in-one-place',
      comment: 'Node access is by SSM alone, and SSM is spoken by adapters/ssm alone.',
      severity: 'error',
      from: { path: PRODUCT, pathNot: '^adapters/ssm/' },
      to: { path: '^node_modules/@aws-sdk/client-ssm' },
    },
    {
      name: 'no-other-way-to-a-node',
      comment:
        'No process, no socket, no HTTP of our own: only adapters/tls dials (to see what a port serves), adapters/http asks (health endpoints), and adapters/engines runs this machine’s OpenSSL and JVM (check chain).',
      severity: 'error',
      from: { path: '^(core|adapters|functions|cli|console)/.*[.]ts$', pathNot: '^adapters/(tls|http|engines)/' },
      to: { path: WAYS_OUT },
    },
    {
      name: 'engines-are-for-the-command-line',
      comment: 'Programs are run at a person’s desk alone, never by a function.',
      severity: 'error',
      from: { pathNot: '^(cli|(test/)?adapters/engines)/' },
      to: { path: '^adapters/engines/' },
    },
    {
      name: 'no-ssh',
      comment: 'Node access is by SSM alone.',
      severity: 'error',
      from: {},
      to: { path: 'node_modules/(ssh2|node-ssh|simple-ssh|ssh2-promise|ssh2-sftp-client|node-scp)/' },
    },
    {
      name: 'driver-in-one-place',
      comment: 'The Cassandra driver is spoken by adapters/cassandra alone.',
      severity: 'error',
      from: { path: PRODUCT, pathNot: '^adapters/cassandra/' },
      to: { path: '^node_modules/cassandra-driver/' },
    },
    {
      name: 'product-runs-without-dev-dependencies',
      comment: 'What is deployed may not need a development package.',
      severity: 'error',
      from: { path: '^(core|adapters|functions|cli|console)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-cycle', comment: 'A cycle has no first thing to read.', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', comment: 'Every import must lead somewhere.', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared',
      comment: 'Every package is named in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(cdk[.]out|dist|[.]cache|[.]stand)/' },
    // Also what the compiler erases: a type import couples as well.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json'],
    },
  },
};
