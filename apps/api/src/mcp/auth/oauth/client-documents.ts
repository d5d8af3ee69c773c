import { APP_CONFIG, type AppConfig } from '#app/config';
import { EgressClient } from '#app/egress';
import { Inject, Injectable } from '@nestjs/common';
import { BUNDLED_DOCUMENTS } from './bundled-documents.js';
import { supportedMetadata } from './client-metadata.js';

/** The documents that exist are a tenth of it. */
const LARGEST_DOCUMENT = 5 * 1024;
const TIMEOUT_MS = 2_500;

/**
 * Gets what OAuth clients publish of themselves (client id metadata documents, and the keys that these name). Their addresses come
 * from strangers, so the requests leave through the egress guard: no private address, no redirect, nothing large, nothing slow.
 * Those of well-known clients are part of the installation, so that it needs no way out for them.
 */
@Injectable()
export class ClientDocuments {
  constructor(
    private readonly egress: EgressClient,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** Whether clients may name themselves by such a URL at all. */
  get accepted(): boolean {
    return this.config.mcp.clientDocuments !== 'off';
  }

  /** Whether this one may be looked up. */
  mayFetch(clientId: string): boolean {
    return this.config.mcp.clientDocuments === 'on' || clientId in BUNDLED_DOCUMENTS;
  }

  /** As `fetch` is used by the OAuth library. Throws whatever goes wrong: the library tells the client no details. */
  async fetch(address: string): Promise<Response> {
    const bundled = BUNDLED_DOCUMENTS[address];
    if (bundled !== undefined) return Response.json(bundled, { headers: { 'cache-control': 'max-age=3600' } });
    const url = new URL(address);
    const { status, headers, body } = await this.egress.send({
      url,
      method: 'GET',
      headers: { accept: 'application/json' },
      allowedHosts: [url.port === '' ? url.hostname : url.host],
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: LARGEST_DOCUMENT,
    });
    const cacheControl = headers['cache-control'];
    return new Response(normalized(body.toString(), address), {
      status,
      headers: cacheControl === undefined ? {} : { 'cache-control': cacheControl },
    });
  }
}

/** A document of a client is read as a registration is; anything else (keys) is left as it is. */
function normalized(text: string, address: string): string {
  try {
    const document = JSON.parse(text) as Record<string, unknown>;
    return document['client_id'] === address ? JSON.stringify(supportedMetadata(document)) : text;
  } catch {
    return text;
  }
}
