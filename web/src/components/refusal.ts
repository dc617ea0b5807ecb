import type { ParlourError, Result } from "@parlour/sdk/errors";

/** What TanStack Query takes for a failure. */
export class Refusal extends Error {
  readonly error: ParlourError;

  constructor(error: ParlourError) {
    super(error.message);
    this.error = error;
  }
}

/** What the server answered; rejects with why it did not. */
export function orThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Refusal(result.error);
}
