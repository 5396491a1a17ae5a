-- Something broke and people respond.

create type incident_status as enum
    ('triage', 'investigating', 'identified', 'monitoring', 'resolved', 'cancelled', 'merged');

-- What is searched: letters without their marks (Café as cafe), and words as
-- people split them: db-3 is db and 3, api.example.com is api, example and com.
create function searchable(text) returns text language sql immutable parallel safe as $$
    select translate(
        regexp_replace(normalize($1, nfkd), '[\u0300-\u036f]', '', 'g'),
        '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~',
        repeat(' ', 32))
$$;

create table incidents (
    -- 1, 2, 3 …: what people say aloud. Given out by incident_numbers.
    number      bigint primary key,
    title       text not null check (length(title) between 1 and 200),
    summary     text not null default '' check (length(summary) <= 5000),
    severity    smallint not null references severities (level),
    status      incident_status not null,
    -- Each reopening starts a new round of moments.
    round       integer not null default 1,
    declared_by uuid references people,
    declared_at timestamptz not null,
    -- Resolved, cancelled or merged at; null while it is open.
    ended_at    timestamptz,
    -- The services concerned, as people call them.
    services    text[] not null default '{}' check (cardinality(services) <= 20),
    words       tsvector not null generated always as
                (to_tsvector('simple', searchable(number::text || ' ' || title || ' ' || summary))) stored,
    check ((ended_at is not null) = (status in ('resolved', 'cancelled', 'merged')))
);
create index incidents_words on incidents using gin (words);
create index incidents_open on incidents (number) where ended_at is null;
create index incidents_services on incidents using gin (services);
create index incidents_declared on incidents (declared_at);

-- The last number given out; a row lock on it makes numbers without holes.
create table incident_numbers (last bigint not null);
create unique index incident_numbers_one_row on incident_numbers ((true));
insert into incident_numbers values (0);

create type moment_name as enum
    ('impact_started', 'detected', 'declared', 'acknowledged', 'mitigated', 'recovered', 'resolved');

-- The points of an incident's life. One that is missing is not recorded, never zero.
create table moments (
    incident  bigint not null references incidents,
    round     integer not null,
    name      moment_name not null,
    at        timestamptz not null,
    -- Null when the room itself set it.
    set_by    uuid references people,
    primary key (incident, round, name)
);

create type link_kind as enum ('call', 'chat', 'runbook', 'dashboard');

-- Where people are pulled to: the call, the chat, the runbook.
create table incident_links (
    id       uuid primary key,
    incident bigint not null references incidents,
    kind     link_kind not null,
    label    text not null check (length(label) between 1 and 80),
    url      text not null check (url ~ '^https?://' and length(url) <= 2000)
);
create index incident_links_incident on incident_links (incident);
