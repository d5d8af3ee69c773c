import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { OAuthServerRecords } from '#app/identity';
import { Injectable } from '@nestjs/common';

const KIND = 'Passcode';
const GOOD_FOR_MS = 10 * 60_000;
/** A guess of six digits succeeds once in two hundred thousand sign-ins then. */
const MOST_TRIES = 5;

/** Six digits that show, once and for one sign-in, that somebody is who they say. */
@Injectable()
export class Passcodes {
  constructor(private readonly records: OAuthServerRecords) {}

  /** A new code for this sign-in; one from before no longer counts. */
  async make(signIn: string, identifier: string): Promise<string> {
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    await this.forget(signIn);
    await this.save(signIn, { identifier, digest: digestOf(signIn, code) });
    return code;
  }

  /** Who it was made for; null when it is not the code, or was tried too often. */
  async redeem(signIn: string, code: string): Promise<string | null> {
    const record = await this.records.find(KIND, signIn);
    if (record === null || !(await this.mayTry(signIn))) return null;
    const { identifier, digest } = record.payload as { identifier: string; digest: string };
    if (!timingSafeEqual(Buffer.from(digest), Buffer.from(digestOf(signIn, code)))) return null;
    // Of two who send it at the same time, one gets in
    return (await this.records.consume(KIND, signIn)) ? identifier : null;
  }

  private async mayTry(signIn: string): Promise<boolean> {
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      const name = triesOf(signIn, attempt);
      if (await this.records.consume(KIND, name)) return true;
    }
    return false;
  }

  private async forget(signIn: string): Promise<void> {
    await this.records.delete(KIND, signIn);
  }

  /** Each try is a record of its own, used up before the code is looked at: many at once get no more of them. */
  private async save(signIn: string, payload: { identifier: string; digest: string }): Promise<void> {
    const record = { payload: {}, grantId: null, uid: null, lifetimeMs: GOOD_FOR_MS };
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1)
      await this.records.save(KIND, triesOf(signIn, attempt), record);
    await this.records.save(KIND, signIn, { ...record, payload });
  }
}

const triesOf = (signIn: string, attempt: number): string => `${signIn} try ${attempt}`;

/** The sign-in is random and not kept, so that nobody who reads the table can try out a million codes. */
const digestOf = (signIn: string, code: string): string =>
  createHmac('sha256', signIn).update(code).digest('base64url');
