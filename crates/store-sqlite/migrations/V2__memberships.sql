-- One more kind of change: a membership that ended, or began by an invitation. SQLite cannot widen a
-- CHECK: the rows move to a table of the same form. They are few, and nothing of them is lost.
CREATE TABLE next_changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- token, all tokens, profile, deleted, blocked, unblocked, membership
    kind INTEGER NOT NULL CHECK (kind IN (0, 1, 2, 3, 4, 5, 6)),
    account TEXT NOT NULL,
    other TEXT,                       -- of a block: who is blocked; of a membership: the conversation
    digest BLOB,                      -- of a revoked token
    at INTEGER,                       -- a token's expiry, or the account's new valid_after
    made_at INTEGER NOT NULL
) STRICT;

-- The numbering goes on, also where all changes are forgotten.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'next_changes', seq
FROM sqlite_sequence
WHERE name = 'changes';

INSERT INTO next_changes (seq, kind, account, other, digest, at, made_at)
SELECT seq, kind, account, other, digest, at, made_at
FROM changes;

DROP TABLE changes;

ALTER TABLE next_changes RENAME TO changes;
