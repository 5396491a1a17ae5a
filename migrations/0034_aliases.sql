-- People as roles for readers outside: "Engineer 2", the same within an
-- incident for good, and never given to another.
create table aliases (
    incident  bigint not null references incidents,
    person_id uuid not null references people,
    number    integer not null check (number > 0),
    primary key (incident, person_id),
    unique (incident, number)
);

-- What somebody was called before: it is masked as well.
create table former_names (
    person_id uuid not null references people,
    name      text not null,
    primary key (person_id, name)
);
create function keep_former_names() returns trigger language plpgsql as $$
begin
    insert into former_names (person_id, name)
    select old.id, word from unnest(array[old.name, old.handle, old.email]) as word
    where word not in (new.name, new.handle, new.email)
    on conflict do nothing;
    return null;
end $$;
create trigger people_former_names after update of name, handle, email on people
    for each row execute function keep_former_names();

-- Whoever is added, or called otherwise, is masked in what stands already.
create trigger people_added_common_words after insert on people
    for each statement execute function common_words_changed();
create trigger people_called_common_words after update of handle, email on people
    for each row when (new.handle is distinct from old.handle or new.email is distinct from old.email)
    execute function common_words_changed();
