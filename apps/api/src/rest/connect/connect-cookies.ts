import { isOpaqueToken, OAuthSettings } from '#app/oauth';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConnectedDetails } from './page.js';

const HOUR = 3600;
const MINUTE = 60;

/**
 * The two cookies of the connect pages. One recognises the browser that opened a link when it comes back from the provider: its
 * `__Host-` name keeps other hosts of the domain from planting it, and SameSite=Lax lets it come along when the provider sends
 * the browser back. The other tells the page after a success who was connected; it is shown, and trusted for nothing.
 */
@Injectable()
export class ConnectCookies {
  private readonly secure: boolean;
  private readonly prefix: string;
  private readonly browserLife: number;

  constructor(settings: OAuthSettings) {
    this.secure = settings.publicUrl.startsWith('https:');
    this.prefix = this.secure ? '__Host-' : '';
    // Longer than a link that is opened at its last moment, plus the time at the provider
    this.browserLife = Math.max(HOUR, Math.ceil((2 * settings.linkTtlMs) / 1000));
  }

  /** Null when there is none, or none that we could have set. */
  readBrowser(request: FastifyRequest): string | null {
    const value = request.cookies[`${this.prefix}gatehouse-connect`];
    return isOpaqueToken(value) ? value : null;
  }

  setBrowser(reply: FastifyReply, value: string): void {
    this.set(reply, 'gatehouse-connect', value, this.browserLife);
  }

  readConnected(request: FastifyRequest): ConnectedDetails | null {
    const value = request.cookies[`${this.prefix}gatehouse-connected`];
    if (value === undefined) return null;
    const [provider, identifier, tenantName, label] = Buffer.from(value, 'base64url').toString('utf8').split('\n');
    return provider && identifier && tenantName ? { provider, identifier, tenantName, label: label || null } : null;
  }

  setConnected(reply: FastifyReply, { provider, identifier, tenantName, label }: ConnectedDetails): void {
    const lines = [provider, identifier, tenantName, (label ?? '').slice(0, 300)];
    const value = Buffer.from(lines.join('\n')).toString('base64url');
    this.set(reply, 'gatehouse-connected', value, MINUTE);
  }

  private set(reply: FastifyReply, name: string, value: string, maxAge: number): void {
    const { secure } = this;
    void reply.setCookie(`${this.prefix}${name}`, value, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure,
      maxAge,
    });
  }
}
