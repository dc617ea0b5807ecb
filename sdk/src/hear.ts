import type { Socket } from "socket.io-client";
import type { ParlourSocket } from "./ask.ts";
import { tell, type Unsubscribe } from "./store.ts";

/** What an event is called on the wire, and how it is read: `null` for what is meant for others. */
export interface EventReader<T> {
  readonly name: string;
  readonly read: (wire: unknown) => T | null;
}

/** How each of a client's events is read. */
export type EventReaders<Events> = { readonly [E in keyof Events]: EventReader<Events[E]> };

/** Tells `listener` of each event that can be read, until the returned function is called. */
export function hear<T>(
  socket: ParlourSocket,
  { name, read }: EventReader<T>,
  listener: (said: T) => void,
): Unsubscribe {
  const told = new Set([listener]);
  const heard = (wire: unknown): void => {
    const said = read(wire);
    if (said !== null) tell(told, said);
  };
  // Socket.IO's own types cannot follow a generic event name.
  const untyped = socket as unknown as Socket;
  untyped.on(name, heard);
  return () => {
    // One that is just being told of it may end another.
    told.clear();
    untyped.off(name, heard);
  };
}
