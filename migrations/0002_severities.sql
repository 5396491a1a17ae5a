-- What each severity means here, and what it promises. All of it is editable.

create table severities (
    level               smallint primary key check (level between 1 and 5),
    name                text not null check (length(name) between 1 and 40),
    definition          text not null check (length(definition) <= 1000),
    -- Minutes; null means "on change" or "none".
    acknowledge_minutes integer check (acknowledge_minutes between 1 and 100000),
    leadership_minutes  integer check (leadership_minutes between 1 and 100000),
    public_minutes      integer check (public_minutes between 1 and 100000),
    -- When somebody who holds something should be offered relief.
    relief_amber_minutes integer check (relief_amber_minutes between 1 and 100000),
    relief_red_minutes   integer check (relief_red_minutes between 1 and 100000),
    check (relief_amber_minutes is null or relief_red_minutes is null or relief_amber_minutes <= relief_red_minutes)
);

insert into severities values
    (1, 'SEV1', 'Critical: most customers cannot use the product, or data or money is being lost. Executives and customers are told.', 5, 30, 20, 60, 180),
    (2, 'SEV2', 'Critical for many customers: a main function is broken or badly slow. From here on it is a major incident.', 15, 30, 30, 60, 180),
    (3, 'SEV3', 'Minor, but it needs somebody now and may become SEV2.', 60, 60, null, 120, 240),
    (4, 'SEV4', 'Minor: the product can be used as usual; during working hours.', 1440, null, null, null, null),
    (5, 'SEV5', 'Cosmetic: a ticket would do.', 1440, null, null, null, null);
