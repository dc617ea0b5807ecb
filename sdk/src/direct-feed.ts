import type { DirectApi } from "./direct.ts";
import type { DirectMessage, DirectTyping, JoinedDirect } from "./direct-events.ts";
import type { FeedChannel, FeedOptions } from "./feed-channel.ts";
import { onJoined } from "./feed-state.ts";
import { Feed } from "./feed.ts";
import { Value, type Observable, type Unsubscribe } from "./store.ts";
import type { Synced } from "./sync.ts";
import { PartnerTyping } from "./typing.ts";

export interface DirectFeedOptions extends FeedOptions<DirectMessage> {
  readonly direct: DirectApi;
  readonly conversationId: string;
  /** One's own account. */
  readonly self: string;
}

/** A direct conversation that is open: what is said, how far the other one has read, and whether they type. */
export class DirectFeed extends Feed<DirectMessage, JoinedDirect> {
  /** The place of the last message that the other one has read; never goes back. */
  readonly otherRead: Observable<number>;
  /** Whether the other one types; ends by itself. */
  readonly typing: Observable<boolean>;
  readonly #otherRead = new Value(0);
  readonly #typing = new Value(false);
  readonly #otherTyping = new PartnerTyping((typing) => this.#typing.put(typing));
  readonly #unsubscribe: Unsubscribe[];

  constructor(options: DirectFeedOptions) {
    super(channelOf(options), options);
    this.otherRead = this.#otherRead;
    this.typing = this.#typing;
    const { direct, connection, conversationId, self } = options;
    const types = (said: DirectTyping, typing: boolean): void => {
      if (said.conversationId === conversationId && said.userId !== self) this.#otherTyping.show(typing);
    };
    onJoined(this, (joined) => {
      this.otherHasRead(joined.otherLastReadSeq);
      // One may have read on elsewhere while one was away.
      if (this.reading.snapshot().lastReadSeq !== null) this.reading.told(joined.lastReadSeq, 0);
    });
    this.#unsubscribe = [
      direct.on("typing", (said) => types(said, true)),
      direct.on("stopTyping", (said) => types(said, false)),
      direct.on("message", ({ conversation_id, sender_id }) =>
        types({ conversationId: conversation_id, userId: sender_id }, false),
      ),
      direct.on("read", (said) => {
        if (said.conversationId === conversationId && said.readerId !== self) this.otherHasRead(said.lastReadSeq);
      }),
      connection.subscribe(() => {
        // Who typed then may have gone since.
        if (connection.snapshot().kind !== "connected") this.#otherTyping.show(false);
      }),
    ];
  }

  /** The other one has read so far at least. */
  otherHasRead(seq: number): void {
    this.#otherRead.put(Math.max(this.#otherRead.snapshot(), seq));
  }

  override caughtUp(synced: Synced<DirectMessage>): void {
    if (!("error" in synced)) this.otherHasRead(synced.otherLastReadSeq ?? 0);
    super.caughtUp(synced);
  }

  override drop(): void {
    super.drop();
    this.#otherTyping.show(false);
    for (const end of this.#unsubscribe) end();
  }
}

function channelOf({ direct, conversationId, self }: DirectFeedOptions): FeedChannel<DirectMessage, JoinedDirect> {
  return {
    join: (answer) => direct.join(conversationId, answer),
    leave: () => direct.leave(conversationId, () => undefined),
    history: (place) => direct.history(conversationId, place),
    markRead: (seq, answer) => direct.markRead(conversationId, seq, answer),
    listen: (heard) => {
      const ofThis = (message: DirectMessage): void => {
        if (message.conversation_id === conversationId) heard(message);
      };
      const ends = [direct.on("message", ofThis), direct.on("sent", ofThis)];
      return () => ends.forEach((end) => end());
    },
    isOwn: ({ sender_id }) => sender_id === self,
    // Joining does not say what there is: the page that is read then does.
    head: () => 0,
    lastRead: ({ lastReadSeq }) => lastReadSeq,
  };
}
