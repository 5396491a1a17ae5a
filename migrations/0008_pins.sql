-- Entries that are kept in sight. A pin is an entry, too: the last one about
-- an entry says whether it is pinned.

alter type entry_kind add value 'pin';

-- As text: a value that this very transaction adds cannot be compared yet.
alter table entries drop constraint entries_check;
alter table entries add constraint entries_about check
    ((corrects is not null) = (kind::text in ('correction', 'redacted', 'pin')));
