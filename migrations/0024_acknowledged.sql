-- Whether a round has been acknowledged is asked with every entry, so it stands
-- where the incident is read anyway.
alter table incidents
    -- The last round that somebody's first entry acknowledged; 0: none was yet.
    add column acknowledged integer not null default 0;
