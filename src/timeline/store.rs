//! Reading entries, and the one way in which text is ever taken out.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Author, Correction, Entry, Redaction, Version, attachments,
    theories::{Evidence, Verdict},
};
use crate::terms::{Kind, Source, TheoryState};

struct Row {
    incident: i64,
    seq: i64,
    kind: Kind,
    body: String,
    occurred_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    author: Option<Uuid>,
    author_name: Option<String>,
    source: Source,
    corrects: Option<i64>,
    strikes: bool,
    reason: String,
}

/// Which entries a page of the timeline shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only these kinds; all when empty.
    pub kinds: Vec<Kind>,
    /// Only this author's.
    pub author: Option<Uuid>,
    /// Only entries with a lower `seq`.
    pub before: Option<i64>,
}

/// The entries after a cursor, oldest first, and the entries they are about.
/// First load, live, lag, reconnect and restart all read through this.
pub async fn since(db: &mut PgConnection, incident: i64, seq: i64, limit: i64) -> sqlx::Result<Vec<Entry>> {
    after(db, incident, (seq, &Filter::default()), limit).await
}

/// The last entries that a filter lets through, oldest first.
pub async fn page(db: &mut PgConnection, incident: i64, filter: &Filter, limit: i64) -> sqlx::Result<Vec<Entry>> {
    let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.word()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select e.incident, e.seq, e.kind as "kind: Kind", e.body, e.occurred_at, e.recorded_at, e.author,
                  p.name as "author_name?", e.source as "source: Source", e.corrects, e.strikes, e.reason
           from entries e left join people p on p.id = e.author
           where e.incident = $1 and ($2::bigint is null or e.seq < $2)
             and ($3::uuid is null or e.author = $3)
             and (cardinality($4::text[]) = 0 or e.kind::text = any($4))
           order by e.seq desc limit $5"#,
        incident,
        filter.before,
        filter.author,
        &kinds as &[&str],
        limit
    );
    let mut rows = rows.fetch_all(&mut *db).await?;
    rows.reverse();
    with_corrections(db, incident, rows).await
}

/// The entries after a cursor that a filter lets through, oldest first.
pub async fn after(
    db: &mut PgConnection,
    incident: i64,
    (after, filter): (i64, &Filter),
    limit: i64,
) -> sqlx::Result<Vec<Entry>> {
    let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.word()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select e.incident, e.seq, e.kind as "kind: Kind", e.body, e.occurred_at, e.recorded_at, e.author,
                  p.name as "author_name?", e.source as "source: Source", e.corrects, e.strikes, e.reason
           from entries e left join people p on p.id = e.author
           where e.incident = $1 and e.seq > $2 and (cardinality($3::text[]) = 0 or e.kind::text = any($3))
           order by e.seq limit $4"#,
        incident,
        after,
        &kinds as &[&str],
        limit
    );
    let rows = rows.fetch_all(&mut *db).await?;
    with_corrections(db, incident, rows).await
}

/// The entries after a cursor, and before them the earlier ones that they are
/// about, as all of them stand now.
pub async fn since_with_targets(
    db: &mut PgConnection,
    incident: i64,
    seq: i64,
    limit: i64,
) -> sqlx::Result<Vec<Entry>> {
    let new = since(db, incident, seq, limit).await?;
    let targets: Vec<i64> = new.iter().filter_map(|entry| entry.corrects).filter(|target| *target <= seq).collect();
    let mut entries = if targets.is_empty() { Vec::new() } else { some(db, incident, &targets).await? };
    entries.extend(new);
    Ok(entries)
}

/// Single entries by `seq`, in that order.
pub async fn some(db: &mut PgConnection, incident: i64, seqs: &[i64]) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select e.incident, e.seq, e.kind as "kind: Kind", e.body, e.occurred_at, e.recorded_at, e.author,
                  p.name as "author_name?", e.source as "source: Source", e.corrects, e.strikes, e.reason
           from entries e left join people p on p.id = e.author
           where e.incident = $1 and e.seq = any($2) order by e.seq"#,
        incident,
        seqs
    );
    let rows = rows.fetch_all(&mut *db).await?;
    with_corrections(db, incident, rows).await
}

