-- Images that belong to an entry. In the database, so that a backup has them.

create table attachments (
    id         uuid primary key,
    incident   bigint not null,
    -- The entry they are part of, and their place in it.
    seq        bigint not null,
    position   smallint not null check (position between 1 and 4),
    -- What the bytes are, not what they were called.
    media_type text not null check (media_type in ('image/png', 'image/jpeg', 'image/gif', 'image/webp')),
    -- In pixels, as it is seen.
    width      integer not null check (width > 0),
    height     integer not null check (height > 0),
    -- What it shows, in words; empty when nobody said.
    alt        text not null check (length(alt) <= 1000),
    -- Without what a camera had noted. A redaction deletes the row.
    bytes      bytea not null,
    unique (incident, seq, position),
    foreign key (incident, seq) references entries (incident, seq)
);
-- Images are compressed already: trying again would only take time.
alter table attachments alter column bytes set storage external;
