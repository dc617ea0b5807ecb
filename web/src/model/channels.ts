import type { Answer } from "@parlour/sdk/ask";
import type { Channel, ChannelMessage } from "@parlour/sdk/channel-events";
import { ChannelFeed } from "@parlour/sdk/channel-feed";
import type { ChannelsApi, NewChannel } from "@parlour/sdk/channels";
import type { ParlourError, Result } from "@parlour/sdk/errors";
import type { OutboxDraft } from "@parlour/sdk/outgoing";
import type { PeopleApi } from "@parlour/sdk/people";
import type { Presence } from "@parlour/sdk/presence";
import type { Unsubscribe } from "@parlour/sdk/store";
import type { ConversationEvent } from "./conversations.ts";
import { Groups, type GroupPorts } from "./groups.ts";
import { CHANNEL_MESSAGES } from "./message-readers.ts";

export interface ChannelsPorts extends GroupPorts<ChannelMessage> {
  readonly channels: ChannelsApi;
  readonly people: PeopleApi;
}

export type ChannelsEvent = ConversationEvent<ChannelMessage>;

/** So long after it was sent, a message of which nobody has said what became of it may be sent again. */
export const ANSWER_WITHIN_MS = 10_000;

const LEFT: ParlourError = {
  code: "not_in_room",
  message: "This was not sent: you are not in the channel any more. Sending it again joins it again.",
  retryable: false,
  retryAfterMs: null,
};

/** The channels of one account on this page. */
export class Channels extends Groups<Channel, ChannelMessage, Presence, ChannelFeed, NewChannel> {
  readonly people: PeopleApi;
  readonly #ports: ChannelsPorts;
  readonly #unsubscribe: Unsubscribe[];

  constructor(self: string, ports: ChannelsPorts) {
    const { channels, people } = ports;
    super(self, ports, {
      api: channels,
      read: CHANNEL_MESSAGES,
      groupOf: ({ channelId }) => channelId,
      left: LEFT,
      answerWithinMs: ANSWER_WITHIN_MS,
    });
    this.people = people;
    this.#ports = ports;
    // Of what one has sent before one closed the channel, one hears too.
    this.#unsubscribe = [
      channels.on("confirmed", ({ tempId, senderId }) => {
        if (senderId === self) this.outbox.settle(tempId);
      }),
      channels.on("failed", ({ tempId, senderId, error }) => {
        if (senderId === self) this.outbox.fail(tempId, error);
      }),
    ];
  }

  invite(channelId: string, userId: string): Promise<Result<object>> {
    return this.#ports.channels.invite(channelId, userId);
  }

  /** Ends somebody's membership of a channel that one owns. */
  expel(channelId: string, userId: string): Promise<Result<object>> {
    return this.#ports.channels.remove(channelId, userId);
  }

  override close(): void {
    for (const end of this.#unsubscribe) end();
    super.close();
  }

  /** To whoever listens it is shown at once; for that, one has to listen too. */
  protected deliver(draft: OutboxDraft, answer: Answer<ChannelMessage | null>): void {
    const { conversationId: channelId, text: body, clientId: tempId } = draft;
    const { channels } = this.#ports;
    if (this.openFeed(channelId)?.snapshot().live !== true) {
      void channels.post({ channelId, body, tempId }).then(answer);
      return;
    }
    channels.send({ channelId, body, tempId }, (result) => answer(result.ok ? { ok: true, value: null } : result));
  }

  /** While it is being joined, it is worth waiting: then others see at once what is sent. */
  protected override isReady(channelId: string): boolean {
    const state = this.openFeed(channelId)?.snapshot();
    const isJoining = state !== undefined && state.member && !state.live && state.joinError === null;
    return !isJoining && super.isReady(channelId);
  }

  /** Into a private one there is no way back, and nobody to see what was to be sent. */
  protected override isShut(channel: Channel): void {
    if (channel.visibility === "private") this.outbox.drop(channel._id);
    else super.isShut(channel);
  }

  protected openIn(channelId: string, onMessage: (message: ChannelMessage) => void): ChannelFeed {
    const { channels, connection } = this.#ports;
    const mine = (): Channel | null => this.inbox.snapshot().conversations.get(channelId) ?? null;
    const feed = new ChannelFeed({
      channels,
      connection,
      channelId,
      self: this.self,
      member: mine() !== null,
      known: mine,
      isKnown: () => this.inbox.knows(channelId),
      onMessage,
    });
    feed.subscribe(() => {
      if (feed.snapshot().joinError !== null) this.outbox.resume();
    });
    return feed;
  }
}
