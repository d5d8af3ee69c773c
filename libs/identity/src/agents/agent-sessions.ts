import { hash } from 'node:crypto';
import { APP_CONFIG, type AppConfig } from '#app/config';
import { CLOCK, type Clock, type TenantId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { keyIdOf } from '../access-token.js';
import { SigningKeys } from '../signing-keys.js';

/** How a program calls itself. Nobody vouches for it. */
export interface AgentProgram {
  readonly name: string;
  readonly version: string;
}

/** Whose session it is: of one user, at one URL, by one application. */
export interface AgentSubject {
  readonly tenantId: TenantId;
  readonly identifier: string;
  readonly audience: string;
  readonly agent: string;
}

const ALGORITHM = 'RS256';
/** No token of any kind passes for one of these, nor the other way round. */
const TYPE = 'mcp-session+jwt';
const LIFETIME_SECONDS = 24 * 60 * 60;
const MOST_SESSIONS = 10_000;
const LONGEST_SESSION = 4_096;

interface Session extends AgentProgram {
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Sessions of programs that say who they are in their first request only. A session is signed and says all by itself, so any node
 * reads it and nothing is kept. It is for the records: it lets nobody in, and says nothing in the hands of another user.
 */
@Injectable()
export class AgentSessions {
  /** Verified sessions by digest. */
  private readonly verified = new LRUCache<string, Session>({ max: MOST_SESSIONS });

  constructor(
    private readonly keys: SigningKeys,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  async begin(subject: AgentSubject, { name, version }: AgentProgram): Promise<string> {
    const key = await this.keys.current();
    const issuedAt = Math.floor(this.clock.now() / 1000);
    return new SignJWT({ name, version })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: key.kid })
      .setIssuer(this.config.http.publicUrl)
      .setSubject(textOf(subject))
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFETIME_SECONDS)
      .sign(key.privateKey);
  }

  /** Which program began the session; null when it is no session of this subject, or not any more. */
  async programIn(session: string, subject: AgentSubject): Promise<AgentProgram | null> {
    if (session.length > LONGEST_SESSION) return null;
    const digest = hash('sha256', session, 'base64');
    const known = this.verified.get(digest) ?? (await this.verify(session));
    if (known === null) return null;
    this.verified.set(digest, known);
    return known.subject === textOf(subject) && this.clock.now() < known.expiresAt ? known : null;
  }

  private async verify(session: string): Promise<Session | null> {
    const kid = keyIdOf(session);
    const key = kid === null ? null : await this.keys.find(kid);
    if (key === null) return null;
    try {
      const { payload } = await jwtVerify(session, key.publicKey, {
        issuer: this.config.http.publicUrl,
        typ: TYPE,
        algorithms: [ALGORITHM],
        currentDate: new Date(this.clock.now()),
        requiredClaims: ['exp', 'sub', 'name', 'version'],
      });
      const { sub = '', exp = 0, name, version } = payload;
      return { subject: sub, expiresAt: exp * 1000, name: String(name), version: String(version) };
    } catch {
      return null;
    }
  }
}

const textOf = ({ tenantId, identifier, audience, agent }: AgentSubject): string =>
  JSON.stringify([tenantId, identifier, audience, agent]);
