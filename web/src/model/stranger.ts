import type { ConnectionState } from "@parlour/sdk/connection";
import { DISCONNECTED, type ParlourError, type Result } from "@parlour/sdk/errors";
import type { PairApi } from "@parlour/sdk/pair";
import type { PairDeparture, PairMessage, PairRoom } from "@parlour/sdk/pair-events";
import { Store, type Observable, type Unsubscribe } from "@parlour/sdk/store";
import * as list from "./line.ts";
import {
  canRetry,
  FIRST_STATE,
  writableRoom,
  type Notice,
  type Phase,
  type StrangerEvent,
  type StrangerState,
} from "./stranger-state.ts";
import { OwnTyping, PARTNER_TYPING_MS } from "./typing.ts";

/** What the stranger chat needs from outside. */
export interface StrangerPorts {
  readonly pair: PairApi;
  readonly connection: Observable<ConnectionState>;
  /** A new id for each line, never given twice. */
  readonly newId: () => string;
}

/** The whole of a person's stranger chat: where they are, who is there, what was said. */
export class StrangerChat extends Store<StrangerState> {
  readonly #pair: PairApi;
  readonly #connection: Observable<ConnectionState>;
  readonly #newId: () => string;
  readonly #ownTyping: OwnTyping;
  readonly #watchers = new Set<(event: StrangerEvent) => void>();
  #alias: string | null = null;
  #online = false;
  #typingEnds: ReturnType<typeof setTimeout> | undefined;

  constructor(ports: StrangerPorts) {
    super(FIRST_STATE);
    this.#pair = ports.pair;
    this.#connection = ports.connection;
    this.#newId = ports.newId;
    this.#ownTyping = new OwnTyping(ports.pair);
    this.#connection.subscribe(() => this.#connectionChanged());
    this.#connectionChanged();
    this.#pair.on("user_joined", (room) => this.#joined(room));
    this.#pair.on("user_left", (departure) => this.#departed(departure));
    this.#pair.on("chat_history", (lines) => this.#history(lines));
    this.#pair.on("receive_message", (line) => this.#received(line));
    this.#pair.on("typing", ({ roomId }) => this.#partnerTyping(roomId, true));
    this.#pair.on("stop_typing", ({ roomId }) => this.#partnerTyping(roomId, false));
  }

