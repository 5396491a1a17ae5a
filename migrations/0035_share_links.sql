-- Secret links for readers without a sign-in.

create type shared_view as enum ('leadership', 'postmortem');
create type shared_names as enum ('roles', 'names');

create table share_links (
    id             uuid primary key,
    -- SHA-256 of the secret; the secret itself is shown once and not stored.
    token_hash     bytea not null unique,
    incident       bigint not null references incidents,
    -- The entry that tells of it; redacted, the label is, too.
    seq            bigint not null,
    -- For whom it was made.
    label          text not null check (length(label) between 1 and 80),
    view           shared_view not null,
    -- How people appear.
    names          shared_names not null,
    may_ask        boolean not null,
    -- Whether the incident's summary may stand there until the first update.
    shows_summary  boolean not null,
    -- A time of its own; null: 24 h after the incident's end, 30 days at most.
    expires_at     timestamptz,
    created_by     uuid not null references people,
    created_at     timestamptz not null,
    revoked_at     timestamptz,
    revoked_by     uuid references people,
    -- How often and when, never who.
    views          bigint not null default 0,
    last_viewed_at timestamptz,
    unique (incident, seq),
    foreign key (incident, seq) references entries (incident, seq),
    check (expires_at > created_at),
    check ((revoked_at is null) = (revoked_by is null))
);
create index share_links_created_by on share_links (created_by);

-- Until when a link works. The rule stands here, once for pages, streams and lists.
create function share_link_ends(link share_links) returns timestamptz language sql stable as $$
    select coalesce(
        link.expires_at,
        least(link.created_at + interval '30 days',
              -- A day to read is also left to a link that is made after the end.
              (select greatest(ended_at, link.created_at) + interval '24 hours' from incidents
               where number = link.incident and ended_at is not null)))
$$;
