/** For child processes, by `node --require`: a connection that leaves this machine ends the process. */
const { Socket } = require('node:net');

const connect = Object.getOwnPropertyDescriptor(Socket.prototype, 'connect').value;
Socket.prototype.connect = function guarded(...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  const host = options?.path ? 'localhost' : (options?.host ?? 'localhost');
  if (!/^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host)) {
    process.stderr.write(`The network guard refuses a connection to ${host}\n`);
    process.exit(97);
  }
  return Reflect.apply(connect, this, args);
};
