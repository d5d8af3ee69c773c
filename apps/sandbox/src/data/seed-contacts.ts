import type { Company, Contact } from '../store/model.js';
import { BROWSERS, COMPANIES, FREE_MAIL, FULL_NAMES, PLACES, SYSTEMS } from './people.js';
import type { SeededRandom } from './random.js';
import { BOREALIS, NORTHWIND, TAGS } from './workspaces.js';

const DAY = 86_400;
const NORTHWIND_CONTACTS = 140;
const BOREALIS_CONTACTS = 14;

export function seedCompanies(random: SeededRandom, now: number): Company[] {
  return COMPANIES.map((seed, index) => ({
    id: random.hex(24),
    workspaceId: NORTHWIND,
    companyId: `cus_${String(index + 1).padStart(4, '0')}`,
    name: seed.name,
    plan: seed.plan,
    industry: seed.industry,
    website: `https://${seed.domain}`,
    size: seed.size,
    monthlySpend: seed.spend,
    createdAt: now - random.int(200, 900) * DAY,
    updatedAt: now - random.int(0, 20) * DAY,
  }));
}

export function seedContacts(random: SeededRandom, now: number, companies: readonly Company[]): Contact[] {
  const ordinary = [
    ...Array.from({ length: NORTHWIND_CONTACTS }, (_, i) => newContact(random, now, NORTHWIND, i, companies)),
    ...Array.from({ length: BOREALIS_CONTACTS }, (_, i) => newContact(random, now, BOREALIS, i, [])),
  ];
  return [...ordinary, ...sharedAddress(random, now), ...mergedChain(random, now, ordinary[0] as Contact)];
}

function newContact(
  random: SeededRandom,
  now: number,
  workspaceId: string,
  index: number,
  companies: readonly Company[],
) {
  const name = FULL_NAMES[index % FULL_NAMES.length] as string;
  const company = random.chance(0.7) && companies.length > 0 ? random.pick(companies) : null;
  const role = company !== null || random.chance(0.6) ? 'user' : 'lead';
  const mailbox = `${latin(name)}${index}`;
  const domain = company === null ? random.pick(FREE_MAIL) : new URL(company.website).host;
  return contact(random, now, {
    workspaceId,
    role,
    name: random.chance(0.96) ? name : null,
    email: random.chance(0.97) || role === 'user' ? `${mailbox}@${domain}` : '',
    externalId: role === 'user' ? `u-${workspaceId.slice(0, 2)}-${1000 + index}` : null,
    phone: random.chance(0.3) ? `+4989555${random.int(10_000, 99_999)}` : null,
    companyIds: company === null ? [] : [company.id],
    tagIds: workspaceId === NORTHWIND && random.chance(0.1) ? [TAGS.vip] : [],
  });
}

/** One address that belongs to a user and to two leads: a search by e-mail must return all three. */
function sharedAddress(random: SeededRandom, now: number): Contact[] {
  const shared = { workspaceId: NORTHWIND, email: 'sam.shared@mail.example', name: 'Sam Shared' };
  return [
    contact(random, now, { ...shared, role: 'user', externalId: 'u-shared' }),
    contact(random, now, { ...shared, role: 'lead', name: 'Sam' }),
    contact(random, now, { ...shared, role: 'lead', name: null }),
  ];
}

/** Merged twice: the first answers 410 with a link to the last, over the one in between. */
function mergedChain(random: SeededRandom, now: number, target: Contact): Contact[] {
  const middle = contact(random, now, {
    workspaceId: NORTHWIND,
    role: 'lead',
    name: 'Merged Middle',
    mergedInto: target.id,
  });
  const first = contact(random, now, {
    workspaceId: NORTHWIND,
    role: 'lead',
    name: 'Merged First',
    mergedInto: middle.id,
  });
  return [middle, first];
}

function contact(
  random: SeededRandom,
  now: number,
  facts: Partial<Contact> & Pick<Contact, 'workspaceId' | 'role'>,
): Contact {
  const createdAt = now - random.int(30, 700) * DAY;
  const seen = random.chance(0.85) ? now - random.int(0, 30 * DAY) : null;
  return {
    id: random.hex(24),
    externalId: null,
    email: '',
    name: null,
    phone: null,
    ownerId: null,
    createdAt,
    updatedAt: seen ?? createdAt,
    signedUpAt: facts.role === 'user' ? createdAt : null,
    lastSeenAt: seen,
    lastRepliedAt: null,
    lastContactedAt: null,
    browser: seen === null ? null : random.pick(BROWSERS),
    os: seen === null ? null : random.pick(SYSTEMS),
    location: random.chance(0.8) ? random.pick(PLACES) : { country: null, region: null, city: null },
    unsubscribedFromEmails: random.chance(0.08),
    markedEmailAsSpam: false,
    hasHardBounced: random.chance(0.02),
    tagIds: [],
    companyIds: [],
    customAttributes: random.chance(0.4) ? { plan_interest: random.pick(['Starter', 'Business', 'Enterprise']) } : {},
    mergedInto: null,
    ...facts,
  };
}

/** A mailbox name from a person's name; a name in another script becomes `kunde`. */
function latin(name: string): string {
  const letters = name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[^a-z ]/g, '')
    .trim();
  return letters === '' ? 'kunde' : letters.replaceAll(/ +/g, '.');
}
