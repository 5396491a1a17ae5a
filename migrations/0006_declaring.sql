-- Drills, incidents recorded afterwards, private ones, and merging.

alter type entry_kind add value 'merge';
alter type entry_kind add value 'visibility';

alter table incidents
    -- An exercise: marked wherever it is shown, and kept out of figures.
    add column drill boolean not null default false,
    -- Written down after the fact: its times come from memory or from logs.
    add column retrospective boolean not null default false,
    -- Seen by its people and by admins alone; for anybody else it does not exist.
    add column private boolean not null default false,
    -- The incident together with which it is handled.
    add column merged_into bigint references incidents,
    add check ((merged_into is not null) = (status = 'merged')),
    add check (merged_into <> number);
create index incidents_merged_into on incidents (merged_into) where merged_into is not null;

-- The people of a private incident. Those of one that is public again stay,
-- so that closing it once more does not forget them.
create table incident_people (
    incident  bigint not null references incidents,
    person_id uuid not null references people,
    primary key (incident, person_id)
);
create index incident_people_person on incident_people (person_id);

-- Whether somebody may see an incident that is private. Queries write
-- "not private or may_see_private(number, person)", so that public ones cost nothing.
create function may_see_private(incident bigint, person uuid) returns boolean language sql stable parallel safe as $$
    select exists (select from people where id = $2 and role = 'admin' and deactivated_at is null)
        or exists (select from incident_people where incident_people.incident = $1 and person_id = $2)
$$;
