-- The first schema. Times are milliseconds since 1970, in UTC.

-- Numbers that only grow.
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO counters (name, value) VALUES
    ('account_id', 0),  -- the last decimal id that was given to an own account
    ('settled', 0);     -- counted up after a commit whose outcome is unknown: see the writer

CREATE TABLE accounts (
    key INTEGER PRIMARY KEY,          -- at most 2^31 - 1; the rows stay when the account is deleted
    id TEXT NOT NULL UNIQUE,          -- what the world calls it
    username TEXT NOT NULL,
    username_folded TEXT NOT NULL,
    display_name TEXT,
    avatar_url TEXT,
    origin INTEGER NOT NULL CHECK (origin IN (0, 1, 2)),  -- own, guest, host
    password TEXT,                    -- a PHC string
    valid_after INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    token_expires_at INTEGER,         -- of guests: when the last token ends
    deleted_at INTEGER
) STRICT;

CREATE UNIQUE INDEX accounts_username ON accounts (username_folded) WHERE deleted_at IS NULL;
CREATE INDEX accounts_origin ON accounts (origin) WHERE deleted_at IS NULL;
CREATE INDEX accounts_ended_guests ON accounts (token_expires_at)
    WHERE origin = 1 AND deleted_at IS NULL;

-- The folded names of accounts, from each of their words on, so that a search is a range.
CREATE TABLE name_tails (
    tail TEXT NOT NULL,
    account INTEGER NOT NULL REFERENCES accounts (key),
    PRIMARY KEY (tail, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX name_tails_account ON name_tails (account);

CREATE TABLE revoked_tokens (
    digest BLOB PRIMARY KEY,          -- a SHA-256
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);

-- What every node has to act on. AUTOINCREMENT: a forgotten number never comes again.
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- token, all tokens, profile, deleted, blocked, unblocked
    kind INTEGER NOT NULL CHECK (kind IN (0, 1, 2, 3, 4, 5)),
    account TEXT NOT NULL,
    other TEXT,                       -- of a block: who is blocked
    digest BLOB,                      -- of a revoked token
    at INTEGER,                       -- a token's expiry, or the account's new valid_after
    made_at INTEGER NOT NULL
) STRICT;

CREATE TABLE conversations (
    key INTEGER PRIMARY KEY,          -- at most 2^31 - 1
    id TEXT NOT NULL UNIQUE,
    kind INTEGER NOT NULL CHECK (kind IN (0, 1, 2)),     -- room, direct, channel
    visibility INTEGER NOT NULL CHECK (visibility IN (0, 1)),  -- public, private
    title TEXT,
    description TEXT NOT NULL,
    owner INTEGER REFERENCES accounts (key),
    last_seq INTEGER NOT NULL,
    member_count INTEGER NOT NULL,
    joined_count INTEGER NOT NULL,    -- how many ever joined: the next member's place
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- What everybody may find, by its last activity. Lists of one's own go by the memberships.
CREATE INDEX conversations_recent ON conversations (kind, updated_at, id) WHERE visibility = 0;

-- The folded titles of conversations, from each of their words on, so that a search is a range.
CREATE TABLE title_tails (
    tail TEXT NOT NULL,
    conversation INTEGER NOT NULL REFERENCES conversations (key),
    PRIMARY KEY (tail, conversation)
) STRICT, WITHOUT ROWID;

CREATE INDEX title_tails_conversation ON title_tails (conversation, tail);

-- One row a pair, whatever the id of their conversation came out as.
CREATE TABLE direct_pairs (
    smaller INTEGER NOT NULL REFERENCES accounts (key),
    larger INTEGER NOT NULL REFERENCES accounts (key),
    conversation INTEGER NOT NULL UNIQUE REFERENCES conversations (key),
    PRIMARY KEY (smaller, larger)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    conversation INTEGER NOT NULL REFERENCES conversations (key),
    account INTEGER NOT NULL REFERENCES accounts (key),
    role INTEGER NOT NULL CHECK (role IN (0, 1)),        -- member, owner
    nth INTEGER NOT NULL,             -- the order of joining
    joined_at INTEGER NOT NULL,
    last_read INTEGER NOT NULL,       -- a seq
    opened INTEGER NOT NULL CHECK (opened IN (0, 1)),    -- has opened it, or written in it
    PRIMARY KEY (conversation, account)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX members_nth ON members (conversation, nth);
CREATE INDEX members_account ON members (account, conversation);

-- place = conversation * 2^32 + seq: the rows of a conversation lie together, in their order, and a
-- page of them is one range, in a tree whose inner nodes hold nothing but numbers.
CREATE TABLE messages (
    place INTEGER PRIMARY KEY CHECK (place >> 32 = conversation),
    conversation INTEGER NOT NULL REFERENCES conversations (key),
    sender INTEGER NOT NULL REFERENCES accounts (key),
    id BLOB NOT NULL,                 -- the 16 bytes of a UUID
    created_at INTEGER NOT NULL,
    client_id TEXT,
    message_type TEXT,                -- NULL: 'text'
    text TEXT,                        -- NULL: a tombstone
    text_check INTEGER,               -- of a tombstone: 16 bits of a hash, for resends
    echo BLOB                         -- x'': a post that absorbs an emit; 16 bytes: the emit's id
) STRICT;

-- UUIDs of version 7 grow with time: new entries are at the end.
CREATE UNIQUE INDEX messages_id ON messages (id);
CREATE UNIQUE INDEX messages_client_id ON messages (conversation, sender, client_id)
    WHERE client_id IS NOT NULL;
CREATE INDEX messages_echo ON messages (conversation, sender, echo) WHERE echo IS NOT NULL;

-- How many of the first block * 128 messages are whose; a row only where the block holds one of theirs.
-- Written once every 128 messages, where an index by sender would be written for each.
CREATE TABLE own_counts (
    conversation INTEGER NOT NULL,
    account INTEGER NOT NULL,
    block INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    PRIMARY KEY (conversation, account, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocks (
    blocker INTEGER NOT NULL REFERENCES accounts (key),
    blocked INTEGER NOT NULL REFERENCES accounts (key),
    blocked_at INTEGER NOT NULL,
    PRIMARY KEY (blocker, blocked)
) STRICT, WITHOUT ROWID;

CREATE INDEX blocks_blocked ON blocks (blocked, blocker);
