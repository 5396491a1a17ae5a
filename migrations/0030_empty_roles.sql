-- Roles that an admin adds, and what is said of one that nobody holds.
alter table roles
    -- How long a role that somebody should hold may stay empty before the timeline says so.
    add column empty_minutes integer not null default 5 check (empty_minutes between 1 and 10080),
    -- The product itself counts on it: it stays.
    add column built_in boolean not null default false;
update roles set built_in = true;

-- Said once for as long as it stays empty.
create table empty_roles (
    incident bigint not null references incidents,
    role     text not null references roles,
    said_at  timestamptz not null,
    primary key (incident, role)
);

-- Rooms show what roles are called and from when on they should be held.
create trigger roles_common_words after insert or update or delete on roles
    for each statement execute function common_words_changed();
