import type { RoomFeed } from "@parlour/sdk/room-feed";
import { useEffect } from "react";
import { Button } from "../../components/ui/Button.tsx";
import { useStore } from "../../components/use-store.ts";
import { errorWords } from "../../model/error-words.ts";
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
  switch (phase.kind) {
    case "loading":
      return <Skeleton />;
    case "failed":
      return (
        <div role="alert" className="grid min-h-0 flex-1 place-content-center justify-items-center gap-3 px-6 text-center">
          <p className="font-display text-xl font-semibold">The messages could not be loaded.</p>
          <p className="max-w-sm text-pretty text-muted">{errorWords(phase.error)}</p>
          <Button onClick={() => feed.retry()}>Try again</Button>
        </div>
      );
    case "ready":
      return <RoomTimeline rooms={rooms} feed={feed} roomId={roomId} name={name} connected={connected} />;
  }
}

/** Where the messages will be. */
function Skeleton() {
  return (
    <div role="status" className="flex min-h-0 flex-1 flex-col justify-end gap-3 overflow-hidden px-5 pb-4">
      <span className="sr-only">The messages are on their way.</span>
      {["w-1/2", "w-2/3", "w-1/3", "w-3/5"].map((width) => (
        <div key={width} aria-hidden="true" className="flex animate-breathe items-end gap-2">
          <span className="size-9 shrink-0 rounded-full bg-sunk" />
          <span className={`h-11 rounded-3xl bg-sunk ${width}`} />
        </div>
      ))}
    </div>
  );
}
