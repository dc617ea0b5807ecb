import type { User } from "@parlour/sdk/user";
import type { ReactNode } from "react";

/** What only some kinds of groups have. */
export interface GroupSlots<C> {
  /** More that a member can do. */
  readonly renderActions?: (group: C) => ReactNode;
  /** What can be done with another member; `onGone` is to be called when they are none any more. */
  readonly renderMemberAction?: (group: C, member: User, onGone: () => void) => ReactNode;
  /** What is to be said of a member beside the name. */
  readonly memberNote?: (group: C, member: User) => string | null;
}
