-- Who held which piece of work from when to when, as role_terms has it of roles.
create table work_terms (
    id        uuid primary key,
    work_item uuid not null references work_items,
    person_id uuid not null references people,
    since     timestamptz not null,
    until     timestamptz,
    check (until >= since)
);
-- At most one holder each.
create unique index work_terms_one_holder on work_terms (work_item) where until is null;
create index work_terms_work_item on work_terms (work_item);

-- What stands now: who holds it, since when. Of what has ended it is known who
-- had it in the end, and not from when: no longer than it was there.
insert into work_terms
select gen_random_uuid(), id, holder, case when state = 'in_progress' then since else least(created_at, since) end,
       case when state = 'in_progress' then null else since end
from work_items where holder is not null;
