import type { Connection } from "@parlour/sdk/connection";
import { DISCONNECTED, type ParlourError } from "@parlour/sdk/errors";
import type { PairApi } from "@parlour/sdk/pair";
import type { PairDeparture, PairMessage, PairRoom } from "@parlour/sdk/pair-events";
import { Store, type Unsubscribe } from "@parlour/sdk/store";
import * as list from "./line.ts";
import { afterBlock, afterNewChat, afterStart, failure, idle } from "./outcome.ts";
import { SeatRequests, type Outcome } from "./seat-requests.ts";
import { follow } from "./seating.ts";
import {
  canRetry,
  FIRST_STATE,
  writableRoom,
  type Phase,
  type StrangerEvent,
  type StrangerState,
} from "./stranger-state.ts";
import { OwnTyping, PartnerTyping } from "@parlour/sdk/typing";

/** What the stranger chat needs from outside. */
export interface StrangerPorts {
  readonly pair: PairApi;
  readonly connection: Pick<Connection, "snapshot" | "subscribe" | "reconnect">;
  /** A new id for each line, never given twice. */
  readonly newId: () => string;
}

/** The whole of a person's stranger chat: where they are, who is there, what was said. */
export class StrangerChat extends Store<StrangerState> {
  readonly #pair: PairApi;
  readonly #connection: StrangerPorts["connection"];
  readonly #newId: () => string;
  readonly #requests: SeatRequests;
  readonly #ownTyping: OwnTyping;
  readonly #partnerTyping = new PartnerTyping((typing) => this.#update({ partnerTyping: typing }));
  readonly #watchers = new Set<(event: StrangerEvent) => void>();
  #alias: string | null = null;
  #online = false;

  constructor(ports: StrangerPorts) {
    super(FIRST_STATE);
    this.#pair = ports.pair;
    this.#connection = ports.connection;
    this.#newId = ports.newId;
    this.#requests = new SeatRequests(ports);
    this.#ownTyping = new OwnTyping(ports.pair);
    this.#connection.subscribe(() => this.#connectionChanged());
    this.#connectionChanged();
    this.#pair.on("user_joined", (room) => this.#joined(room));
    this.#pair.on("user_left", (departure) => this.#departed(departure));
    this.#pair.on("chat_history", (lines) => this.#history(lines));
    this.#pair.on("receive_message", (line) => this.#received(line));
    this.#pair.on("typing", ({ roomId }) => this.#typingChanged(roomId, true));
    this.#pair.on("stop_typing", ({ roomId }) => this.#typingChanged(roomId, false));
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
    this.#requests.ask<PairRoom>(
      (answer) => this.#pair.newChat(this.#alias, answer),
      (outcome) => this.#show(afterNewChat(this.snapshot(), outcome, this.#pair.socketId, phase.roomId)),
    );
  }

  /** Stops looking, or ends the chat: back to the first screen. */
  leave(): void {
    if (this.snapshot().phase.kind === "idle") return;
    this.#show(idle(this.snapshot(), null));
    this.#requests.ask<object>(
      (answer) => this.#pair.leave(answer),
      (outcome) => this.#leaveEnded(outcome),
    );
  }

  /** Never meets the present partner again, and leaves. */
  block(): void {
    const { phase, busy } = this.snapshot();
    if (busy !== null || (phase.kind !== "talking" && phase.kind !== "left")) return;
    this.#update({ busy: "block", notice: null });
    this.#requests.ask<object>(
      (answer) => this.#pair.block(answer),
      (outcome) => this.#show(afterBlock(this.snapshot(), outcome, this.#pair.socketId, phase.partner)),
    );
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
    this.#requests.ask<PairRoom>(
      (answer) => this.#pair.start(this.#alias, answer),
      (outcome) => this.#show(afterStart(this.snapshot(), outcome, this.#pair.socketId)),
    );
  }

  #leaveEnded(outcome: Outcome<object>): void {
    const seated = outcome.kind === "learned" && outcome.seating !== null;
    // The page shows no seat, so there must be none: it goes with the connection.
    if (seated || outcome.kind === "refused") this.#connection.reconnect();
  }

  /** Takes up the next state; the one who is talked to in it may be new. */
  #show(next: StrangerState): void {
    const { phase } = this.snapshot();
    if (next.phase !== phase) this.#resetTyping();
    this.set(next);
    if (next.phase === phase || next.phase.kind !== "talking") return;
    this.#tell({ kind: "joined", partner: next.phase.partner });
  }

  /** What the server says about one's seat is the truth, but the first screen has none. */
  #joined(room: PairRoom): void {
    const { kind } = this.snapshot().phase;
    if (kind === "idle" || kind === "lost") return;
    this.#show(follow(this.snapshot(), room, this.#pair.socketId));
  }

  #departed(departure: PairDeparture): void {
    const { phase } = this.snapshot();
    const { roomId } = departure;
    if (phase.kind === "waiting") return this.#update({ phase: { kind: "waiting", roomId, fresh: false } });
    if (phase.kind === "left") return this.#update({ phase: { ...phase, roomId } });
    if (phase.kind !== "talking") return;
    const { partner } = phase;
    this.#resetTyping();
    this.#update({ phase: { kind: "left", roomId, partner }, partnerTyping: false });
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
    this.#partnerTyping.show(false);
    this.#tell({ kind: "line", line });
  }

  #typingChanged(roomId: string, typing: boolean): void {
    const { phase } = this.snapshot();
    if (phase.kind === "talking" && phase.roomId === roomId) this.#partnerTyping.show(typing);
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
    this.#requests.forget();
    this.#resetTyping();
    if (phase.kind === "waiting") {
      const kept = list.failOwn(lines, DISCONNECTED);
      this.#update({ phase: { kind: "starting" }, lines: kept });
    } else if (phase.kind === "talking" || phase.kind === "left") {
      if (busy === "new") return this.#seek();
      const partnerLeftBefore = phase.kind === "left";
      const next: Phase = { kind: "lost", partner: phase.partner, partnerLeftBefore };
      if (busy === "block") this.#update({ notice: failure("block", DISCONNECTED) });
      this.#update({ phase: next, partnerTyping: false, busy: null });
      this.#tell({ kind: "lost" });
    }
  }

  #resetTyping(): void {
    this.#ownTyping.reset();
    this.#partnerTyping.reset();
  }

  #update(change: Partial<StrangerState>): void {
    this.set({ ...this.snapshot(), ...change });
  }

  #tell(event: StrangerEvent): void {
    for (const watcher of [...this.#watchers]) watcher(event);
  }
}
