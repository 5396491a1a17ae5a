-- The call ("bridge") of an incident: who is on it, and who asked for relief.
-- Beside the log, so that none of it is ever exported, and kept for a while only.

-- One row a stay on a call. A person's stays on one call do not overlap.
create table stays (
    id           bigint generated always as identity primary key,
    incident     bigint not null references incidents,
    person_id    uuid not null references people,
    since        timestamptz not null,
    -- Null while it goes on.
    until        timestamptz,
    -- When its person was last seen in the room; where they left by hand, still
    -- seen there: a tab that merely stays open does not bring them back.
    seen_at      timestamptz not null,
    -- Joined by hand: on the phone, say. It goes on without the room.
    by_hand      boolean not null default false,
    left_by_hand boolean not null default false,
    check (until >= since),
    check (until is not null or not left_by_hand)
);
create unique index stays_one_open on stays (incident, person_id) where until is null;
create index stays_incident on stays (incident, person_id);
create index stays_person on stays (person_id);

-- "I need relief": without a reason, seen by its person and by whoever holds
-- command or operations, and by nobody else.
create table relief_requests (
    id        uuid primary key,
    incident  bigint not null references incidents,
    person_id uuid not null references people,
    asked_at  timestamptz not null,
    -- Taken back, relieved, or off the call.
    ended_at  timestamptz,
    check (ended_at >= asked_at)
);
create unique index relief_requests_one_open on relief_requests (incident, person_id) where ended_at is null;
create index relief_requests_incident on relief_requests (incident);

-- What stays of a call when its time is over: counts, and no person.
create table call_counts (
    incident     bigint primary key references incidents,
    people       integer not null check (people >= 0),
    relief_asked integer not null check (relief_asked >= 0)
);

-- What holds for the whole instance.
create table instance (
    -- How long after an incident's end it is kept who was on its call. Not less
    -- than client keys are, which know who sent what.
    call_days integer not null default 30 check (call_days between 7 and 3650)
);
create unique index instance_one_row on instance ((true));
insert into instance default values;

-- Who is here: in the room on any server (a process that has said nothing for
-- twenty seconds is gone, and its people with it), or on the call by hand;
-- with all their stays on this call. A function, not a view: it is asked for one
-- incident at every request for its room.
drop view here;
create function here(incident bigint) returns table (
    name text, since timestamptz, in_room boolean, on_call boolean, stays_since timestamptz[], stays_until timestamptz[]
) language sql stable as $$
    select p.name, h.since, h.in_room, h.on_call,
           array(select s.since from stays s where s.incident = $1 and s.person_id = p.id order by s.id),
           array(select s.until from stays s where s.incident = $1 and s.person_id = p.id order by s.id)
    from (
        select w.person_id, min(w.since) as since, bool_or(w.in_room) as in_room, bool_or(w.on_call) as on_call
        from (
            select r.person_id, r.since, true as in_room, false as on_call, false as by_hand
            from presence r where r.incident = $1 and r.seen_at > now() - interval '20 seconds'
            union all
            select s.person_id, s.since, false, true, s.by_hand
            from stays s where s.incident = $1 and s.until is null
              and exists (select from incidents i where i.number = $1 and i.ended_at is null)
        ) w
        group by w.person_id
        -- Whoever closed the room a moment ago is still on the call, but not here.
        having bool_or(w.in_room or w.by_hand)
    ) h join people p on p.id = h.person_id
    order by lower(p.name), p.id
$$;
