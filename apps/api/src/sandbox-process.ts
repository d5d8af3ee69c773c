import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { projectRoot, type AppConfig } from '#app/config';
import { Secret } from '#app/kernel';
import type { SandboxApp } from './bootstrap.js';

const CLIENT_ID = 'sandbox-app';
const STOP_AFTER_MS = 5_000;

export interface SandboxProcess extends SandboxApp {
  stop(): Promise<void>;
}

/**
 * Runs the sandbox provider as a program of its own, which ends with this one: it watches the channel between them.
 * Its client secret is new at every start and passed through that channel, not in arguments that other users can list.
 */
export async function startSandbox(config: AppConfig): Promise<SandboxProcess> {
  const secret = randomBytes(24).toString('base64url');
  const child = fork(join(projectRoot(), 'dist', 'apps', 'sandbox', 'src', 'main.js'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const options = {
    host: '127.0.0.1',
    port: config.sandbox.port,
    clientId: CLIENT_ID,
    clientSecret: secret,
    stateFile: join(config.dataDir, 'sandbox.json'),
  };
  child.send({ type: 'start', options });
  const url = await listening(child);
  return { url, clientId: CLIENT_ID, clientSecret: new Secret(secret), stop: () => stop(child) };
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`The sandbox provider stopped at its start (exit code ${code ?? 'none'}).`)),
    );
    child.on('message', (message: { ready: boolean; url?: string; error?: string }) => {
      if (message.ready && message.url) resolve(message.url);
      else
        reject(
          new Error(
            `The sandbox provider could not start: ${message.error ?? 'unknown'}. GATEHOUSE_SANDBOX_PORT chooses its port.`,
          ),
        );
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_AFTER_MS);
  child.kill('SIGTERM');
  await gone;
  clearTimeout(timer);
}
