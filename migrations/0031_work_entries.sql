-- The entries of a piece of work: what was said of it, and what people wrote on it.
create table work_entries (
    work_item uuid not null references work_items,
    incident  bigint not null,
    seq       bigint not null,
    primary key (work_item, seq),
    foreign key (incident, seq) references entries (incident, seq)
);
-- What is known of the work that there is: what added it, and its offers.
insert into work_entries select id, incident, entry from work_items;
insert into work_entries select work_item, incident, entry from handoffs where work_item is not null;
