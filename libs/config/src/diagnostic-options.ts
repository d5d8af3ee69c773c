/** Options of Node that write out, or open to a debugger, what the process holds in memory: keys and tokens among it. */
const REVEALING =
  /^--(inspect|debug|heapsnapshot|heap-prof|report|experimental-report|diagnostic-report|abort-on-uncaught-exception|abort_on_uncaught_exception)/;

/**
 * What must not stand in the way of a production start, by name.
 *
 * @param given the options of this process, from its command line and from `NODE_OPTIONS`
 */
export function diagnosticProblems(production: boolean, given: readonly string[]): string[] {
  if (!production) return [];
  const names = given.filter((option) => REVEALING.test(option)).map((option) => option.split('=')[0]);
  return [...new Set(names)].map(
    (name) =>
      `Node must not be started with ${name} when NODE_ENV is production (command line or NODE_OPTIONS): it lets the memory of the process, keys and tokens included, be written out`,
  );
}
