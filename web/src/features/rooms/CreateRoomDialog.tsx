import type { Room } from "@parlour/sdk/room-events";
import { Field } from "../../components/form/Field.tsx";
import { FormAlert } from "../../components/form/FormAlert.tsx";
import { SubmitButton } from "../../components/form/SubmitButton.tsx";
import { useForm } from "../../components/form/use-form.ts";
import { Button } from "../../components/ui/Button.tsx";
import { Dialog } from "../../components/ui/Dialog.tsx";
import { checkDescription, checkRoomName, MAX_ROOM_NAME_LENGTH } from "../../model/credentials.ts";
import type { Rooms } from "../../model/rooms.ts";

interface CreateRoomDialogProps {
  readonly open: boolean;
  readonly rooms: Rooms;
  readonly onClose: () => void;
  readonly onCreated: (room: Room) => void;
}

/** Asks what a new room is to be called. */
export function CreateRoomDialog({ open, rooms, onClose, onCreated }: CreateRoomDialogProps) {
  return (
    <Dialog open={open} title="A new room" onClose={onClose}>
      {open && <CreateRoomForm rooms={rooms} onClose={onClose} onCreated={onCreated} />}
    </Dialog>
  );
}

function CreateRoomForm({ rooms, onClose, onCreated }: Omit<CreateRoomDialogProps, "open">) {
  const form = useForm({
    kind: "room",
    checks: { roomName: checkRoomName, description: checkDescription },
    send: async (typed) => {
      const description = typed("description").trim();
      const result = await rooms.create({
        name: typed("roomName").trim(),
        ...(description === "" ? {} : { description }),
      });
      if (result.ok) onCreated(result.value);
      return result;
    },
  });
  return (
    <form aria-label="A new room" className="flex flex-col gap-4 text-ink" {...form.attributes}>
      <p className="text-muted">Everyone who is signed in can find it, read in it and join.</p>
      <Field
        name="roomName"
        label="Name of the room"
        maxLength={MAX_ROOM_NAME_LENGTH * 2}
        autoComplete="off"
        autoCapitalize="sentences"
        error={form.errors.roomName}
      />
      <Field
        name="description"
        label="What it is about"
        remark="optional"
        autoComplete="off"
        autoCapitalize="sentences"
        error={form.errors.description}
      />
      <FormAlert failure={form.failure} secondsLeft={form.secondsLeft} />
      <div className="flex flex-col gap-2 sm:flex-row-reverse">
        <SubmitButton form={form} label="Make the room" busyLabel="Making the room…" />
        <Button className="min-h-12 shrink-0 sm:px-6!" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
