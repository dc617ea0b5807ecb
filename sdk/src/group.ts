import { isRecord } from "./errors.ts";
import { count, cursor, parseList, text, type Reader } from "./reading.ts";
import { parseUser, type User } from "./user.ts";

/** What rooms and channels have in common, as one account sees them; `M` is what is said there. */
export interface Group<M> {
  readonly _id: string;
  /** 1 to 80 long, not unique. */
  readonly name: string;
  /** Up to 500 long; empty without one. */
  readonly description: string;
  readonly memberCount: number;
  /** How many people listen just now. */
  readonly activeCount: number;
  readonly isMember: boolean;
  readonly unreadCount: number;
  /** `null` where nothing was said yet. */
  readonly lastMessage: M | null;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A page of groups, the most recently active first. */
export interface GroupPage<C> {
  readonly groups: readonly C[];
  /** Where the next page begins; `null` after the last one. */
  readonly nextCursor: string | null;
}

/** A page of a group's members, in the order in which they came. */
export interface MemberPage {
  readonly members: readonly User[];
  readonly nextCursor: string | null;
}

/** Reads a group off the wire, whose last message `parse` reads; `null` for anything else. */
export function parseGroup<M>(wire: unknown, parse: (message: unknown) => M | null): Group<M> | null {
  if (!isRecord(wire) || typeof wire._id !== "string" || typeof wire.name !== "string") return null;
  return {
    _id: wire._id,
    name: wire.name,
    description: text(wire.description),
    memberCount: count(wire.memberCount),
    activeCount: count(wire.activeCount),
    isMember: wire.isMember === true,
    unreadCount: count(wire.unreadCount),
    lastMessage: parse(wire.lastMessage),
    createdAt: text(wire.createdAt),
    updatedAt: text(wire.updatedAt),
  };
}

/** Reads a page of groups, which the server calls `name`. */
export function readingGroups<C>(name: string, parse: (wire: unknown) => C | null): Reader<GroupPage<C>> {
  return (wire) => {
    const groups = parseList(wire[name], parse);
    return groups === null ? null : { groups, nextCursor: cursor(wire.nextCursor) };
  };
}

/** Reads a page of members. */
export const readMembers: Reader<MemberPage> = (wire) => {
  const members = parseList(wire.members, parseUser);
  return members === null ? null : { members, nextCursor: cursor(wire.nextCursor) };
};
