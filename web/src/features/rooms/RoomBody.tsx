import type { RoomFeed } from "@parlour/sdk/room-feed";
import { useEffect } from "react";
import { TimelinePhase } from "../../components/timeline/TimelinePhase.tsx";
import { useStore } from "../../components/use-store.ts";
import type { Rooms } from "../../model/rooms.ts";
import { RoomTimeline } from "./RoomTimeline.tsx";

interface RoomBodyProps {
  readonly rooms: Rooms;
  readonly feed: RoomFeed;
  readonly roomId: string;
  readonly name: string;
  readonly connected: boolean;
}

/** How often a room that one only looks into is looked at again. */
const LOOK_AGAIN_MS = 10_000;

/** What is said in the room, or why nothing is to be seen. */
export function RoomBody({ rooms, feed, roomId, name, connected }: RoomBodyProps) {
  const { phase, member } = useStore(feed);
  useEffect(() => {
    if (member) return;
    const timer = setInterval(() => {
      if (!document.hidden) feed.refresh();
    }, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [feed, member]);
  return (
    <TimelinePhase phase={phase} onRetry={() => feed.retry()}>
      <RoomTimeline rooms={rooms} feed={feed} roomId={roomId} name={name} connected={connected} />
    </TimelinePhase>
  );
}
