-- What became of a theory, and what speaks for and against it: entries that
-- are about the theory's own, so that the timeline stays the only log.

-- Eliminated, confirmed, or open again; the body is that word.
alter type entry_kind add value 'verdict';
-- Another entry speaks for or against it; the body is `for #12`, `against #12`
-- or, taken back, `about #12`.
alter type entry_kind add value 'evidence';

-- As text: a value that this very transaction adds cannot be compared yet.
alter table entries drop constraint entries_about;
alter table entries add constraint entries_about check
    ((corrects is not null) = (kind::text in ('correction', 'redacted', 'pin', 'verdict', 'evidence')));
