import type { Clock } from '#app/kernel';
import type { Company, Contact, Conversation, SandboxState, Tag, Team, Teammate, Workspace } from './model.js';

/** The sandbox's data with the look-ups its routes need. Everything is asked for within one workspace. */
export class Store {
  private readonly conversationsById = new Map<string, Conversation>();
  private readonly contactsById = new Map<string, Contact>();
  private nextWake = Infinity;

  /** @param changed called after every change, so that it can be saved */
  constructor(
    private current: SandboxState,
    private readonly clock: Clock,
    private readonly changed: () => void,
  ) {
    this.index();
  }

  /** The live data: for saving it and for the parts that own a slice of it (tokens and codes). */
  get state(): SandboxState {
    return this.current;
  }

  /** Epoch seconds, the unit of every time in Intercom's API. */
  now(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  /** Throws everything away for a new state. */
  replace(state: SandboxState): void {
    this.current = state;
    this.index();
    this.changed();
  }

  save(): void {
    this.changed();
  }

  workspace(id: string): Workspace {
    return this.current.workspaces.find((w) => w.id === id) as Workspace;
  }

  teammate(id: string): Teammate | null {
    return this.current.teammates.find((t) => t.id === id) ?? null;
  }

  teammatesOf(workspaceId: string): Teammate[] {
    return this.current.teammates.filter((t) => t.workspaceId === workspaceId);
  }

  teamsOf(workspaceId: string): Team[] {
    return this.current.teams.filter((t) => t.workspaceId === workspaceId);
  }

  tagsOf(workspaceId: string): Tag[] {
    return this.current.tags.filter((t) => t.workspaceId === workspaceId);
  }

  companiesOf(workspaceId: string): Company[] {
    return this.current.companies.filter((c) => c.workspaceId === workspaceId);
  }

  contactsOf(workspaceId: string): Contact[] {
    return this.current.contacts.filter((c) => c.workspaceId === workspaceId);
  }

  conversationsOf(workspaceId: string): Conversation[] {
    this.wakeSnoozed();
    return this.current.conversations.filter((c) => c.workspaceId === workspaceId);
  }

  contact(workspaceId: string, id: string): Contact | null {
    const contact = this.contactsById.get(id);
    return contact?.workspaceId === workspaceId ? contact : null;
  }

  conversation(workspaceId: string, id: string): Conversation | null {
    this.wakeSnoozed();
    const conversation = this.conversationsById.get(id);
    return conversation?.workspaceId === workspaceId ? conversation : null;
  }

  addConversation(conversation: Conversation): void {
    this.current.conversations.push(conversation);
    this.conversationsById.set(conversation.id, conversation);
    this.changed();
  }

  /** To be called after a conversation was changed in place. */
  touched(conversation: Conversation): void {
    if (conversation.snoozedUntil !== null) this.nextWake = Math.min(this.nextWake, conversation.snoozedUntil);
    this.changed();
  }

  nextNumber(): number {
    this.current.sequence += 1;
    return this.current.sequence;
  }

  private index(): void {
    this.conversationsById.clear();
    this.contactsById.clear();
    for (const conversation of this.current.conversations) this.conversationsById.set(conversation.id, conversation);
    for (const contact of this.current.contacts) this.contactsById.set(contact.id, contact);
    this.nextWake = -Infinity;
  }

  /** A snoozed conversation opens again when its time has come, also while the sandbox was not running. */
  private wakeSnoozed(): void {
    const now = this.now();
    if (now < this.nextWake) return;
    let next = Infinity;
    for (const conversation of this.current.conversations) {
      const due = conversation.snoozedUntil;
      if (due === null) continue;
      if (due <= now) wake(conversation, due);
      else next = Math.min(next, due);
    }
    this.nextWake = next;
  }
}

function wake(conversation: Conversation, due: number): void {
  conversation.state = 'open';
  conversation.snoozedUntil = null;
  conversation.updatedAt = Math.max(conversation.updatedAt, due);
}
