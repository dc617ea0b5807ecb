-- A message is looked for by its id only where its sender gave it no key: those with a key need no place
-- in this index, and each costs one write less. That an id is one message's alone is seen
-- to by whoever makes it (a UUID of version 7); of those with a key it is not checked any more.
DROP INDEX messages_id;

CREATE UNIQUE INDEX messages_id ON messages (id) WHERE client_id IS NULL;
