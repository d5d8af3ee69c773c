import { Socket } from 'node:net';

type Connect = Socket['connect'];

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** Refuses every connection that leaves this machine, and remembers who tried. */
export class NetworkGuard {
  readonly violations: string[] = [];
  private readonly original = Object.getOwnPropertyDescriptor(Socket.prototype, 'connect')?.value as Connect;

  install(): void {
    const { original, violations } = this;
    Socket.prototype.connect = function connect(this: Socket, ...args: unknown[]): Socket {
      const target = targetOf(args);
      if (target === null || LOOPBACK.test(target)) return Reflect.apply(original, this, args) as Socket;
      violations.push(target);
      // a moment later, as a real refusal comes: TLS still has to do with the socket
      process.nextTick(() => this.destroy(new Error(`The network guard refuses a connection to ${target}`)));
      return this;
    };
  }

  remove(): void {
    Socket.prototype.connect = this.original;
  }
}

/** The host of a connection; null for a socket file. Node hands normalised arguments on as one list. */
function targetOf([first, second]: unknown[]): string | null {
  const options = Array.isArray(first) ? (first as unknown[])[0] : first;
  if (typeof options === 'object' && options !== null) {
    const { path, host } = options as { path?: string; host?: string };
    return path === undefined || path === null ? (host ?? 'localhost') : null;
  }
  if (typeof options === 'string' && !/^\d+$/.test(options)) return null;
  return typeof second === 'string' ? second : 'localhost';
}
