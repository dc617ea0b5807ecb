import { comes, fold, goes, isStale, NOBODY, type Coming, type Comings, type Presence } from "./presence.ts";
import type { JoinedRoom, RoomNotice } from "./room-events.ts";
import type { RoomsApi } from "./rooms.ts";
import { Store, type Unsubscribe } from "./store.ts";

/** Who is in a room, and who came and went while one looked. */
export interface RoomPeopleState {
  readonly presence: Presence;
  /** In order of time. */
  readonly comings: readonly Comings[];
}

export interface RoomPeopleOptions {
  readonly rooms: RoomsApi;
  readonly roomId: string;
  /** One's own account. */
  readonly self: string;
  /** The place of the newest message that is known here. */
  readonly newest: () => number;
}

/** Follows who listens to one room. */
export class RoomPeople extends Store<RoomPeopleState> {
  readonly #options: RoomPeopleOptions;
  readonly #ends: Unsubscribe[];
  #asking = false;

  constructor(options: RoomPeopleOptions) {
    super({ presence: NOBODY, comings: [] });
    this.#options = options;
    const { rooms, roomId } = options;
    this.#ends = [
      rooms.on("joined", (notice) => this.#moved(notice, "joined")),
      rooms.on("left", (notice) => this.#moved(notice, "left")),
      rooms.on("count", (said) => {
        if (said.roomId === roomId) this.#know({ ...this.snapshot().presence, count: said.activeCount });
      }),
    ];
  }

  /** One listens from now on, and was told who else does. */
  entered({ room, activeUsers }: JoinedRoom): void {
    this.#asking = false;
    this.#know({ users: activeUsers, count: Math.max(room.activeCount, activeUsers.length) });
  }

  /** One does not listen any more: who is here is not known. */
  left(): void {
    this.#asking = false;
    this.set({ ...this.snapshot(), presence: NOBODY });
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  #moved(notice: RoomNotice, did: Coming["did"]): void {
    const { roomId, self, newest } = this.#options;
    if (notice.roomId !== roomId || notice.userId === self) return;
    const { presence, comings } = this.snapshot();
    this.set({ presence, comings: fold(comings, newest(), notice, did) });
    this.#know(did === "joined" ? comes(presence, notice) : goes(presence, notice));
  }

  /** Asks for the names when they do not add up; once at a time. */
  #know(presence: Presence): void {
    this.set({ ...this.snapshot(), presence });
    if (this.#asking || !isStale(presence)) return;
    this.#asking = true;
    this.#options.rooms.activeUsers(this.#options.roomId, (result) => {
      if (!this.#asking) return;
      this.#asking = false;
      if (!result.ok) return;
      this.set({ ...this.snapshot(), presence: { users: result.value, count: result.value.length } });
    });
  }
}
