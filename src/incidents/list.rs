//! `/incidents`: all incidents, newest first, searched and filtered, in
//! keyset pages.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use sqlx::{Connection, PgConnection, PgExecutor, Postgres, QueryBuilder, Row as _};

use crate::{
    App,
    people::{Person, Viewer},
    terms::{Severity, Status},
    web::{Answer, Place, Query, Shell, form::Errors, page},
};

/// What a list shows of an incident; conditions follow with `and`.
const SELECT: &str = "select i.number, i.title, i.summary, i.services, i.severity, i.status, i.round, i.declared_at,
            i.ended_at, i.drill, i.retrospective, i.private, i.merged_into from incidents i where true";

/// How many incidents a page shows.
const PAGE: usize = 50;

/// An incident as a list shows it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The incident.
    pub incident: super::Incident,
}

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Words of the title or summary, or a number.
    pub q: String,
    /// Severities; all when empty.
    pub severity: Vec<String>,
    /// Statuses, or `open`; all when empty.
    pub status: Vec<String>,
    /// A service that is concerned.
    pub service: String,
    /// `no` leaves drills out, `only` shows nothing else.
    pub drill: String,
    /// Declared on this day or later, in the reader's zone.
    pub from: String,
    /// Declared on this day or earlier, in the reader's zone.
    pub to: String,
    /// Only incidents with lower numbers: the cursor of the next page.
    pub before: Option<i64>,
}

impl Filter {
    /// What a form sends for “any” chooses nothing.
    fn without_any(mut self) -> Self {
        self.severity.retain(|word| !word.is_empty());
        self.status.retain(|word| !word.is_empty());
        self
    }

    /// The dates that cannot be read.
    fn check(&self, zone: Tz) -> Errors {
        let mut errors = Errors::default();
        for (field, typed) in [("from", &self.from), ("to", &self.to)] {
            if !typed.is_empty() && day(typed, zone).is_none() {
                errors.add(field, "Please write a date such as 2026-11-22.");
            }
        }
        errors
    }

    /// Whether anything is looked for at all.
    pub fn is_empty(&self) -> bool {
        self.q.trim().is_empty()
            && self.service.trim().is_empty()
            && self.drill.is_empty()
            && self.severity.is_empty()
            && self.status.is_empty()
            && self.from.is_empty()
            && self.to.is_empty()
    }

    /// Whether a severity is chosen. Templates call it.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn has_severity(&self, severity: &Severity) -> bool {
        self.severity.iter().any(|word| word == severity.word())
    }

    /// Whether a status is chosen. Templates call it.
    fn has_status(&self, word: &str) -> bool {
        self.status.iter().any(|chosen| chosen == word)
    }

    fn severities(&self) -> Vec<Severity> {
        self.severity.iter().filter_map(|word| word.parse().ok()).collect()
    }

    fn statuses(&self) -> Vec<Status> {
        let open = self.has_status("open");
        let chosen = |status: &Status| (open && status.is_open()) || self.has_status(status.word());
        Status::ALL.iter().copied().filter(chosen).collect()
    }

    /// The address of the page that begins below a number.
    fn older(&self, last: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &self.q).append_pair("service", &self.service).append_pair("drill", &self.drill);
        for severity in &self.severity {
            query.append_pair("severity", severity);
        }
        for status in &self.status {
            query.append_pair("status", status);
        }
        query.append_pair("from", &self.from).append_pair("to", &self.to).append_pair("before", &last.to_string());
        format!("/incidents?{}", query.finish())
    }
}

/// Incidents that a filter lets through and this person may see, newest first.
pub async fn find(db: &mut PgConnection, filter: &Filter, person: &Person, limit: usize) -> sqlx::Result<Vec<Listed>> {
    if filter.is_empty() {
        return select(db, filter, person, limit).await;
    }
    // Planned for what is looked for: the few by an index, the many along the list.
    let mut tx = db.begin().await?;
    sqlx::query!("set local plan_cache_mode = force_custom_plan").execute(&mut *tx).await?;
    let found = select(&mut tx, filter, person, limit).await?;
    tx.commit().await?;
    Ok(found)
}

async fn select(db: &mut PgConnection, filter: &Filter, person: &Person, limit: usize) -> sqlx::Result<Vec<Listed>> {
    let zone = person.zone();
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push(" and (not i.private or may_see_private(i.number, ").push_bind(person.id).push("))");
    if let Some(before) = filter.before {
        query.push(" and i.number < ").push_bind(before);
    }
    if !filter.q.trim().is_empty() {
        let words = words(&mut *db, &filter.q.replace('\0', " ")).await?;
        // By their index, always: along the list a rare word would be looked for in all of it.
        query
            .push(" and i.number = any(array(select number from incidents where words @@ ")
            .push_bind(words)
            .push("::tsquery))");
    }
    if !filter.severity.is_empty() {
        let levels: Vec<i16> = filter.severities().iter().map(|severity| *severity as i16).collect();
        query.push(" and i.severity = any(").push_bind(levels).push(")");
    }
    if filter.status == ["open"] {
        query.push(" and i.ended_at is null");
    } else if !filter.status.is_empty() {
        let words: Vec<&str> = filter.statuses().iter().map(|status| status.word()).collect();
        query.push(" and i.status = any(").push_bind(words).push("::incident_status[])");
    }
    if !filter.service.trim().is_empty() {
        query.push(" and i.services @> array[").push_bind(filter.service.trim().replace('\0', "")).push("]");
    }
    if !filter.drill.is_empty() {
        query.push(" and i.drill = ").push_bind(filter.drill == "only");
    }
    if let Some(from) = day(&filter.from, zone) {
        query.push(" and i.declared_at >= ").push_bind(from.0);
    }
    if let Some(to) = day(&filter.to, zone) {
        query.push(" and i.declared_at < ").push_bind(to.1);
    }
    query.push(" order by i.number desc limit ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query.build().fetch_all(db).await?.iter().map(listed).collect()
}

/// What is typed as a search: every word as a beginning, every number as it
/// is. No word at all finds nothing.
async fn words(db: &mut PgConnection, typed: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r"select to_tsquery('simple', string_agg(left(word, 100) || case when word ~ '^[0-9]+$' then '' else ':*' end, ' & '))::text
          from (select distinct word from regexp_split_to_table(searchable($1), '\s+') as word where word <> '' limit 20) as words",
        typed
    )
    .fetch_one(db)
    .await
}

