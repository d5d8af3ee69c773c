import type { SignalSettings } from './connector.js';
import { valueAt } from './json/json-path.js';

/** The workspace that a provider's call is about; null when it names none, and what is not JSON names nothing. */
export function workspaceOfSignal({ workspace }: SignalSettings, body: Buffer): string | null {
  if (workspace === null) return null;
  try {
    const value = valueAt(JSON.parse(body.toString('utf8')), workspace);
    return typeof value === 'string' && value !== '' ? value : null;
  } catch {
    return null;
  }
}
