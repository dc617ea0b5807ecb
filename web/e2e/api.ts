import type { Person } from "./person.ts";

/** Asks the server as the page would. */
export async function api<T>(person: Person, method: string, path: string, body?: object): Promise<T> {
  return person.page.evaluate(
    async ({ method: verb, path: where, body: what }) => {
      const request = what === undefined ? {} : { body: JSON.stringify(what), headers: { "Content-Type": "application/json" } };
      const response = await fetch(`/api${where}`, { method: verb, ...request });
      if (!response.ok) throw new Error(`${where}: ${await response.text()}`);
      return (await response.json()) as never;
    },
    { method, path, body },
  );
}
