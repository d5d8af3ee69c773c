import type { Contact } from '../store/model.js';
import { CONTACT_OPERATORS, type FieldType, type SearchDialect, type SearchField } from './dialect.js';

type Get = SearchField<Contact>['get'];

const field = (type: FieldType, get: Get): SearchField<Contact> => ({ type, get });
/** Accepted by Intercom, and empty for every contact of the sandbox. */
const never = (type: FieldType): SearchField<Contact> => field(type, () => null);

const FIELDS: Readonly<Record<string, SearchField<Contact>>> = {
  id: field('string', (c) => c.id),
  role: field('string', (c) => c.role),
  name: field('string', (c) => c.name),
  avatar: never('string'),
  owner_id: field('string', (c) => c.ownerId),
  email: field('string', (c) => c.email),
  email_domain: field('string', (c) => c.email.split('@')[1] ?? null),
  phone: field('string', (c) => c.phone),
  formatted_phone: field('string', (c) => c.phone),
  external_id: field('string', (c) => c.externalId),
  created_at: field('date', (c) => c.createdAt),
  signed_up_at: field('date', (c) => c.signedUpAt),
  updated_at: field('date', (c) => c.updatedAt),
  last_seen_at: field('date', (c) => c.lastSeenAt),
  last_contacted_at: field('date', (c) => c.lastContactedAt),
  last_replied_at: field('date', (c) => c.lastRepliedAt),
  last_email_opened_at: never('date'),
  last_email_clicked_at: never('date'),
  language_override: never('string'),
  browser: field('string', (c) => c.browser),
  browser_language: never('string'),
  os: field('string', (c) => c.os),
  'location.country': field('string', (c) => c.location.country),
  'location.region': field('string', (c) => c.location.region),
  'location.city': field('string', (c) => c.location.city),
  unsubscribed_from_emails: field('boolean', (c) => c.unsubscribedFromEmails),
  marked_email_as_spam: field('boolean', (c) => c.markedEmailAsSpam),
  has_hard_bounced: field('boolean', (c) => c.hasHardBounced),
  ios_last_seen_at: never('date'),
  ios_app_version: never('string'),
  ios_device: never('string'),
  ios_app_device: never('string'),
  ios_os_version: never('string'),
  ios_app_name: never('string'),
  ios_sdk_version: never('string'),
  android_last_seen_at: never('date'),
  android_app_version: never('string'),
  android_device: never('string'),
  android_app_name: never('string'),
  andoid_sdk_version: never('string'),
  segment_id: never('string'),
  tag_id: { type: 'string', get: (c) => c.tagIds, operators: ['=', '!='] },
};

const CUSTOM_PREFIX = 'custom_attributes.';

export const CONTACT_SEARCH: SearchDialect<Contact> = {
  operators: CONTACT_OPERATORS,
  dates: 'day',
  field: (name) => {
    if (Object.hasOwn(FIELDS, name)) return FIELDS[name] ?? null;
    if (!name.startsWith(CUSTOM_PREFIX) || name.length === CUSTOM_PREFIX.length) return null;
    return field('string', (c) => c.customAttributes[name.slice(CUSTOM_PREFIX.length)] ?? null);
  },
};
