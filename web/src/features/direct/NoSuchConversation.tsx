import { NoSuchPlace } from "../../components/NoSuchPlace.tsx";

/** In place of a conversation that one is not in, or that the other one has closed. */
export function NoSuchConversation() {
  return (
    <NoSuchPlace title="There is no such conversation." to="/direct" back="Your conversations">
      The person cannot be written to, or a part of the address is missing.
    </NoSuchPlace>
  );
}
