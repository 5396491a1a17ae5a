//! What the database holds, past all pages.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

/// A row of a timeline.
#[derive(Debug, Clone, FromRow)]
pub struct Line {
    pub seq: i64,
    pub kind: String,
    pub body: String,
    pub occurred_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub author: Option<Uuid>,
    pub corrects: Option<i64>,
    pub strikes: bool,
    pub reason: String,
}

/// A timeline as it is stored, by `seq`.
pub async fn timeline(db: &PgPool, incident: i64) -> Vec<Line> {
    let rows = sqlx::query_as(
        "select seq, kind::text as kind, body, occurred_at, recorded_at, author, corrects, strikes, reason
         from entries where incident = $1 order by seq",
    );
    rows.bind(incident).fetch_all(db).await.unwrap()
}

/// The last line of a timeline.
pub async fn last(db: &PgPool, incident: i64) -> Line {
    timeline(db, incident).await.pop().unwrap()
}

/// Fails unless `seq` is 1, 2, 3 … and time never runs backwards.
pub fn assert_sound(timeline: &[Line]) {
    let seqs: Vec<i64> = timeline.iter().map(|line| line.seq).collect();
    let expected: Vec<i64> = (1..).take(timeline.len()).collect();
    assert_eq!(seqs, expected, "seq without holes");
    assert!(timeline.is_sorted_by_key(|line| line.recorded_at), "recorded_at never decreases: {timeline:?}");
}

/// One number that a query counts.
pub async fn count(db: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(db).await.unwrap()
}
