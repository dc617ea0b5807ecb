import type { ParlourError } from "@parlour/sdk/errors";
import { useState, type ReactNode, type RefObject } from "react";
import { useShortcut } from "../../a11y/use-shortcut.ts";
import { accountErrorWords } from "../../model/error-words.ts";
import { Composer } from "./Composer.tsx";

interface MessageWritingProps {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  /** What was begun here before. */
  readonly draft: string;
  /** Why one does not hear what is new here. */
  readonly joinError: ParlourError | null;
  readonly onType: (text: string) => void;
  /** `false`: too much is waiting already. */
  readonly onSend: (text: string) => boolean;
  readonly onLeave?: () => void;
  /** A line above the field. */
  readonly above?: ReactNode;
}

/** The field. It takes what is written without a connection too: that is sent once there is one. */
export function MessageWriting({ field, draft, joinError, onType, onSend, onLeave, above }: MessageWritingProps) {
  const [text, setText] = useState(draft);
  const [full, setFull] = useState(false);
  useShortcut(["write"], () => field.current?.focus());

  function change(typed: string): void {
    setText(typed);
    onType(typed);
  }

  function send(): void {
    const taken = onSend(text);
    setFull(!taken);
    if (taken) change("");
  }

  /** To the messages, where keys alone do something. */
  function leaveField(): void {
    const around = field.current?.closest("section");
    (around?.querySelector<HTMLElement>('[role="log"]') ?? around?.querySelector<HTMLElement>("h1"))?.focus();
  }

  return (
    <div className={`shrink-0 ${above === undefined ? "pt-2" : ""}`}>
      {above}
      <p role="alert" className="px-6 pb-2 text-sm text-danger empty:hidden">
        {full
          ? "Too much is waiting to be sent already. It goes out as soon as the server can be reached."
          : joinError !== null && `You do not hear what is new here. ${accountErrorWords(joinError)}`}
      </p>
      <Composer field={field} text={text} placeholder="Write a message" canSend onChange={change} onSend={send} onLeave={onLeave} onEscape={leaveField} />
    </div>
  );
}
