-- What readers outside ask. It waits in a queue and interrupts nobody.
create table questions (
    id          uuid primary key,
    incident    bigint not null references incidents,
    -- The entry that tells of it; redacted, the question is, too.
    seq         bigint not null,
    body        text not null check (length(body) <= 500),
    -- Through which link it came, or which person here asked.
    link_id     uuid references share_links,
    asked_by    uuid references people,
    asked_at    timestamptz not null,
    -- Answered by an update or by a reply.
    answered_at timestamptz,
    answered_by uuid references people,
    update_id   uuid references updates,
    reply       text not null default '' check (length(reply) <= 2000),
    -- The entry that tells of the answer.
    answer_seq  bigint,
    unique (incident, seq),
    foreign key (incident, seq) references entries (incident, seq),
    check ((link_id is null) <> (asked_by is null)),
    check ((answered_at is null) = (answered_by is null)),
    check (answered_at is null or (update_id is not null) or reply <> '' or answer_seq is not null)
);
create index questions_incident on questions (incident, asked_at);

-- "I ask this, too": once a reader. Who that is, is known to nobody: the hash
-- of a random cookie, or of a person's id.
create table question_votes (
    question_id uuid not null references questions,
    voter       bytea not null,
    voted_at    timestamptz not null,
    primary key (question_id, voter)
);

-- How many there are in an incident. What is kept of a room goes by it, for
-- they are no entries.
create function votes(of bigint) returns bigint language sql stable as $$
    select count(*) from question_votes v join questions q on q.id = v.question_id where q.incident = of
$$;
