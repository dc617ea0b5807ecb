import { ask, type Answer, type ParlourSocket } from "./ask.ts";
import { isRecord, parseError, type ParlourError, type Result } from "./errors.ts";
import { count, parseList, reading } from "./reading.ts";

/** What one conversation had that the cursor did not know of, or why it cannot be told. */
export type Synced<M> =
  | {
      readonly conversationId: string;
      readonly messages: readonly M[];
      /**
       * Whether to ask again, from the last of these. Without any of them the server has perhaps not come to
       * it in time: then not even whether one is in it is known.
       */
      readonly hasMore: boolean;
      /** How far one has read, as far as the server knows. */
      readonly lastReadSeq: number;
      /** How far the other one has, in a direct conversation. */
      readonly otherLastReadSeq?: number;
    }
  | { readonly conversationId: string; readonly error: ParlourError };

/** The answer to `sync`, of one kind of conversations. */
export interface SyncAnswer<C, M> {
  readonly conversations: readonly Synced<M>[];
  /** Those that one is a member of and has named no cursor for, the most recently active. */
  readonly added: readonly C[];
  /** Whether there are more of those: what `added` lacks may still be one's own. */
  readonly addedMore: boolean;
  /** Those that a cursor was named for and that one is no member of (any more). */
  readonly removed: readonly string[];
}

/** The last place that is known, by conversation. */
export type Cursors = Readonly<Record<string, number>>;
/** How a conversation is to be heard. */
export type Form = "rooms" | "direct" | "channels";

/** What a `sync` asks. */
export interface SyncRequest {
  readonly cursors: Cursors;
  readonly forms: Readonly<Record<string, Form>>;
}

type Wire = Record<string, unknown>;

/** Asks what was missed: once for all who want to know at the same time, whatever their kind. */
export class SyncClient {
  readonly #socket: ParlourSocket;
  /** Who is told the answer of the question of this turn; `null`: there is none yet. */
  #turn: { readonly answers: Answer<Wire>[]; sent: boolean } | null = null;

  constructor(socket: ParlourSocket) {
    this.#socket = socket;
  }

  /**
   * Tells `answer` what came after the cursors. Whoever names none waits until the end of the turn for
   * one who does; that one is asked for at once, before anything else that is emitted after it.
   */
  ask(cursors: Cursors, form: Form, answer: Answer<Wire>): void {
    const turn = this.#turn ?? this.#begin();
    const hasCursors = Object.keys(cursors).length > 0;
    // A question of this turn is under way already, and it does not name these.
    if (hasCursors && turn.sent) return this.#send(cursors, form, answer);
    turn.answers.push(answer);
    if (!hasCursors) return;
    turn.sent = true;
    this.#send(cursors, form, tellAll(turn.answers));
  }

  #begin(): { readonly answers: Answer<Wire>[]; sent: boolean } {
    const turn = { answers: [], sent: false };
    this.#turn = turn;
    queueMicrotask(() => {
      this.#turn = null;
      if (!turn.sent) this.#send({}, "rooms", tellAll(turn.answers));
    });
    return turn;
  }

  #send(cursors: Cursors, form: Form, answer: Answer<Wire>): void {
    const forms = Object.fromEntries(Object.keys(cursors).map((id) => [id, form] as const));
    ask(this.#socket, answer, (timed, ack) => timed.emit("sync", { cursors, forms }, ack));
  }
}

/** An answer that is read as conversations of one kind; those of other kinds are left out. */
export function readingSync<C, M>(
  answer: Answer<SyncAnswer<C, M>>,
  parseConversation: (wire: unknown) => C | null,
  parseMessage: (wire: unknown) => M | null,
): Answer<Wire> {
  return reading(answer, (wire) => {
    const conversations = parseList(wire.conversations, (synced) => parseSynced(synced, parseMessage));
    if (conversations === null) return null;
    return {
      conversations,
      added: parseList(wire.added, parseConversation) ?? [],
      addedMore: wire.addedMore === true,
      removed: parseList(wire.removed, (id) => (typeof id === "string" ? id : null)) ?? [],
    };
  });
}

function parseSynced<M>(wire: unknown, parseMessage: (wire: unknown) => M | null): Synced<M> | null {
  if (!isRecord(wire) || typeof wire.conversationId !== "string") return null;
  const { conversationId, otherLastReadSeq } = wire;
  if (wire.error !== undefined) return { conversationId, error: parseError(wire.error) };
  return {
    conversationId,
    messages: parseList(wire.messages, parseMessage) ?? [],
    hasMore: wire.hasMore === true,
    lastReadSeq: count(wire.lastReadSeq),
    ...(typeof otherLastReadSeq === "number" ? { otherLastReadSeq } : {}),
  };
}

/** Tells all that are in the list when the answer comes. */
function tellAll(answers: readonly Answer<Wire>[]): Answer<Wire> {
  return (result: Result<Wire>) => {
    for (const answer of answers) answer(result);
  };
}
