-- Updates for those outside the work, and the promise of the next one.

-- The entry with which the present round began: reopened, or accepted from
-- triage. Null: with the declaration. What was promised before it is past.
alter table incidents add column round_entry bigint;

create type audience as enum ('leadership', 'public');

create table updates (
    id         uuid primary key,
    incident   bigint not null references incidents,
    -- The entry that tells of it. Struck out or redacted, the update is, too.
    seq        bigint not null,
    audience   audience not null,
    -- In the writer's words, as plain text. All empty: there is no news yet.
    situation  text not null check (length(situation) <= 2000),
    impact     text not null check (length(impact) <= 2000),
    doing      text not null check (length(doing) <= 2000),
    ruled_out  text not null check (length(ruled_out) <= 2000),
    -- The promised time of the next one; null: none was promised.
    next_by    timestamptz,
    written_by uuid not null references people,
    written_at timestamptz not null,
    unique (incident, seq),
    foreign key (incident, seq) references entries (incident, seq),
    check (next_by > written_at)
);

-- What an update said before it was corrected; it stays visible.
create table update_versions (
    update_id    uuid not null references updates,
    -- The correction that replaced it.
    seq          bigint not null,
    situation    text not null,
    impact       text not null,
    doing        text not null,
    ruled_out    text not null,
    corrected_by uuid not null references people,
    corrected_at timestamptz not null,
    reason       text not null check (length(reason) between 1 and 2000),
    primary key (update_id, seq)
);

-- What somebody is writing, saved as they type: one a person and incident.
create table update_drafts (
    incident  bigint not null references incidents,
    person_id uuid not null references people,
    audience  audience not null,
    situation text not null check (length(situation) <= 20000),
    impact    text not null check (length(impact) <= 20000),
    doing     text not null check (length(doing) <= 20000),
    ruled_out text not null check (length(ruled_out) <= 20000),
    next_by   text not null check (length(next_by) <= 100),
    saved_at  timestamptz not null,
    primary key (incident, person_id)
);

-- A promise that was moved without an update, with the reason.
create table snoozes (
    incident bigint not null references incidents,
    -- The entry that tells of it.
    seq      bigint not null,
    until    timestamptz not null,
    set_at   timestamptz not null,
    primary key (incident, seq),
    check (until > set_at)
);

-- An incident's own interval, where it is not its severity's.
create table update_intervals (
    incident bigint primary key references incidents,
    -- Null: on change, nothing is promised by itself.
    minutes  integer check (minutes between 1 and 100000),
    set_at   timestamptz not null
);

-- Said once for every promise that was not kept.
create table overdue_updates (
    incident bigint not null references incidents,
    due_at   timestamptz not null,
    said_at  timestamptz not null,
    primary key (incident, due_at)
);
