export { CLIENTS } from './clients/all-clients.js';
export { CLIENT_IDS, SCOPES, type Client, type ClientId, type Scope } from './clients/client.js';
export { installations, type Installation } from './links/install-links.js';
export { nameFromUrl, type Server } from './server.js';
export { runProgram } from './program.js';
export type { Machine } from './machine.js';
