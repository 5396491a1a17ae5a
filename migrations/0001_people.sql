-- Who may come in, and what they may do.

create type person_role as enum ('viewer', 'responder', 'admin');

create table people (
    id            uuid primary key,
    email         text not null check (email = lower(email) and length(email) between 3 and 254),
    name          text not null check (length(name) between 1 and 100),
    -- What "@handle" means: the local part of the e-mail made unique, editable.
    handle        text not null check (handle ~ '^[a-z0-9][a-z0-9._-]{0,39}$'),
    role          person_role not null,
    -- argon2id in PHC format; null until the person has chosen one.
    password_hash text,
    -- IANA name; what "14:05" means when this person types it.
    time_zone     text not null default 'UTC',
    created_at    timestamptz not null default now(),
    -- People are never deleted: their entries keep their name.
    deactivated_at timestamptz,
    constraint people_email_unique unique (email),
    constraint people_handle_unique unique (handle)
);

-- One row a signed-in browser.
create table sessions (
    id           uuid primary key,
    -- SHA-256 of the cookie's random bytes; the cookie itself is stored nowhere.
    token_hash   bytea not null unique,
    person_id    uuid not null references people,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    -- What the browser calls itself, so that its owner recognises it in the list.
    user_agent   text not null default ''
);
create index sessions_person on sessions (person_id);

create type link_purpose as enum ('setup', 'invite', 'reset');

-- One-time links: the first admin's set-up, an invitation, a forgotten password.
create table one_time_links (
    token_hash bytea primary key,
    purpose    link_purpose not null,
    -- Set for an invitation: who is meant and as what they come in.
    email      text,
    name       text,
    role       person_role,
    -- Set for a forgotten password: whose.
    person_id  uuid references people,
    created_by uuid references people,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz,
    check ((purpose = 'invite') = (email is not null and role is not null)),
    check ((purpose = 'reset') = (person_id is not null))
);
-- There is one set-up link at a time.
create unique index one_time_links_setup on one_time_links (purpose) where purpose = 'setup' and used_at is null;

-- Failed sign-ins, counted per account and per address in a sliding window.
create table sign_in_failures (
    account text not null,
    address text not null,
    at      timestamptz not null default now()
);
create index sign_in_failures_account on sign_in_failures (account, at);
create index sign_in_failures_address on sign_in_failures (address, at);