/// One entry.
pub async fn one(db: &mut PgConnection, incident: i64, seq: i64) -> sqlx::Result<Option<Entry>> {
    Ok(some(db, incident, &[seq]).await?.pop())
}

/// The `seq` of the last entry; 0 before the first.
pub async fn head(db: &mut PgConnection, incident: i64) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!("select seq from timeline_heads where incident = $1", incident).fetch_optional(db).await
}

/// The heads of several timelines.
pub async fn heads(db: &mut PgConnection, incidents: &[i64]) -> sqlx::Result<Vec<(i64, i64)>> {
    let rows = sqlx::query!("select incident, seq from timeline_heads where incident = any($1)", incidents);
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.incident, row.seq)).collect())
}

/// Everybody who wrote in a room, by name.
pub async fn authors(db: &mut PgConnection, incident: i64) -> sqlx::Result<Vec<Author>> {
    sqlx::query_as!(
        Author,
        "select p.id, p.name from people p
         where exists (select from entries e where e.incident = $1 and e.author = p.id)
         order by lower(p.name), p.id",
        incident
    )
    .fetch_all(db)
    .await
}

/// Takes an entry's text and images out, the text of its corrections, and what still says the
/// same beside the log: title, summary, services, a link, the title of work, a briefing and its answer, an update, a question and its answer.
/// What the rows say besides stays.
pub async fn blank(tx: &mut PgConnection, incident: i64, seq: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "update incidents i
         set title = case when e.kind = 'declared' or e.body like 'the title to %' then '(redacted)' else i.title end,
             summary = case when e.body like 'the summary to%' then '' else i.summary end,
             services = case when e.body like 'the services to%' then '{}' else i.services end
         from entries e
         where i.number = $1 and e.incident = $1 and e.seq = $2 and e.kind in ('declared', 'details')
           and (strpos(e.body, i.title) > 0 or strpos(e.body, i.summary) > 0
                or strpos(e.body, array_to_string(i.services, ', ')) > 0)",
        incident,
        seq
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from incident_links l using entries e
         where l.incident = $1 and e.incident = $1 and e.seq = $2 and e.kind = 'link' and strpos(e.body, '“' || l.label || '”') > 0",
        incident,
        seq
    )
    .execute(&mut *tx)
    .await?;
    // What an entry called a piece of work, when it was added or named anew.
    sqlx::query!(
        "update work_items w set title = '(redacted)' from entries e
         where w.incident = $1 and e.incident = $1 and e.seq = $2 and e.kind = 'work'
           and (w.entry = e.seq or e.body like 'calls “%') and strpos(e.body, '“' || w.title || '”') > 0",
        incident,
        seq
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update handoffs h set briefing = case when h.entry = e.seq then '' else h.briefing end,
                               word = case when h.word = e.reason then '' else h.word end
         from entries e
         where h.incident = $1 and e.incident = $1 and e.seq = $2 and e.kind = 'handoff'",
        incident,
        seq
    )
    .execute(&mut *tx)
    .await?;
    // What an entry called those with whom it was shared.
    sqlx::query!("update share_links set label = '(redacted)' where incident = $1 and seq = $2", incident, seq)
        .execute(&mut *tx)
        .await?;
    blank_update(tx, incident, seq).await?;
    blank_question(tx, incident, seq).await?;
    sqlx::query!(
        "update entries set body = case when kind in ('verdict', 'evidence') then body else '' end, reason = ''
         where incident = $1 and (seq = $2 or (corrects = $2 and kind in ('correction', 'verdict', 'evidence')))",
        incident,
        seq
    )
    .execute(&mut *tx)
    .await?;
    attachments::remove(tx, incident, seq).await
}

