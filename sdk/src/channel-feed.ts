import type { Channel, ChannelMessage, ConfirmedMessage, ShownMessage } from "./channel-events.ts";
import type { ChannelsApi } from "./channels.ts";
import type { FeedChannel, FeedOptions } from "./feed-channel.ts";
import { GroupFeed } from "./group-feed.ts";
import type { Presence } from "./presence.ts";
import { lastRead } from "./read-mark.ts";
import { ShownMessages } from "./shown-messages.ts";
import type { Observable, Unsubscribe } from "./store.ts";

export interface ChannelFeedOptions extends FeedOptions<ChannelMessage> {
  readonly channels: ChannelsApi;
  readonly channelId: string;
  /** One's own account. */
  readonly self: string;
  /** The channel as one knows it just now; `null`: not at all. */
  readonly known: () => Pick<Channel, "unreadCount" | "lastMessage"> | null;
}

/** A channel that is open: what is stored, what is only shown, and who is in it. */
export class ChannelFeed extends GroupFeed<ChannelMessage, Presence> {
  /** What is not stored yet, in the order in which the server showed it. */
  readonly shown: Observable<readonly ShownMessage[]>;
  readonly #shown = new ShownMessages();
  readonly #unsubscribe: Unsubscribe[];
  /** The newest stored message that was looked at. */
  #reached = 0;

  constructor(options: ChannelFeedOptions) {
    const { channels, channelId, self } = options;
    super(channelOf(options), options, { source: channels, groupId: channelId, self, presenceOf: (presence) => presence });
    this.shown = this.#shown;
    const here = <T extends { readonly channelId: string }>(act: (said: T) => void) => {
      return (said: T): void => {
        if (said.channelId === channelId) act(said);
      };
    };
    const show = here<ShownMessage>((shown) => this.#shown.show(shown));
    this.#unsubscribe = [
      channels.on("sent", show),
      channels.on("shown", show),
      channels.on("confirmed", here((confirmed) => this.#confirmed(confirmed))),
      channels.on("failed", here(({ tempId }) => this.#shown.failed(tempId))),
      this.subscribe(() => this.#look()),
      options.connection.subscribe(() => {
        if (options.connection.snapshot().kind !== "connected") this.#shown.lost();
      }),
    ];
  }

  override drop(): void {
    super.drop();
    this.#shown.close();
    for (const end of this.#unsubscribe) end();
  }

  #confirmed(confirmed: ConfirmedMessage): void {
    const stored = this.#shown.confirmed(confirmed);
    // Of one that is shown no more, or never was, only the place is known: it is read.
    if (stored === null) return this.exists(confirmed.seq);
    this.heard(stored);
    // Sent again long after it was stored, it has the place that it had: nothing new comes of it.
    this.#shown.reached(this.snapshot().log.newest, []);
  }

  /** What is among the stored messages by now is not to be shown a second time. */
  #look(): void {
    const { messages, newest } = this.snapshot().log;
    if (newest === this.#reached) return;
    const first = messages.findLastIndex(({ seq }) => seq <= this.#reached) + 1;
    this.#reached = newest;
    this.#shown.reached(newest, messages.slice(first));
  }
}

function channelOf(options: ChannelFeedOptions): FeedChannel<ChannelMessage, Presence> {
  const { channels, channelId, self, known } = options;
  return {
    join: (answer) => channels.join(channelId, answer),
    leave: () => channels.leave(channelId, () => undefined),
    history: (place) => channels.history(channelId, place),
    markRead: (seq, answer) => channels.markRead(channelId, seq, answer),
    listen: (heard) =>
      channels.on("message", (message) => {
        if (message.channelId === channelId) heard(message);
      }),
    isOwn: ({ sender }) => sender.id === self,
    // Joining does not say what there is: the page that is read then does.
    head: () => 0,
    lastRead: (_joined, messages) => {
      const channel = known();
      const read = messages.map(({ seq, sender }) => ({ seq, sender: sender.id }));
      return lastRead(read, channel?.unreadCount ?? 0, channel?.lastMessage?.seq ?? messages.at(-1)?.seq ?? 0, self);
    },
  };
}
