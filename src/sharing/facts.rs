//! What is read of an incident for those outside, at one moment.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    App,
    incidents::{Incident, moments, severities, store},
    response::held::{self, Held, Term},
    updates::{
        self, Update,
        cadence::{self, Promise},
        questions::{self, Question},
    },
    web::Failure,
};

/// The facts behind a view. Names and words as they are written inside.
pub struct Facts {
    /// The incident.
    pub incident: Incident,
    /// What its severity means here.
    pub severity: severities::Row,
    /// The moments of this round.
    pub moments: Vec<moments::Recorded>,
    /// Its roles, held or not.
    pub roles: Vec<Held>,
    /// Who held which role when, the latest first.
    pub terms: Vec<Term>,
    /// What was written for those outside, the newest first.
    pub updates: Vec<Update>,
    /// When the next one is promised.
    pub promise: Option<Promise>,
    /// What readers asked.
    pub questions: Vec<Question>,
    /// The entry that began this round, or 0.
    pub round_entry: i64,
    /// When this was read.
    pub now: DateTime<Utc>,
}

impl Facts {
    /// Reads them.
    pub async fn read(app: &App, number: i64) -> Result<Self, Failure> {
        let now = app.now().await?;
        let mut tx = app.db.begin_with("begin isolation level repeatable read read only").await?;
        let db: &mut PgConnection = &mut tx;
        let incident = store::find(&mut *db, number).await?.ok_or(Failure::NotFound)?;
        Ok(Self {
            severity: severities::one(&mut *db, incident.severity).await?,
            moments: moments::of(&mut *db, number, incident.round).await?,
            roles: held::of(&mut *db, number).await?,
            terms: held::history(&mut *db, number).await?,
            updates: updates::store::of(&mut *db, number).await?,
            promise: cadence::promise(&mut *db, number).await?,
            questions: questions::of(&mut *db, number).await?,
            round_entry: sqlx::query_scalar!("select round_entry from incidents where number = $1", number)
                .fetch_one(&mut *db)
                .await?
                .unwrap_or_default(),
            incident,
            now,
        })
    }

    /// Everybody who appears in a view by themselves, in the order in which they came.
    pub fn people(&self) -> Vec<Uuid> {
        let held = self.terms.iter().rev().map(|term| term.person);
        let wrote = self.updates.iter().rev().flat_map(|update| {
            let corrected = update.corrections.iter().map(|version| version.corrected_by.id);
            [update.written_by.id].into_iter().chain(corrected)
        });
        let answered = self.questions.iter().filter_map(|question| question.answer.as_ref().map(|answer| answer.by.id));
        held.chain(wrote).chain(answered).collect()
    }
}
