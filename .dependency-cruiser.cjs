/**
 * The dependency rules of the design, section 3: downwards only, other libraries through their index only.
 * `npm run lint` fails on any breach.
 */
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const BASE = ['kernel', 'config', 'observability', 'policy', 'connector-kit', 'database', 'egress'];

/** What each library may import besides itself. One that isn't listed may import none. */
const MAY_IMPORT = {
  kernel: [],
  config: ['kernel'],
  observability: ['kernel'],
  policy: ['kernel'],
  'connector-kit': ['kernel'],
  database: ['kernel', 'config', 'observability'],
  egress: ['kernel', 'config', 'observability'],
  connectors: ['connector-kit'],
  identity: BASE,
  vault: BASE,
  audit: BASE,
  webhooks: [...BASE, 'vault', 'audit'],
  oauth: [...BASE, 'vault', 'audit', 'webhooks'],
  // Not the vault: the pipeline gets an authorised HTTP client from oauth, never a credential.
  tools: [...BASE, 'identity', 'audit', 'oauth'],
  sdk: [],
  cli: [],
};

const TESTS = ['\\.(spec|db-spec|e2e-spec|contract-spec|property-spec)\\.ts$', '/tests?/', '^libs/testing/'];

const libraries = readdirSync(join(__dirname, 'libs')).filter((name) => name !== 'testing');

const levels = libraries.map((library) => ({
  name: `${library}-looks-down-only`,
  comment: `libs/${library} may import ${(MAY_IMPORT[library] ?? []).join(', ') || 'no other library'}. See the table in .dependency-cruiser.cjs.`,
  severity: 'error',
  from: { path: `^libs/${library}/`, pathNot: TESTS },
  to: { path: '^libs/', pathNot: `^libs/(${[library, ...(MAY_IMPORT[library] ?? [])].join('|')})/` },
}));

const npm = (...packages) => `(^|/)node_modules/(@types/)?(${packages.join('|')})/`;

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    ...levels,
    rule('no-cycles', 'Parts that need each other are one part, or miss a third.', {}, { circular: true }),
    rule(
      'libraries-by-index',
      'Another library is used through its index only: import from "#app/<library>".',
      { path: '^libs/([^/]+)/' },
      { path: '^libs/[^/]+/src/(?!index\\.ts$)', pathNot: '^libs/$1/' },
    ),
    rule(
      'libraries-by-index-from-apps',
      'A library is used through its index only: import from "#app/<library>".',
      // The fault run is built and started by Node; what the index of libs/testing has for Jest can't be.
      { path: '^(apps|migrations)/', pathNot: '^apps/faults/src/provider\\.ts$' },
      { path: '^libs/[^/]+/src/(?!index\\.ts$)' },
    ),
    rule(
      'nobody-imports-apps',
      'Nothing depends on an app; the tests of the client run it against a live one.',
      { path: '^(libs|migrations)/', pathNot: '^libs/sdk/test/' },
      { path: '^apps/' },
    ),
    rule(
      'client-needs-nothing',
      'The published client runs wherever there is fetch: no packages and no Node but in the adapters, which know one framework each.',
      { path: '^libs/sdk/src/', pathNot: '^libs/sdk/src/adapters/' },
      { pathNot: '^libs/sdk/src/' },
    ),
    rule(
      'client-needs-no-adapter',
      'Who imports the client must not need a framework.',
      { path: '^libs/sdk/src/', pathNot: '^libs/sdk/src/adapters/' },
      { path: '^libs/sdk/src/adapters/' },
    ),
    rule(
      'apps-are-separate',
      'An app does not import another one.',
      { path: '^apps/([^/]+)/', pathNot: TESTS },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    rule(
      'connectors-are-isolated',
      'A connector knows connector-kit and its own folder: no packages, no Node, no other connector.',
      { path: '^libs/connectors/([^/]+)/', pathNot: TESTS },
      { pathNot: ['^libs/connectors/$1/', '^libs/connector-kit/src/index\\.ts$'] },
    ),
    rule(
      'connectors-are-data',
      'Connectors are reached through the registry, which reads their manifests.',
      { pathNot: ['^libs/connectors/', ...TESTS] },
      { path: '^libs/connectors/' },
    ),
    rule(
      'testing-in-tests-only',
      'libs/testing is for tests, and for the fault run, which is one.',
      { pathNot: ['^apps/faults/', ...TESTS] },
      { path: '^libs/testing/' },
    ),
    rule(
      'pure-parts-stay-pure',
      'The kernel, policy and connector-kit know no framework and no database.',
      { path: '^libs/(kernel|policy|connector-kit)/', pathNot: TESTS },
      { path: npm('@nestjs', 'typeorm', 'pg', 'fastify') },
    ),
    rule(
      'libraries-know-no-server',
      'Adapters live in apps: a library knows no HTTP server.',
      { path: '^libs/', pathNot: TESTS },
      { path: npm('fastify', '@fastify', '@nestjs/platform-fastify', '@nestjs/swagger') },
    ),
    rule(
      'one-door-out',
      'Requests leave through libs/egress only, which checks where they go.',
      // the listener is where requests come in
      { path: '^(libs|apps/api)/', pathNot: ['^libs/egress/', '^apps/api/src/listener/', ...TESTS] },
      { path: [npm('undici'), '^(http|https|http2|tls|dns|dns/promises|dgram)$'], dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'key-services-bring-their-own-door',
      'The clients of AWS and Google send requests of their own, to their key service and nowhere else: docs/adr/0012.',
      { pathNot: ['^libs/vault/src/seal/', ...TESTS] },
      { path: npm('@aws-sdk', '@smithy', 'google-auth-library', 'gaxios') },
    ),
    rule(
      'one-user-of-sockets',
      'Sockets are opened by libs/egress; libs/database tries out the folder of its own.',
      { path: '^(libs|apps/api)/', pathNot: ['^libs/(egress|database)/', ...TESTS] },
      { path: '^net$', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'no-database-at-the-doors',
      'A door parses, authenticates and renders: no DataSource, Repository or SQL.',
      { path: '^apps/api/src/(rest|rpc|mcp)/', pathNot: TESTS },
      { path: npm('typeorm', 'pg') },
    ),
    rule(
      'no-database-at-the-doors-by-index',
      'A door asks a service. Only the health check asks the database, whether it is there.',
      { path: '^apps/api/src/(rest|rpc|mcp)/', pathNot: ['^apps/api/src/rest/health/', ...TESTS] },
      { path: '^libs/database/' },
    ),
    rule(
      'no-dev-dependencies',
      'What runs in production must be in "dependencies".',
      // The frameworks are peers of the client, and tried out in its tests.
      { path: '^(libs|apps/api|apps/sandbox|migrations)/', pathNot: [...TESTS, '^libs/sdk/'] },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'resolvable',
      'The import leads nowhere.',
      // One loads what the build makes, the other has packages of its own: neither need be there yet.
      { pathNot: ['^libs/testing/src/jest-global-setup\\.mjs$', '^libs/sdk/'] },
      { couldNotResolve: true },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(libs/(sdk|cli)/)?dist(/|$)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      mainFields: ['types', 'module', 'main'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
