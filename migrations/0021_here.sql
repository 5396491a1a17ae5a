-- Who has a room open now, on any server: a process that has said nothing for
-- twenty seconds is gone, and its people with it.
create view here as
    select h.incident, p.name, min(h.since) as since
    from presence h join people p on p.id = h.person_id
    where h.seen_at > now() - interval '20 seconds'
    group by h.incident, p.id, p.name;
