/**
 * What every vendor takes for the name of a tool and of a property. OpenAI allows 64 characters, Gemini wants a letter or `_` first
 * and allows neither dots nor dashes in properties.
 */
const MAX_LENGTH = 64;

/** The name in portable spelling: the same if it is portable already. */
export function portableName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)) return name;
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d|$)/, '_');
  return plain.length <= MAX_LENGTH ? plain : `${plain.slice(0, MAX_LENGTH - 9)}_${digest(name)}`;
}

/** Portable names for all, told apart where two come out the same. Same names in the same order give the same result. */
export function portableNames(names: readonly string[]): string[] {
  const taken = new Set(names.filter((name, index) => portableName(name) === name && names.indexOf(name) === index));
  const seen = new Set<string>();
  return names.map((name) => {
    const plain = portableName(name);
    if (plain === name && !seen.has(name)) return seen.add(name) && name;
    const free = firstFree(plain, (candidate) => taken.has(candidate));
    taken.add(free);
    return free;
  });
}

function firstFree(plain: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(plain)) return plain;
  for (let count = 2; ; count++) {
    const ending = `_${count}`;
    const candidate = plain.slice(0, MAX_LENGTH - ending.length) + ending;
    if (!isTaken(candidate)) return candidate;
  }
}

/** Eight letters that tell long names with a common beginning apart (FNV-1a). */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
