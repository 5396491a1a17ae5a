-- What many finished pages show beside their own subject: the names of people,
-- and what the severities mean. It changes seldom; a page that is kept compares
-- this version, which grows with every change, whoever makes it.

create table common_words (version bigint not null);
create unique index common_words_one_row on common_words ((true));
insert into common_words values (1);

create function common_words_changed() returns trigger language plpgsql as $$
begin
    update common_words set version = version + 1;
    return null;
end $$;
create trigger people_common_words after update of name on people
    for each row when (new.name is distinct from old.name) execute function common_words_changed();
create trigger severities_common_words after insert or update or delete on severities
    for each statement execute function common_words_changed();
