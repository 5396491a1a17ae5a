-- What somebody has seen of an incident: whether its brief is due, and what is
-- new since they were here. Beside the log: who read along is nobody's business.
create table arrivals (
    incident  bigint not null references incidents,
    person_id uuid not null references people,
    -- When they last had the room open and then no longer, or put its brief away.
    left_at   timestamptz not null,
    -- How far the timeline went by then.
    left_seq  bigint not null,
    -- They put the brief away: it comes again only after an absence.
    briefed   boolean not null,
    primary key (incident, person_id)
);
-- In how many rooms somebody has been tells whether they are new to this.
create index arrivals_person on arrivals (person_id);
