import type { Group } from "@parlour/sdk/group";
import type { Placed } from "@parlour/sdk/message-log";
import { useEffect } from "react";
import type { GroupKind, GroupView } from "../../model/group-view.ts";
import { useStore } from "../use-store.ts";
import type { GroupSlots } from "./group-slots.ts";
import { OpenedGroup } from "./OpenedGroup.tsx";

interface GroupPaneProps<C extends Group<M>, M extends Placed> extends GroupSlots<C> {
  readonly kind: GroupKind<C>;
  readonly groups: GroupView<C, M>;
  readonly groupId: string;
  readonly connected: boolean;
}

/** Opens the group as soon as it is known whether one is in it, and closes it on the way out. */
export function GroupPane<C extends Group<M>, M extends Placed>(props: GroupPaneProps<C, M>) {
  const { kind, groups, groupId, connected } = props;
  const { phase, conversations: mine } = useStore(groups.inbox);
  const open = useStore(groups.open);
  const isKnown = phase !== "loading" || mine.has(groupId);
  useEffect(() => {
    if (isKnown) groups.enter(groupId);
  }, [groups, groupId, isKnown]);
  useEffect(() => () => groups.exit(groupId), [groups, groupId]);
  if (open?.id !== groupId) {
    return (
      <div role="status" className="grid h-full place-content-center px-6 text-center text-muted">
        <h1>{connected ? `Opening the ${kind.one}…` : `The ${kind.one} opens as soon as you are connected.`}</h1>
      </div>
    );
  }
  return <OpenedGroup {...props} feed={open.feed} />;
}
