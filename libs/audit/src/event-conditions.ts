import { timeOfId, type EventId, type TenantId } from '#app/kernel';
import { cleanText, MAX_COLUMN_TEXT } from './clean-text.js';
import { firstIdAt } from './event-ids.js';

/** What a reader may look for. All given conditions must hold. */
export interface AuditFilters {
  /** From this time on. */
  readonly startTime?: Date | undefined;
  /** Before this time. */
  readonly endTime?: Date | undefined;
  /** Any of these types; none given is the same as all. */
  readonly types?: readonly string[] | undefined;
  readonly kind?: string | undefined;
  readonly tool?: string | undefined;
  readonly identifier?: string | undefined;
  readonly accountId?: string | undefined;
  readonly connectionId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly status?: string | undefined;
  readonly decision?: string | undefined;
  readonly executionId?: string | undefined;
  readonly requestId?: string | undefined;
  readonly source?: string | undefined;
}

const COLUMNS = {
  kind: 'kind',
  tool: 'tool',
  identifier: 'identifier',
  accountId: 'account_id',
  connectionId: 'connection_id',
  clientId: 'client_id',
  status: 'status',
  decision: 'decision',
  executionId: 'execution_id',
  requestId: 'request_id',
  source: 'source',
} as const satisfies Partial<Record<keyof AuditFilters, string>>;

const FILTERS = Object.entries(COLUMNS) as [keyof typeof COLUMNS, string][];

/**
 * The WHERE clause of a read. Every bound of time is put on the id too and the other way round: the id finds the place in the
 * index, `occurred_at` leaves out the partitions of other days.
 */
export class EventConditions {
  readonly values: unknown[] = [];
  private readonly parts: string[] = [];

  constructor(tenantId: TenantId, filters: AuditFilters) {
    this.add('tenant_id =', tenantId);
    for (const [name, column] of FILTERS) {
      const value = filters[name];
      if (value !== undefined) this.add(`${column} =`, stored(value));
    }
    if (filters.types?.length) this.add('type =', filters.types.map(stored), 'ANY');
    if (filters.startTime !== undefined) this.between('>=', filters.startTime);
    if (filters.endTime !== undefined) this.between('<', filters.endTime);
  }

  /** Only events older than this one. */
  before(id: EventId): this {
    return this.bound('<', id);
  }

  /** Only events newer than this one. */
  after(id: EventId): this {
    return this.bound('>', id);
  }

  /** Only this event and older ones. */
  upTo(id: EventId): this {
    return this.bound('<=', id);
  }

  get text(): string {
    return this.parts.join(' AND ');
  }

  private bound(operator: '<' | '<=' | '>', id: EventId): this {
    this.add(`id ${operator}`, id);
    return this.add(operator === '>' ? 'occurred_at >=' : 'occurred_at <=', new Date(timeOfId(id) ?? 0));
  }

  private between(operator: '>=' | '<', time: Date): void {
    this.add(`id ${operator}`, firstIdAt(time.getTime()));
    this.add(`occurred_at ${operator}`, time);
  }

  private add(comparison: string, value: unknown, ofList = ''): this {
    this.values.push(value);
    this.parts.push(`${comparison} ${ofList}($${this.values.length})`);
    return this;
  }
}

/** A text as a record would hold it. Postgres refuses a NUL in a parameter. */
const stored = (text: string): string => cleanText(text, MAX_COLUMN_TEXT);
