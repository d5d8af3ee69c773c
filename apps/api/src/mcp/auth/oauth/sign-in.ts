import { Injectable } from '@nestjs/common';
import type { McpResource } from '../../caller.js';
import { DevelopmentSignIn, type DevelopmentOptions } from './development-sign-in.js';
import { IssuerSignIn, type SignInPlace } from './issuer-sign-in.js';

/** How a user can show who they are. */
export interface SignInOptions extends DevelopmentOptions {
  /** Host of the tenant's own issuer; null when it has none. */
  readonly issuerHost: string | null;
}

/** What a user sent to show who they are. */
export interface SignInAttempt {
  readonly resource: McpResource;
  readonly place: SignInPlace;
}

const NOTHING_ELSE: DevelopmentOptions = { sandboxUsers: [], passcode: false };

/** Finds out who is in front of the browser: at the tenant's own issuer, and only where there is none in the ways of development. */
@Injectable()
export class SignIn {
  constructor(
    private readonly issuer: IssuerSignIn,
    private readonly development: DevelopmentSignIn,
  ) {}

  async optionsFor(resource: McpResource): Promise<SignInOptions> {
    const issuerHost = await this.issuer.hostFor(resource.tenantId);
    return { issuerHost, ...(issuerHost === null ? await this.development.optionsFor(resource) : NOTHING_ELSE) };
  }

  /** Whether users of this URL can show who they are at all. */
  async isPossible(resource: McpResource): Promise<boolean> {
    const { issuerHost, sandboxUsers, passcode } = await this.optionsFor(resource);
    return issuerHost !== null || sandboxUsers.length > 0 || passcode;
  }

  /** Where the issuer is; null when there is none. */
  leave({ resource, place }: SignInAttempt): Promise<string | null> {
    return this.issuer.leave(resource.tenantId, place);
  }

  /** Who came back from the issuer. */
  arrived({ place }: SignInAttempt): Promise<string | null> {
    return this.issuer.arrived(place);
  }

  async pick({ resource }: SignInAttempt, user: string): Promise<string | null> {
    return (await this.optionsFor(resource)).sandboxUsers.includes(user) ? user : null;
  }

  /** Prints a code for this sign-in. False when codes are not given out here. */
  async sendPasscode({ resource, place }: SignInAttempt, identifier: string): Promise<boolean> {
    if (!(await this.optionsFor(resource)).passcode) return false;
    await this.development.sendPasscode(place.signIn, identifier);
    return true;
  }

  async redeemPasscode({ resource, place }: SignInAttempt, code: string): Promise<string | null> {
    if (!(await this.optionsFor(resource)).passcode) return null;
    return this.development.redeemPasscode(place.signIn, code);
  }
}
