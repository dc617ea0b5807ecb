import { useState } from "react";
import type { FieldName } from "../../model/form-error.ts";
import { Icon } from "../ui/Icon.tsx";
import { Field } from "./Field.tsx";

interface PasswordFieldProps {
  readonly name: FieldName;
  readonly label: string;
  readonly help?: string;
  readonly error: string | undefined;
  /** Tells password managers whether to fill one in or to offer a new one. */
  readonly autoComplete: "current-password" | "new-password";
}

/** A password, hidden until one asks to see it. */
export function PasswordField({ label, ...field }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      {...field}
      label={label}
      type={shown ? "text" : "password"}
      dir="ltr"
      autoCapitalize="none"
      autoCorrect="off"
      action={
        <button
          type="button"
          aria-label={`Show ${label.toLowerCase()}`}
          aria-pressed={shown}
          className="grid size-11 place-items-center rounded-full text-muted hover:text-ink"
          onClick={() => setShown(!shown)}
        >
          <Icon name={shown ? "eyeShut" : "eye"} />
        </button>
      }
    />
  );
}
