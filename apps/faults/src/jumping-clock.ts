/**
 * Loaded into a node before the server (`--import`), and nowhere else: sets the clock that the process sees forward or back when
 * the harness says so. The server itself has no such switch.
 */
const RealDate = Date;
let shiftMs = 0;

const shiftedNow = (): number => RealDate.now() + shiftMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, newTarget) as Date,
  get: (target, key) => (key === 'now' ? shiftedNow : (Reflect.get(target, key) as unknown)),
});

process.on('message', (milliseconds: number) => {
  shiftMs = milliseconds;
  process.send?.('set');
});
// The harness is not what keeps a node alive.
process.channel?.unref();
