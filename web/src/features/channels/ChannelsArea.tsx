import type { Channel } from "@parlour/sdk/channel-events";
import type { ConnectionState } from "@parlour/sdk/connection";
import type { User } from "@parlour/sdk/user";
import { GroupArea } from "../../components/groups/GroupArea.tsx";
import type { Channels } from "../../model/channels.ts";
import type { GroupKind } from "../../model/group-view.ts";
import { CreateChannelDialog } from "./CreateChannelDialog.tsx";
import { InviteButton } from "./InviteButton.tsx";
import { RemoveButton } from "./RemoveButton.tsx";

interface ChannelsAreaProps {
  readonly channels: Channels;
  readonly connection: ConnectionState;
  /** Whether one is here as a guest: they make no channels. */
  readonly isGuest: boolean;
}

const CHANNELS: GroupKind<Channel> = {
  one: "channel",
  many: "channels",
  path: "/channels",
  unnamed: "Channel",
  missing: "It may be private: then only its members know of it, and one of them can invite you.",
  isPrivate: ({ visibility }) => visibility === "private",
};

/** The list of channels, and the one that is open. */
export function ChannelsArea({ channels, connection, isGuest }: ChannelsAreaProps) {
  return (
    <GroupArea
      kind={CHANNELS}
      groups={channels}
      connection={connection}
      mayCreate={!isGuest}
      renderCreate={(props) => <CreateChannelDialog {...props} channels={channels} />}
      hint={{
        title: isGuest ? "Choose a channel." : "Choose a channel, or make one.",
        words: "What is said in them is on every screen at once. Private ones are seen by their members alone.",
      }}
      renderActions={(channel) =>
        CHANNELS.isPrivate(channel) && <InviteButton channels={channels} channel={channel} />
      }
      memberNote={noteOf(channels.self)}
      renderMemberAction={(channel, member, onGone) =>
        channel.ownerId === channels.self &&
        member.id !== channels.self && (
          <RemoveButton channels={channels} channel={channel} member={member} onGone={onGone} />
        )
      }
    />
  );
}

function noteOf(self: string) {
  return ({ ownerId }: Channel, { id }: User): string | null => {
    if (id !== ownerId) return null;
    return id === self ? "you, owner" : "owner";
  };
}
