-- What is searched: letters without their marks (Café as cafe), and words as
-- people split them: db-3 is db and 3, api.example.com is api, example and com.
create function searchable(text) returns text language sql immutable parallel safe as $$
    select translate(
        regexp_replace(normalize($1, nfkd), '[\u0300-\u036f]', '', 'g'),
        '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~',
        repeat(' ', 32))
$$;

alter table incidents drop column words;
alter table incidents add column words tsvector not null generated always as
    (to_tsvector('simple', searchable(number::text || ' ' || title || ' ' || summary))) stored;
create index incidents_words on incidents using gin (words);
