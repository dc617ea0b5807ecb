import type { Channel } from "@parlour/sdk/channel-events";
import { useState } from "react";
import { Button } from "../../components/ui/Button.tsx";
import type { Channels } from "../../model/channels.ts";
import { InviteDialog } from "./InviteDialog.tsx";

interface InviteButtonProps {
  readonly channels: Channels;
  readonly channel: Channel;
}

/** The way to bring somebody into a private channel. */
export function InviteButton({ channels, channel }: InviteButtonProps) {
  const [inviting, setInviting] = useState(false);
  return (
    <>
      <Button look="ghost" icon="personPlus" compact onClick={() => setInviting(true)}>
        Invite
      </Button>
      <InviteDialog open={inviting} channels={channels} channel={channel} onClose={() => setInviting(false)} />
    </>
  );
}
