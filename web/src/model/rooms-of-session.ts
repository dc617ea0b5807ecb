import { Store, type Observable } from "@parlour/sdk/store";
import type { Rooms } from "./rooms.ts";
import type { SessionState } from "./session-state.ts";

/** The rooms of whoever is signed in; `null` for nobody. Another account has rooms of its own. */
export class RoomsOfSession extends Store<Rooms | null> {
  constructor(session: Observable<SessionState>, make: (userId: string) => Rooms) {
    super(null);
    const follow = (): void => {
      const state = session.snapshot();
      // It is asked again who one is; most likely it is still the same.
      if (state.kind === "checking") return;
      const userId = state.kind === "signed_in" ? state.user.id : null;
      const present = this.snapshot();
      if ((present?.self ?? null) === userId) return;
      present?.close();
      this.set(userId === null ? null : make(userId));
    };
    session.subscribe(follow);
    follow();
  }
}
