import type { ListedDirect } from "@parlour/sdk/direct-inbox";
import { shortMoment } from "./moments.ts";

/** Whether the other one is there, in words; empty where that is not known. `today`: when the day began. */
export function presenceWords({ is_online, lastSeenAt }: ListedDirect, today: number): string {
  if (is_online) return "Online";
  return lastSeenAt === undefined ? "Offline" : `Last seen ${shortMoment(Date.parse(lastSeenAt), today)}`;
}

/** Those with something new first. */
export function newestFirst(conversations: Iterable<ListedDirect>): ListedDirect[] {
  // The server writes all times alike: as texts they are in the order of time.
  return [...conversations].sort((one, other) => {
    if (one.updated_at !== other.updated_at) return one.updated_at < other.updated_at ? 1 : -1;
    return one.conversation_id < other.conversation_id ? -1 : 1;
  });
}
