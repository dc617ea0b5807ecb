import type { FeedChannel, FeedOptions } from "./feed-channel.ts";
import { onJoined } from "./feed-state.ts";
import { Feed } from "./feed.ts";
import { GroupPeople, type PeopleSource } from "./group-people.ts";
import type { Placed } from "./message-log.ts";
import type { Presence } from "./presence.ts";

/** Whose coming and going is followed, and for whom. */
export interface WhoIsHere<J> {
  readonly source: PeopleSource;
  readonly groupId: string;
  /** One's own account. */
  readonly self: string;
  /** Who is here, as joining is answered. */
  readonly presenceOf: (joined: J) => Presence;
}

/** A room or channel that is open, and who is in it. */
export class GroupFeed<M extends Placed, J> extends Feed<M, J> {
  readonly people: GroupPeople;

  constructor(channel: FeedChannel<M, J>, options: FeedOptions<M>, { presenceOf, ...who }: WhoIsHere<J>) {
    super(channel, options);
    const newest = (): number => this.snapshot().log.newest;
    this.people = new GroupPeople({ ...who, newest, random: options.random ?? Math.random });
    onJoined(this, (joined) => this.people.entered(presenceOf(joined)));
  }

  override expelled(): void {
    super.expelled();
    this.people.left();
  }

  override drop(): void {
    super.drop();
    this.people.close();
  }
}
