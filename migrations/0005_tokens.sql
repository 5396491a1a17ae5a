-- Programs act as a person, with a token of that person.

create type token_scope as enum ('read', 'write');

create table tokens (
    id           uuid primary key,
    -- SHA-256 of the token; the token itself is shown once and stored nowhere.
    token_hash   bytea not null unique,
    person_id    uuid not null references people,
    -- What it is for, in its owner's words.
    name         text not null check (length(name) between 1 and 100),
    scope        token_scope not null,
    created_at   timestamptz not null default now(),
    -- To the minute.
    last_used_at timestamptz,
    revoked_at   timestamptz
);
create index tokens_person on tokens (person_id, created_at);