  /** Tells `watcher` what happens from now on. */
  watch(watcher: (event: StrangerEvent) => void): Unsubscribe {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Looks for someone to talk to, as `alias` (1 to 32 letters; `null`: the server's default). */
  start(alias: string | null): void {
    if (this.snapshot().phase.kind !== "idle") return;
    this.#alias = alias;
    this.#seek();
  }

  /** Leaves whoever is there and looks for the next one. */
  newChat(): void {
    const { phase, busy } = this.snapshot();
    if (phase.kind === "lost") return this.#seek();
    if (busy !== null || (phase.kind !== "talking" && phase.kind !== "left")) return;
    this.#update({ busy: "new", notice: null });
    this.#ownTyping.reset();
    this.#pair.newChat(this.#alias, (result) => this.#newChatAnswered(result));
  }

  /** Stops looking, or ends the chat: back to the first screen. */
  leave(): void {
    if (this.snapshot().phase.kind === "idle") return;
    // Whatever comes of it, the seat is gone when the socket is; nothing is left to do here.
    this.#pair.leave(() => undefined);
    this.#goIdle(null);
  }

  /** Never meets the present partner again, and leaves. */
  block(): void {
    const { phase, busy } = this.snapshot();
    if (busy !== null || (phase.kind !== "talking" && phase.kind !== "left")) return;
    this.#update({ busy: "block", notice: null });
    this.#pair.block((result) => this.#blockAnswered(result, phase.partner));
  }

  /** Sends a line; `false` when there is nobody whom it could reach. */
  send(text: string): boolean {
    const roomId = writableRoom(this.snapshot().phase);
    if (roomId === null) return false;
    const key = this.#newId();
    const author = this.#alias ?? "";
    const status = { kind: "pending" } as const;
    const line: list.Line = { key, mine: true, author, text, at: Date.now(), status };
    this.#update({ lines: list.addOwn(this.snapshot().lines, line), notice: null });
    this.#deliver(roomId, key, text);
    return true;
  }

  /** Sends a failed line once more, under the same id. */
  retry(key: string): void {
    const { phase, lines } = this.snapshot();
    const line = lines.rows.find((row) => row.key === key);
    const roomId = writableRoom(phase);
    if (line === undefined || roomId === null || !canRetry(phase, line)) return;
    this.#update({ lines: list.resend(lines, key, Date.now()) });
    this.#deliver(roomId, key, line.text);
  }

  /** Takes a failed line out of the list. */
  discard(key: string): void {
    this.#update({ lines: list.without(this.snapshot().lines, key) });
  }

  /** The text that is being written has changed. */
  drafting(text: string): void {
    if (this.snapshot().phase.kind !== "talking") return;
    if (text === "") this.#ownTyping.stop();
    else this.#ownTyping.keystroke();
  }

  /** The notice was read. */
  dismissNotice(): void {
    this.#update({ notice: null });
  }

  #seek(): void {
    const epoch = this.snapshot().epoch + 1;
    this.set({ ...FIRST_STATE, phase: { kind: "starting" }, epoch });
    if (this.#online) this.#requestSeat();
  }

  #requestSeat(): void {
    const { epoch } = this.snapshot();
    this.#pair.start(this.#alias, (result) => {
      // Cancelled, or overtaken by a reconnect that asks again.
      if (this.snapshot().phase.kind !== "starting" || this.snapshot().epoch !== epoch) return;
      if (result.ok) this.#enter(result.value, true);
      else if (result.error.code !== "disconnected") this.#goIdle(failure("start", result.error));
    });
  }

  #newChatAnswered(result: Result<PairRoom>): void {
    const { phase, epoch, busy } = this.snapshot();
    if (busy !== "new") return;
    if (!result.ok) return this.#update({ busy: null, notice: failure("new", result.error) });
    const fresh = phase.kind !== "left" || phase.roomId !== result.value.roomId;
    this.set({ ...FIRST_STATE, phase, epoch: epoch + 1 });
    this.#enter(result.value, fresh);
  }

  #blockAnswered(result: Result<object>, partner: string): void {
    if (this.snapshot().phase.kind === "idle") return;
    if (result.ok) this.#goIdle({ kind: "blocked", partner });
    else this.#update({ busy: null, notice: failure("block", result.error) });
  }

  #enter(room: PairRoom, fresh: boolean): void {
    const { roomId } = room;
    if (room.status === "active") this.#talk(room);
    else this.#update({ phase: { kind: "waiting", roomId, fresh } });
  }

  #talk(room: PairRoom): void {
    const partner = room.users.find((user) => user.socketId !== this.#pair.socketId)?.username;
    if (partner === undefined) return;
    this.#update({ phase: { kind: "talking", roomId: room.roomId, partner }, partnerTyping: false });
    this.#tell({ kind: "joined", partner });
  }

  #joined(room: PairRoom): void {
    const { phase, epoch } = this.snapshot();
    if (phase.kind === "waiting") return this.#enter(room, phase.fresh);
    if (phase.kind !== "left" || room.status !== "active") return;
    // The next one came by themselves: what is in the field was not meant for them.
    this.set({ ...this.snapshot(), epoch: epoch + 1, lines: list.NO_LINES, notice: null });
    this.#talk(room);
  }

  #departed(departure: PairDeparture): void {
    const { phase } = this.snapshot();
    if (phase.kind !== "talking") return;
    const { partner } = phase;
    this.#ownTyping.reset();
    this.#update({ phase: { kind: "left", roomId: departure.roomId, partner }, partnerTyping: false });
    this.#tell({ kind: "left", partner });
  }

  #history(messages: readonly PairMessage[]): void {
    const { phase, lines } = this.snapshot();
    if (phase.kind !== "talking") return;
    const history = messages.map((message) => list.lineFromWire(message, this.#pair.socketId));
    this.#update({ lines: list.replaceWith(lines, history) });
    for (const line of history) if (!line.mine) this.#tell({ kind: "line", line });
  }

  #received(message: PairMessage): void {
    const { phase, lines } = this.snapshot();
    if (!("roomId" in phase) || phase.roomId !== message.roomId) return;
    const line = list.lineFromWire(message, this.#pair.socketId);
    this.#update({ lines: list.receive(lines, line) });
    if (line.mine) return;
    this.#partnerTyping(message.roomId, false);
    this.#tell({ kind: "line", line });
  }

  #partnerTyping(roomId: string, typing: boolean): void {
    const { phase } = this.snapshot();
    if (phase.kind !== "talking" || phase.roomId !== roomId) return;
    clearTimeout(this.#typingEnds);
    if (typing) {
      const end = (): void => this.#partnerTyping(roomId, false);
      this.#typingEnds = setTimeout(end, PARTNER_TYPING_MS);
    }
    this.#update({ partnerTyping: typing });
  }

  #deliver(roomId: string, key: string, text: string): void {
    this.#ownTyping.reset();
    this.#pair.send({ text, roomId, clientId: key }, (result) => {
      const { lines } = this.snapshot();
      if (!lines.rows.some((row) => row.key === key)) return;
      if (result.ok) {
        const line = list.lineFromWire(result.value.message, this.#pair.socketId);
        return this.#update({ lines: list.receive(lines, line) });
      }
      this.#update({ lines: list.setStatus(lines, key, { kind: "failed", error: result.error }) });
      this.#refusedInWaiting(result.error);
      this.#tell({ kind: "failed", error: result.error });
    });
  }

  /** The server keeps no lines here after all: the room is one that somebody has left. */
  #refusedInWaiting(error: ParlourError): void {
    const { phase } = this.snapshot();
    if (phase.kind !== "waiting" || error.code !== "not_in_room") return;
    this.#update({ phase: { ...phase, fresh: false } });
  }

  #connectionChanged(): void {
    const online = this.#connection.snapshot().kind === "connected";
    if (online === this.#online) return;
    this.#online = online;
    if (!online) return this.#connectionLost();
    if (this.snapshot().phase.kind === "starting") this.#requestSeat();
  }

  /** The seat went with the connection. Who was waiting starts again; a chat has ended. */
  #connectionLost(): void {
    const { phase, lines, busy } = this.snapshot();
    this.#ownTyping.reset();
    if (phase.kind === "waiting") {
      const kept = list.failOwn(lines, DISCONNECTED);
      this.#update({ phase: { kind: "starting" }, lines: kept });
    } else if (phase.kind === "talking" || phase.kind === "left") {
      if (busy === "new") return this.#seek();
      const partnerLeftBefore = phase.kind === "left";
      const next: Phase = { kind: "lost", partner: phase.partner, partnerLeftBefore };
      this.#update({ phase: next, partnerTyping: false, busy: null });
      this.#tell({ kind: "lost" });
    }
  }

  #goIdle(notice: Notice | null): void {
    this.#ownTyping.reset();
    clearTimeout(this.#typingEnds);
    this.set({ ...FIRST_STATE, epoch: this.snapshot().epoch + 1, notice });
  }

  #update(change: Partial<StrangerState>): void {
    this.set({ ...this.snapshot(), ...change });
  }

  #tell(event: StrangerEvent): void {
    for (const watcher of [...this.#watchers]) watcher(event);
  }
}

function failure(doing: "start" | "new" | "block", error: ParlourError): Notice {
  return { kind: "error", doing, error };
}
