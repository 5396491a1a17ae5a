-- The timeline is the only log.

create type entry_kind as enum (
    'note', 'action', 'effect', 'expectation', 'assumption', 'theory', 'decision',
    'declared', 'status', 'severity', 'moment', 'link', 'details', 'correction', 'redacted');
create type entry_source as enum ('person', 'system', 'api', 'alert', 'import');

-- The counter and the lock of an incident's timeline: narrow, so that taking
-- it costs little and never waits for a reader of the incident.
create table timeline_heads (
    incident         bigint primary key references incidents,
    seq              bigint not null default 0,
    last_recorded_at timestamptz not null default '-infinity'
);

create table entries (
    incident    bigint not null references incidents,
    -- 1, 2, 3 … without holes, in commit order.
    seq         bigint not null check (seq > 0),
    kind        entry_kind not null,
    -- For a correction, the text that stands after it.
    body        text not null check (length(body) <= 20000),
    -- When it happened; for a correction, the time that stands after it.
    occurred_at timestamptz not null,
    -- When it was written; never before the entry before it.
    recorded_at timestamptz not null,
    author      uuid references people,
    source      entry_source not null,
    -- The entry that this correction or redaction is about.
    corrects    bigint,
    -- This correction strikes its target out.
    strikes     boolean not null default false,
    reason      text not null default '' check (length(reason) <= 2000),
    primary key (incident, seq),
    foreign key (incident, corrects) references entries (incident, seq),
    check ((corrects is not null) = (kind in ('correction', 'redacted'))),
    check (corrects < seq),
    check (not strikes or kind = 'correction')
);
create index entries_corrections on entries (incident, corrects, seq) where corrects is not null;
create index entries_author on entries (incident, author, seq);

-- Append-only, held by the database: rows are not deleted, and an update may
-- only blank text, which is what a redaction does.
create function entries_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE'
        and new.body in ('', old.body) and new.reason in ('', old.reason)
        and row(new.incident, new.seq, new.kind, new.occurred_at, new.recorded_at, new.author,
                new.source, new.corrects, new.strikes)
            is not distinct from
            row(old.incident, old.seq, old.kind, old.occurred_at, old.recorded_at, old.author,
                old.source, old.corrects, old.strikes)
    then
        return new;
    end if;
    raise exception 'the timeline is append-only';
end $$;
create trigger entries_append_only before update or delete on entries
    for each row execute function entries_append_only();
create trigger entries_are_kept before truncate on entries
    for each statement execute function entries_append_only();

-- What a client key has already done: the same key and body writes once.
create table client_keys (
    person_id  uuid not null references people,
    key        uuid not null,
    body_hash  bytea not null,
    -- What the first write answered: the number or seq it made.
    answer     bigint,
    created_at timestamptz not null default now(),
    primary key (person_id, key)
);
create index client_keys_created on client_keys (created_at);

-- Who has the room open now: one row a person and server. Beside the log.
create table presence (
    incident  bigint not null references incidents,
    person_id uuid not null references people,
    -- The server process that holds the stream.
    server    uuid not null,
    since     timestamptz not null default now(),
    seen_at   timestamptz not null default now(),
    primary key (incident, person_id, server)
);
