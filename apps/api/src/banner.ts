import type { AppConfig } from '#app/config';
import type { FirstTenant } from './bootstrap.js';
import { FIRST_USER } from './first-connect-link.js';

export interface BannerFacts {
  readonly config: AppConfig;
  readonly firstTenant: FirstTenant;
  /** Folder of the embedded database; null with DATABASE_URL. */
  readonly databasePlace: string | null;
  readonly sandboxUrl: string | null;
  /** Null when the first user has connected already, or there is nothing to connect to. */
  readonly connectLink: string | null;
}

/** What a newcomer needs next, in the terminal. The one place that prints the generated client secret, at the first start only. */
export function banner(facts: BannerFacts): string {
  const lines = ['', 'Gatehouse is running.', '', ...where(facts), '', ...client(facts), '', ...nextSteps(facts), ''];
  return `${lines.join('\n')}\n`;
}

function where({ config, firstTenant, databasePlace, sandboxUrl }: BannerFacts): string[] {
  const database =
    databasePlace === null ? 'Postgres at DATABASE_URL' : `embedded Postgres in ${databasePlace} (one node only)`;
  const provider = {
    real: 'Intercom itself',
    sandbox: `a sandbox Intercom at ${sandboxUrl ?? ''} (nothing leaves this machine)`,
    none: 'none: set INTERCOM_CLIENT_ID and INTERCOM_CLIENT_SECRET, or POST /api/v1/connections',
  }[firstTenant.intercom ?? 'none'];
  return [
    `  URL            ${config.http.publicUrl}`,
    '                 (REST, gRPC and MCP, over HTTP/1.1 and HTTP/2)',
    `  API reference  ${config.http.publicUrl}/api/docs`,
    `  Database       ${database}`,
    `  Provider       ${provider}`,
  ];
}

function client({ firstTenant }: BannerFacts): string[] {
  const secret = firstTenant.clientSecret ?? '(was shown at the first start, or set by you; it is stored as a digest)';
  return [
    `  Client id      ${firstTenant.clientId}`,
    `  Client secret  ${secret}`,
    ...(firstTenant.clientSecret ? [KEEP] : []),
  ];
}

const KEEP = '                 ^ keep it: it is shown this once';

function nextSteps({ config, firstTenant, connectLink }: BannerFacts): string[] {
  if (firstTenant.intercom === null || config.production) return [];
  const connect =
    connectLink === null
      ? [`1. ${FIRST_USER} has connected already, or needs a link of your own making.`]
      : [
          `1. Connect Intercom as ${FIRST_USER}: open this link in a browser and press Continue (good for ${config.oauth.linkTtlMs / 60_000} minutes)`,
          '',
          `     ${connectLink}`,
        ];
  return [
    ...connect,
    '',
    '2. List conversations as that user: paste this into a terminal',
    '',
    ...command(config, firstTenant),
  ];
}

function command({ http }: AppConfig, { clientId, clientSecret }: FirstTenant): string[] {
  const secret = clientSecret ?? '$GATEHOUSE_CLIENT_SECRET';
  return [
    `     TOKEN=$(curl -s ${http.publicUrl}/oauth/token -d grant_type=client_credentials \\`,
    `       -d client_id=${clientId} -d "client_secret=${secret}" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `     curl -s ${http.publicUrl}/api/v1/execute_tool -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\`,
    `       -d '{"tool_name":"intercom_conversations_list","identifier":"${FIRST_USER}","params":{"state":"open","limit":5}}'`,
  ];
}
