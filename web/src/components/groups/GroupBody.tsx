import type { Group } from "@parlour/sdk/group";
import type { Placed } from "@parlour/sdk/message-log";
import { useEffect } from "react";
import type { GroupFeedView, GroupView } from "../../model/group-view.ts";
import { useStore } from "../use-store.ts";
import { GroupTimeline } from "./GroupTimeline.tsx";

interface GroupBodyProps<C extends Group<M>, M extends Placed> {
  readonly groups: GroupView<C, M>;
  readonly feed: GroupFeedView<M>;
  readonly groupId: string;
  readonly name: string;
  readonly connected: boolean;
}

/** How often a group that one only looks into is looked at again. */
const LOOK_AGAIN_MS = 10_000;

const LOADING = { kind: "loading" } as const;

/** What is said in the group, or why nothing is to be seen. */
export function GroupBody<C extends Group<M>, M extends Placed>(props: GroupBodyProps<C, M>) {
  const { feed, groups } = props;
  const { phase, member } = useStore(feed);
  // What is to be hidden is not to be seen for a moment first.
  const { phase: blocksPhase } = useStore(groups.blocks);
  useEffect(() => {
    if (member) return;
    const timer = setInterval(() => {
      if (!document.hidden) feed.refresh();
    }, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [feed, member]);
  return <GroupTimeline {...props} phase={blocksPhase === "loading" ? LOADING : phase} />;
}
