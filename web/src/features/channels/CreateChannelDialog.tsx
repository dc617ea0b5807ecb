import type { Channel, Visibility } from "@parlour/sdk/channel-events";
import { useState } from "react";
import { CreateGroupDialog } from "../../components/groups/CreateGroupDialog.tsx";
import type { CreateProps } from "../../components/groups/GroupArea.tsx";
import type { Channels } from "../../model/channels.ts";

interface CreateChannelDialogProps extends CreateProps<Channel> {
  readonly channels: Channels;
}

/** Asks what a new channel is to be called, and who may find it. */
export function CreateChannelDialog({ channels, ...props }: CreateChannelDialogProps) {
  const [visibility, setVisibility] = useState<Visibility>("public");
  return (
    <CreateGroupDialog {...props} dialog="new-channel" one="channel" create={(group) => channels.create({ ...group, visibility })}>
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1.5 font-semibold">Who can find it</legend>
        {CHOICES.map(({ value, name, words }) => (
          <label
            key={value}
            htmlFor={`visibility-${value}`}
            className="flex cursor-pointer items-start gap-3 rounded-2xl border border-line-strong/70 px-4 py-2.5 has-checked:border-accent has-checked:bg-sunk"
          >
            <input
              id={`visibility-${value}`}
              type="radio"
              name="visibility"
              value={value}
              checked={visibility === value}
              className="mt-1 size-4 accent-accent"
              onChange={() => setVisibility(value)}
            />
            <span className="font-semibold">
              {name}
              <span className="block text-sm font-normal text-muted">{words}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </CreateGroupDialog>
  );
}

const CHOICES = [
  { value: "public", name: "Public", words: "Everyone who is signed in can find it, read in it and join." },
  { value: "private", name: "Private", words: "Nobody knows of it but its members, who invite others." },
] as const;
