/** Which public symbols of libs/sdk lack a doc comment: whatever an entry of the package exports, and its members. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { inRoot } from './project.mjs';

const SDK = 'libs/sdk';
const OPTIONS = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, types: [] };

/** The names without a comment, as `file: name`. */
export function undocumented() {
  const program = ts.createProgram(entries(), OPTIONS, ownFilesOnly());
  const checker = program.getTypeChecker();
  const found = new Set();
  for (const entry of entries()) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry));
    for (const exported of checker.getExportsOfModule(module))
      for (const name of lacking(resolved(exported, checker), checker)) found.add(name);
  }
  return [...found];
}

/** What the agent frameworks declare is much, and none of our comments stands there. */
function ownFilesOnly() {
  const host = ts.createCompilerHost(OPTIONS);
  host.resolveModuleNameLiterals = (literals, file) =>
    literals.map(({ text }) =>
      text.startsWith('.')
        ? ts.resolveModuleName(text, file, OPTIONS, host, undefined, undefined, ts.ModuleKind.ESNext)
        : { resolvedModule: undefined },
    );
  return host;
}

/** The sources of what package.json exports. */
function entries() {
  const { exports } = JSON.parse(readFileSync(inRoot(SDK, 'package.json'), 'utf8'));
  return Object.values(exports)
    .map((each) => each.import?.default)
    .filter(Boolean)
    .map((path) => inRoot(SDK, path.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts')));
}

const resolved = (symbol, checker) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);

function lacking(symbol, checker) {
  const own = isLacking(symbol, checker) ? [nameOf(symbol)] : [];
  const members = [...(symbol.members?.values() ?? [])].filter(isPublic);
  return [...own, ...members.filter((each) => isLacking(each, checker)).map((each) => nameOf(each, symbol))];
}

const isLacking = (symbol, checker) =>
  symbol.declarations?.length > 0 && ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() === '';

/** A constructor is described by what it takes; what overrides is described by what it overrides. */
function isPublic({ name, declarations: [declaration] = [] }) {
  if (declaration === undefined || name.startsWith('__') || ts.isTypeParameterDeclaration(declaration)) return false;
  if (ts.isPropertyDeclaration(declaration) && declaration.name.getText().startsWith('#')) return false;
  if (ts.isMethodDeclaration(declaration) && declaration.name.getText().startsWith('#')) return false;
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Override;
  return (ts.getCombinedModifierFlags(declaration) & hidden) === 0 && !isInternal(declaration);
}

const isInternal = (declaration) => ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === 'internal');

function nameOf(symbol, owner) {
  const file = symbol.declarations[0].getSourceFile().fileName;
  return `${file.slice(file.indexOf(SDK))}: ${owner === undefined ? '' : `${owner.name}.`}${symbol.name}`;
}
