import type { Group } from "@parlour/sdk/group";
import type { Placed } from "@parlour/sdk/message-log";
import { useQuery } from "@tanstack/react-query";
import type { GroupView } from "../../model/group-view.ts";
import { useStore } from "../use-store.ts";

/** The group as it is now: as a member hears of it, else as it was when it was listed. */
export function useGroup<C extends Group<M>, M extends Placed>(groups: GroupView<C, M>, groupId: string): C | null {
  const { conversations: mine } = useStore(groups.inbox);
  const known = mine.get(groupId) ?? groups.known(groupId);
  const found = useQuery({
    queryKey: ["group", groupId],
    queryFn: () => groups.find(groupId),
    enabled: known === null,
  });
  return known ?? found.data ?? null;
}