/// Some incidents by number, whoever may see them.
pub async fn some(db: impl PgExecutor<'_>, numbers: &[i64]) -> sqlx::Result<Vec<Listed>> {
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push(" and i.number = any(").push_bind(numbers).push(")");
    query.build().fetch_all(db).await?.iter().map(listed).collect()
}

fn listed(row: &sqlx::postgres::PgRow) -> sqlx::Result<Listed> {
    Ok(Listed {
        incident: super::Incident {
            number: row.try_get("number")?,
            title: row.try_get("title")?,
            summary: row.try_get("summary")?,
            services: row.try_get("services")?,
            severity: row.try_get("severity")?,
            status: row.try_get("status")?,
            round: row.try_get("round")?,
            declared_at: row.try_get("declared_at")?,
            ended_at: row.try_get("ended_at")?,
            drill: row.try_get("drill")?,
            retrospective: row.try_get("retrospective")?,
            private: row.try_get("private")?,
            merged_into: row.try_get("merged_into")?,
        },
    })
}

/// The first instant of a day, and that of the next.
fn day(typed: &str, zone: Tz) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let day: NaiveDate = typed.parse().ok()?;
    // Postgres knows no year -9999, and the last day that can be written has none after it.
    if !(1..=9999).contains(&day.year()) {
        return None;
    }
    let next = day.checked_add_days(Days::new(1))?;
    Some((midnight(day, zone)?, midnight(next, zone)?))
}

/// The first instant of a day: where the clocks go forward at midnight, it is
/// not twelve.
fn midnight(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let clock = |minutes| {
        let local = day.and_time(NaiveTime::MIN) + Duration::minutes(minutes);
        zone.from_local_datetime(&local).earliest()
    };
    // A whole day has been skipped, too, where an island changed its side of the date line.
    let first = (0..=24 * 60).step_by(15).find_map(clock)?;
    Some(first.with_timezone(&Utc))
}

#[derive(Template)]
#[template(path = "incidents/list.html")]
struct ListPage {
    shell: Shell,
    filter: Filter,
    errors: Errors,
    incidents: Vec<String>,
    older: Option<String>,
    may_declare: bool,
}

/// `GET /incidents`
pub async fn show(State(app): State<App>, Viewer(person): Viewer, Query(filter): Query<Filter>) -> Answer {
    let filter = filter.without_any();
    let errors = filter.check(person.zone());
    let mut found = if errors.is_empty() {
        find(&mut *app.db.acquire().await?, &filter, &person, PAGE + 1).await?
    } else {
        Vec::new()
    };
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let older = found.last().filter(|_| more).map(|last| filter.older(last.incident.number));
    let incidents = found.iter().map(row).collect::<Result<_, _>>().map_err(anyhow::Error::from)?;
    let may_declare = person.role >= crate::terms::Role::Responder;
    let shell = Shell::from(&person).at(Place::Incidents);
    page(&ListPage { shell, filter, errors, incidents, older, may_declare })
}

#[derive(Template)]
#[template(path = "incidents/_row.html")]
struct RowLook<'a> {
    listed: &'a Listed,
}

/// The `<li>` of an incident in a list; the same for everybody.
pub fn row(listed: &Listed) -> askama::Result<String> {
    RowLook { listed }.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_readers() {
        use chrono_tz::{America::Santiago, Europe::Rome, Pacific::Apia};
        for (typed, zone, start, end) in [
            // The clocks go forward at two, at midnight, and by a whole day.
            ("2026-03-29", Rome, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            ("2026-10-25", Rome, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
            ("2026-09-06", Santiago, "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"),
            ("2011-12-30", Apia, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
        ] {
            let expected = (start.parse().unwrap(), end.parse().unwrap());
            assert_eq!(day(typed, zone), Some(expected), "{typed}");
        }
        for none in ["29.3.", "-9999-01-01", "-262143-01-01", "+262142-12-31"] {
            assert!(day(none, Rome).is_none(), "{none}");
        }
    }

    #[test]
    fn open_means_every_status_that_is_not_an_end() {
        let filter = Filter { status: vec!["open".into(), "cancelled".into()], ..Filter::default() };
        let expected =
            [Status::Triage, Status::Investigating, Status::Identified, Status::Monitoring, Status::Cancelled];
        assert_eq!(filter.statuses(), expected);
    }
}
