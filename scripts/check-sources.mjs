/** Rules about single expressions, which neither the linter nor the dependency rules can state. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { isGenerated } from './generate.mjs';
import { inRoot, isProgram, main } from './project.mjs';

const TESTS = /\.(spec|db-spec|e2e-spec|contract-spec|property-spec)\.ts$|\/tests?\/|^libs\/testing\//;

const isProperty = (node, name) =>
  (ts.isPropertyAccessExpression(node) && node.name.text === name) ||
  (ts.isElementAccessExpression(node) &&
    ts.isStringLiteralLike(node.argumentExpression) &&
    node.argumentExpression.text === name);

const isName = (node, ...names) => ts.isIdentifier(node) && names.includes(node.text);

/** Also `const { env } = process` and `import { env } from 'node:process'`. */
const isEnvironment = (node) =>
  (isProperty(node, 'env') && isName(node.expression, 'process')) ||
  (ts.isVariableDeclaration(node) && node.initializer !== undefined && isName(node.initializer, 'process')) ||
  (ts.isImportDeclaration(node) && /^(node:)?process$/.test(node.moduleSpecifier.text));

const RULES = [
  {
    allowed: /^libs\/(vault|egress)\//,
    matches: (node) => isProperty(node, 'reveal'),
    message: 'A Secret is revealed in libs/vault (to seal it) and libs/egress (to send it) only.',
  },
  {
    // The demo, the benchmark and the command line are programs of their own, clients of the server.
    allowed: /^(libs\/(config|cli)|apps\/(demo|bench))\//,
    matches: isEnvironment,
    message: 'The environment is read in libs/config only; take what you need from AppConfig.',
  },
  {
    // The client verifies the signatures of webhooks with it.
    allowed: /^libs\/(vault|sdk\/src\/webhooks)\//,
    matches: (node) => isName(node, 'createCipheriv', 'createDecipheriv') || isProperty(node, 'subtle'),
    message: 'Encryption happens in libs/vault only.',
  },
];

const SUPPRESSION = /(eslint|oxlint)-disable|@ts-(ignore|nocheck)/;

/** What is wrong, one line each, as `file:line: reason`. */
export function checkSources() {
  return folders().flatMap((folder) =>
    readdirSync(inRoot(folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name))
      .filter((file) => !isGenerated(file))
      .flatMap(checkFile),
  );
}

/** Of the client library only what is ours: it has packages of its own. */
function folders() {
  const libraries = readdirSync(inRoot('libs')).filter((name) => name !== 'sdk');
  return ['apps', 'migrations', ...libraries.map((name) => `libs/${name}`), 'libs/sdk/src', 'libs/sdk/test'];
}

function checkFile(file) {
  const text = readFileSync(inRoot(file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const at = (position) => `${file}:${source.getLineAndCharacterOfPosition(position).line + 1}`;
  const found = [];
  const suppressed = SUPPRESSION.exec(text);
  if (suppressed !== null)
    found.push(`${at(suppressed.index)}: Mend what the linter or compiler says instead of silencing it.`);
  if (TESTS.test(file)) return found;
  const rules = RULES.filter(({ allowed }) => !allowed.test(file));
  const visit = (node) => {
    for (const { matches, message } of rules) if (matches(node)) found.push(`${at(node.getStart(source))}: ${message}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

if (isProgram(import.meta.url)) {
  await main(() => {
    const found = checkSources();
    for (const line of found) process.stderr.write(`${line}\n`);
    return found.length === 0 ? 0 : 1;
  });
}
