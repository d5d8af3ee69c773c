import type { Door, DoorAnswer, DoorCase, DoorName, Turn } from './door-case.js';
import type { AuditRow, Stage } from './stage.js';

export interface Played {
  readonly door: DoorName;
  readonly answer: DoorAnswer;
  readonly records: readonly AuditRow[];
}

/** A case through every door that can be asked it, one after the other, each with a user of its own. */
export async function playCase(stage: Stage, doors: readonly Door[], it: DoorCase): Promise<Played[]> {
  const played: Played[] = [];
  const conversation = new OwnConversation(stage);
  for (const door of doors) {
    if (it.not?.[door.name] !== undefined) continue;
    const turn = new OneTurn(stage, conversation);
    await it.before?.(turn);
    const ask = typeof it.ask === 'function' ? it.ask(turn) : it.ask;
    if (!door.serves(it.method, ask)) continue;
    const answer = await door.ask(it.method, ask, it.client ?? 'full');
    const records = await stage.recordsOf(answer.requestId);
    played.push(alike({ door: door.name, answer, records }, turn));
  }
  return played;
}

/** Taken when somebody asks for it; the same for every turn of a case. */
class OwnConversation {
  private id: string | null = null;

  constructor(private readonly stage: Stage) {}

  get(): string {
    return (this.id ??= this.stage.takeConversation());
  }
}

class OneTurn implements Turn {
  private static count = 0;
  readonly user = `user-of-turn-${(OneTurn.count += 1)}`;

  constructor(
    readonly stage: Stage,
    private readonly own: OwnConversation,
  ) {}

  get conversation(): string {
    return this.own.get();
  }
}

/** Without what every turn has of its own: its user, ids that were made, moments. */
function alike(played: Played, turn: Turn): Played {
  const own: readonly (readonly [RegExp | string, string])[] = [
    [turn.user, 'USER'],
    [/\b(?:ca|exe|evt|req)_[0-9A-Z]{26}\b/g, 'ID'],
    [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)/g, 'MOMENT'],
    [/\/connect\/[\w-]+/g, '/connect/LINK'],
    // of a reply that was just made, and of the provider's own requests
    [/"next_cursor":"[^"]+"/g, '"next_cursor":"CURSOR"'],
    [/"part_id":"\d+"/g, '"part_id":"PART"'],
    [/"part":\{"id":"\d+"/g, '"part":{"id":"PART"'],
  ];
  const { requestId } = played.answer;
  const text = own.reduce((said, [what, name]) => said.replaceAll(what, name), JSON.stringify(played));
  const { answer, ...rest } = JSON.parse(text) as Played;
  return { ...rest, answer: { ...answer, requestId } };
}

const OFFERS = ['connected_account.created', 'connected_account.link_created'];

/**
 * What is the same at every door: all but its name, and what is known of an agent: its run, which is its token where agents come by themselves, and its program.
 * With `offers`, leaves out the making of links for a user who has to connect: a link is not made twice in a row, and some doors
 * make the account too.
 */
export function withoutDoor({ records }: Played, offers: 'offers' | null): Omit<AuditRow, 'source'>[] {
  const told = records.filter(({ type }) => offers === null || !OFFERS.includes(type));
  return told.map(({ source: _source, detail, ...row }) => {
    const { agent_run_id: _run, agent: _program, ...others } = detail;
    return { ...row, detail: others };
  });
}