/// What an update says and said, and what somebody still has of it in a draft.
async fn blank_update(tx: &mut PgConnection, incident: i64, seq: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "with said as (
             select situation, impact, doing, ruled_out from updates where incident = $1 and seq = $2
             union all
             select v.situation, v.impact, v.doing, v.ruled_out
             from update_versions v join updates u on u.id = v.update_id where u.incident = $1 and u.seq = $2
         ), words as (
             select unnest(array[situation, impact, doing, ruled_out]) as word from said
         )
         delete from update_drafts d using words
         where d.incident = $1 and word <> ''
           and strpos(concat_ws(' ', d.situation, d.impact, d.doing, d.ruled_out), word) > 0",
        incident,
        seq
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update update_versions v set situation = '', impact = '', doing = '', ruled_out = '', reason = '(redacted)'
         from updates u where u.id = v.update_id and u.incident = $1 and u.seq = $2",
        incident,
        seq
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update updates set situation = '', impact = '', doing = '', ruled_out = '' where incident = $1 and seq = $2",
        incident,
        seq
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What a question asks, or what was replied to it.
async fn blank_question(tx: &mut PgConnection, incident: i64, seq: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "update questions set body = case when seq = $2 then '' else body end,
                              reply = case when answer_seq = $2 then '' else reply end
         where incident = $1 and $2 in (seq, answer_seq)",
        incident,
        seq
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn with_corrections(db: &mut PgConnection, incident: i64, rows: Vec<Row>) -> sqlx::Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = rows.into_iter().map(Entry::from).collect();
    let seqs: Vec<i64> = entries.iter().map(|entry| entry.seq).collect();
    let later = sqlx::query_as!(
        Row,
        r#"select e.incident, e.seq, e.kind as "kind: Kind", e.body, e.occurred_at, e.recorded_at, e.author,
                  p.name as "author_name?", e.source as "source: Source", e.corrects, e.strikes, e.reason
           from entries e left join people p on p.id = e.author
           where e.incident = $1 and e.corrects = any($2) order by e.seq"#,
        incident,
        &seqs
    );
    for row in later.fetch_all(&mut *db).await? {
        let target = row.corrects.and_then(|seq| entries.binary_search_by_key(&seq, |entry| entry.seq).ok());
        if let Some(index) = target {
            entries[index].amend(Entry::from(row));
        }
    }
    for attachment in attachments::of(db, incident, &seqs).await? {
        if let Ok(index) = entries.binary_search_by_key(&attachment.seq, |entry| entry.seq) {
            entries[index].attachments.push(attachment);
        }
    }
    Ok(entries)
}

impl Entry {
    fn amend(&mut self, later: Self) {
        if later.kind == Kind::Pin {
            self.pinned = later.pins();
        } else if later.kind == Kind::Verdict {
            let Self { seq, author, written, reason, .. } = later;
            let state = written.body.parse().unwrap_or(TheoryState::Open);
            self.verdicts.push(Verdict { seq, state, author, reason });
        } else if later.kind == Kind::Evidence {
            self.evidence.extend(later.written.body.parse().map(|tie| Evidence { seq: later.seq, tie }));
        } else if later.kind == Kind::Redacted {
            let Self { seq, author, recorded_at, reason, .. } = later;
            self.redaction = Some(Redaction { seq, author, recorded_at, reason });
        } else {
            let Self { seq, author, recorded_at, written, strikes, reason, .. } = later;
            self.corrections.push(Correction { seq, author, recorded_at, stands: written, strikes, reason });
        }
    }
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            incident: row.incident,
            seq: row.seq,
            kind: row.kind,
            author: row.author.zip(row.author_name).map(|(id, name)| Author { id, name }),
            source: row.source,
            recorded_at: row.recorded_at,
            written: Version { body: row.body, occurred_at: row.occurred_at },
            reason: row.reason,
            corrects: row.corrects,
            strikes: row.strikes,
            corrections: Vec::new(),
            redaction: None,
            pinned: false,
            verdicts: Vec::new(),
            evidence: Vec::new(),
            attachments: Vec::new(),
        }
    }
}
