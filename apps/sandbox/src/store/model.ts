/**
 * What the sandbox knows, as plain data: this is also the shape of the state file. Times are epoch seconds, as in Intercom's
 * API; ids are strings, except where Intercom itself uses integers (assignees and team lists).
 */
export interface SandboxState {
  readonly version: typeof STATE_VERSION;
  workspaces: Workspace[];
  teammates: Teammate[];
  teams: Team[];
  tags: Tag[];
  companies: Company[];
  contacts: Contact[];
  conversations: Conversation[];
  codes: AuthorizationCode[];
  tokens: AccessToken[];
  /** Counts up; makes ids of parts and of conversations that arrive after the seed. */
  sequence: number;
}

/** Raised when the shape changes; a state file of another version is refused with a message that says so. */
export const STATE_VERSION = 1;

export interface Workspace {
  /** Intercom's `app.id_code`. */
  id: string;
  name: string;
  region: 'US' | 'EU' | 'AU';
  timezone: string;
  createdAt: number;
}

export interface Role {
  id: string;
  name: string;
}

export interface Teammate {
  id: string;
  workspaceId: string;
  name: string;
  email: string;
  emailVerified: boolean;
  jobTitle: string;
  role: Role;
  hasInboxSeat: boolean;
  awayModeEnabled: boolean;
  teamIds: number[];
}

export interface Team {
  id: string;
  workspaceId: string;
  name: string;
}

export interface Tag {
  id: string;
  workspaceId: string;
  name: string;
}

export interface Company {
  id: string;
  workspaceId: string;
  /** The id that the workspace's owner gave it. */
  companyId: string;
  name: string;
  plan: string;
  industry: string;
  website: string;
  size: number;
  monthlySpend: number;
  createdAt: number;
  updatedAt: number;
}

export interface Contact {
  id: string;
  workspaceId: string;
  role: 'user' | 'lead';
  externalId: string | null;
  /** Empty for a lead who left none: the description does not allow null here. */
  email: string;
  name: string | null;
  phone: string | null;
  ownerId: string | null;
  createdAt: number;
  updatedAt: number;
  signedUpAt: number | null;
  lastSeenAt: number | null;
  lastRepliedAt: number | null;
  lastContactedAt: number | null;
  browser: string | null;
  os: string | null;
  location: { country: string | null; region: string | null; city: string | null };
  unsubscribedFromEmails: boolean;
  markedEmailAsSpam: boolean;
  hasHardBounced: boolean;
  tagIds: string[];
  companyIds: string[];
  customAttributes: Record<string, string>;
  /** The contact this one was merged into; such a contact answers 410 and is never found by search. */
  mergedInto: string | null;
}

export type ConversationStatus = 'open' | 'closed' | 'snoozed';
export type Priority = 'none' | 'low' | 'medium' | 'high' | 'urgent';

export interface Author {
  type: 'admin' | 'user' | 'lead' | 'bot';
  id: string;
  name: string | null;
  email: string | null;
}

export interface Part {
  id: string;
  /** Intercom's `part_type`: comment, note, close, snoozed, open, assignment, assign_and_reopen, quick_reply. */
  type: string;
  body: string | null;
  createdAt: number;
  author: Author;
  /** State of the conversation once this part was there. */
  state: ConversationStatus;
  assignedTo: { type: 'admin' | 'team'; id: string } | null;
}

export interface Source {
  type: 'conversation' | 'email';
  id: string;
  deliveredAs: 'customer_initiated' | 'admin_initiated';
  subject: string;
  /** HTML written by a stranger. */
  body: string;
  author: Author;
  url: string | null;
}

export interface Rating {
  /** Null while the customer was asked and has not answered. */
  score: number | null;
  remark: string | null;
  requestedAt: number;
  repliedAt: number | null;
  contactId: string;
  teammateId: string;
}

export interface Conversation {
  id: string;
  workspaceId: string;
  title: string | null;
  createdAt: number;
  updatedAt: number;
  /** When the customer began to wait; null once a teammate was the last to write. */
  waitingSince: number | null;
  snoozedUntil: number | null;
  state: ConversationStatus;
  read: boolean;
  priority: Priority;
  /** 0 means unassigned, as in 2.16. */
  adminAssigneeId: number;
  teamAssigneeId: number;
  companyId: string | null;
  contactIds: string[];
  tagIds: string[];
  rating: Rating | null;
  source: Source;
  parts: Part[];
}

/** A code that was handed to a browser. Only its hash is kept. */
export interface AuthorizationCode {
  hash: string;
  clientId: string;
  redirectUri: string;
  teammateId: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** A bearer token. Only its hash is kept; a revoked one stays, so that it can be told from one that never was. */
export interface AccessToken {
  hash: string;
  clientId: string;
  teammateId: string;
  workspaceId: string;
  createdAt: number;
  revokedAt: number | null;
}
