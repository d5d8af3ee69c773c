import { claude } from './claude.js';
import type { Client, ClientId } from './client.js';
import { codex } from './codex.js';
import { cursor } from './cursor.js';
import { gemini } from './gemini.js';
import { vscode } from './vscode.js';

export const CLIENTS: Readonly<Record<ClientId, Client>> = { claude, cursor, codex, vscode, gemini };
