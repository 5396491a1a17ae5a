-- Who holds what: roles, work, and hand-offs that are accepted and not just said.

alter type entry_kind add value 'role';
alter type entry_kind add value 'work';
alter type entry_kind add value 'handoff';

-- The roles of a response. An admin may add some.
create table roles (
    -- As it is written in addresses and by programs.
    name        text primary key check (name ~ '^[a-z][a-z0-9-]{0,39}$'),
    label       text not null check (length(label) between 1 and 60),
    -- What whoever holds it does, for somebody who holds it for the first time.
    duty        text not null check (length(duty) <= 1000),
    position    integer not null,
    -- Somebody should hold it in an incident of this severity or a worse one;
    -- null: nobody has to.
    needed_from smallint references severities (level)
);
insert into roles values
    ('commander', 'Incident commander', 'Decides, keeps the overview and sees that every piece of work has somebody. Does not fix. Anybody may ask the commander anything.', 1, 3),
    ('communications', 'Communications lead', 'Writes the updates, answers the questions from outside, and keeps both away from those who work.', 2, 2),
    ('scribe', 'Scribe', 'Writes down what is done, seen and decided, so that the others need not.', 3, null),
    ('operations', 'Operations lead', 'Leads those who work on the systems, and tells the commander where it stands and what is needed.', 4, null);

-- Who held which role from when to when.
create table role_terms (
    id        uuid primary key,
    incident  bigint not null references incidents,
    role      text not null references roles,
    person_id uuid not null references people,
    since     timestamptz not null,
    until     timestamptz,
    check (until >= since)
);
-- At most one holder each.
create unique index role_terms_one_holder on role_terms (incident, role) where until is null;
create index role_terms_person on role_terms (person_id, incident) where until is null;

create type work_state as enum ('open', 'in_progress', 'done', 'dropped');

-- One row of "who holds what".
create table work_items (
    id         uuid primary key,
    incident   bigint not null references incidents,
    title      text not null check (length(title) between 1 and 200),
    state      work_state not null,
    -- One column, so at most one; whoever did it stays when it is done.
    holder     uuid references people,
    -- Since when it stands like this.
    since      timestamptz not null,
    -- When its holder said to be back.
    due_at     timestamptz,
    created_at timestamptz not null,
    -- The entry that added it: when its text is taken out, the title goes with it.
    entry      bigint not null,
    foreign key (incident, entry) references entries (incident, seq),
    check (state <> 'open' or holder is null),
    check (state <> 'in_progress' or holder is not null)
);
create index work_items_incident on work_items (incident);

-- Who helps with a piece of work that somebody else holds.
create table work_helpers (
    work_item uuid not null references work_items,
    person_id uuid not null references people,
    since     timestamptz not null,
    primary key (work_item, person_id)
);

create type handoff_state as enum ('offered', 'accepted', 'declined', 'withdrawn');

-- Offers of a role or a piece of work to one person. Until it is accepted, its
-- giver keeps what they hold.
create table handoffs (
    id          uuid primary key,
    incident    bigint not null references incidents,
    role        text references roles,
    work_item   uuid references work_items,
    from_person uuid not null references people,
    to_person   uuid not null references people,
    -- Who made the offer: its giver, or whoever led.
    offered_by  uuid not null references people,
    -- Where it stands, what was tried, what is next.
    briefing    text not null check (length(briefing) <= 2000),
    state       handoff_state not null default 'offered',
    offered_at  timestamptz not null,
    ended_at    timestamptz,
    -- What whoever declined said.
    word        text not null default '' check (length(word) <= 2000),
    -- The entry of the offer: when its text is taken out, the briefing goes with it.
    entry       bigint not null,
    foreign key (incident, entry) references entries (incident, seq),
    check (num_nonnulls(role, work_item) = 1),
    check (from_person <> to_person),
    check ((state = 'offered') = (ended_at is null))
);
create index handoffs_incident on handoffs (incident, offered_at);
-- One open offer of a thing at a time.
create unique index handoffs_one_of_role on handoffs (incident, role) where state = 'offered' and role is not null;
create unique index handoffs_one_of_work on handoffs (work_item) where state = 'offered' and work_item is not null;
