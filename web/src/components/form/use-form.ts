import type { Result } from "@parlour/sdk/errors";
import { useRef, useState, type RefObject, type SubmitEvent } from "react";
import { formError, type FieldName, type FormError, type FormKind } from "../../model/form-error.ts";
import { useSecondsLeft } from "./use-seconds-left.ts";

/** What is wrong, by field. */
export type FieldErrors = Partial<Record<FieldName, string>>;
/** What was typed, by field, as it was typed. */
export type Values = (field: FieldName) => string;

interface FormOptions {
  readonly kind: FormKind;
  /** The fields, from top to bottom, each with what finds fault with it before the server does. */
  readonly checks: Partial<Record<FieldName, (typed: string) => string | null>>;
  readonly send: (values: Values) => Promise<Result<unknown>>;
  /** It was taken. */
  readonly onDone?: (form: HTMLFormElement) => void;
}

export interface Form {
  readonly errors: FieldErrors;
  /** What is wrong with none of the fields. */
  readonly failure: FormError | null;
  readonly busy: boolean;
  readonly secondsLeft: number;
  readonly attributes: {
    readonly ref: RefObject<HTMLFormElement | null>;
    /** Should the script ever fail, a password must not end up in an address. */
    readonly method: "post";
    readonly noValidate: true;
    readonly onSubmit: (event: SubmitEvent<HTMLFormElement>) => void;
    readonly onInput: (event: { readonly target: EventTarget }) => void;
  };
}

/** A form that is checked, sent once at a time, and says beside the right field why it was not taken. */
export function useForm({ kind, checks, send, onDone }: FormOptions): Form {
  const ref = useRef<HTMLFormElement>(null);
  const sending = useRef(false);
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [failure, setFailure] = useState<FormError | null>(null);
  const secondsLeft = useSecondsLeft(failure?.retryAt ?? null);

  function blame(form: HTMLFormElement, found: FieldErrors): void {
    setErrors(found);
    const first = Object.keys(checks).find((field) => field in found);
    const input = first === undefined ? null : form.elements.namedItem(first);
    if (input instanceof HTMLInputElement) input.focus();
  }

  async function submit(form: HTMLFormElement): Promise<void> {
    const values = valuesOf(form);
    const found = findFaults(checks, values);
    blame(form, found);
    setFailure(null);
    if (Object.keys(found).length > 0) return;
    sending.current = true;
    setBusy(true);
    const result = await send(values);
    sending.current = false;
    setBusy(false);
    if (result.ok) return onDone?.(form);
    const error = formError(kind, result.error);
    if (error.field === null) setFailure(error);
    else blame(form, { [error.field]: error.words });
  }

  return {
    errors,
    failure,
    busy,
    secondsLeft,
    attributes: {
      ref,
      method: "post",
      noValidate: true,
      onSubmit: (event) => {
        event.preventDefault();
        if (!sending.current && secondsLeft === 0) void submit(event.currentTarget);
      },
      onInput: ({ target }) => {
        if (!(target instanceof HTMLInputElement) || !(target.name in errors)) return;
        setErrors({ ...errors, [target.name]: undefined });
      },
    },
  };
}

function valuesOf(form: HTMLFormElement): Values {
  const data = new FormData(form);
  return (field) => {
    const typed = data.get(field);
    return typeof typed === "string" ? typed : "";
  };
}

function findFaults(checks: FormOptions["checks"], values: Values): FieldErrors {
  const faults: FieldErrors = {};
  for (const [name, check] of Object.entries(checks)) {
    const field = name as FieldName;
    const words = check(values(field));
    if (words !== null) faults[field] = words;
  }
  return faults;
}
