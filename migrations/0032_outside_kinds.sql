-- What is said to those outside the work is in the log as well: a written
-- update (and a promise of one that is moved or late), a question and its
-- answer, a link that was made or revoked.
alter type entry_kind add value 'update';
alter type entry_kind add value 'question';
alter type entry_kind add value 'shared';
