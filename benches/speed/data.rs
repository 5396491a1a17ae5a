//! What the instances hold: people, and incidents of the years with their
//! timelines.

use anyhow::Context;
use second_story::{
    people::{sessions, store},
    terms::Role,
};
use sqlx::{AssertSqlSafe, PgPool};

/// Who asks, and what for.
pub struct Data {
    /// The session of a responder, as a cookie.
    pub cookie: String,
    /// A session of each responder.
    pub cookies: Vec<String>,
    /// A room with 200 entries, in which nobody writes.
    pub room: i64,
    /// Open incidents to write in, one a connection.
    pub open: Vec<i64>,
    /// An open incident to watch.
    pub watched: i64,
}

/// Fills an empty instance with so many incidents.
pub async fn fill(db: &PgPool, incidents: i64) -> anyhow::Result<Data> {
    let mut tx = db.begin().await?;
    let mut people = Vec::new();
    for name in ["Ana", "Ben", "Chidi", "Dana", "Emre", "Farah", "Goran", "Hana"] {
        let email = format!("{}@example.org", name.to_lowercase());
        let person = store::add(&mut tx, &email, &format!("{name} Example"), Role::Responder).await?;
        people.push(person.ok().context("an empty instance has nobody")?);
    }
    tx.commit().await?;
    let mut cookies = Vec::new();
    for person in &people {
        cookies.push(format!("session={}", sessions::begin(db, *person, "speed").await?.reveal()));
    }
    let people: Vec<String> = people.iter().map(|person| format!("'{person}'")).collect();
    let people = format!("array[{}]::uuid[]", people.join(","));
    let fill = FILL.replace("$people", &people).replace("$incidents", &incidents.to_string());
    sqlx::raw_sql(AssertSqlSafe(fill)).execute(db).await?;
    sqlx::raw_sql("vacuum analyze").execute(db).await?;
    Ok(Data {
        cookie: cookies[0].clone(),
        cookies,
        room: incidents,
        open: (incidents - 16..incidents).collect(),
        watched: incidents - 17,
    })
}

/// The last twenty incidents are open, the last of them has a long timeline.
const FILL: &str = "
insert into incidents (number, title, summary, severity, status, declared_by, declared_at, ended_at, services)
select n,
       (array['Checkout returns 500', 'Login is slow', 'Search finds nothing', 'Payments are declined twice',
              'E-mail is not sent', 'The API answers 429', 'Pictures do not load'])[1 + n % 7]
           || ' in ' || (array['Europe', 'America', 'Asia', 'Africa', 'Oceania'])[1 + n % 5]
           || case when n % 9973 = 1 then ' rarest' else '' end,
       'Since the last deployment of release ' || n || ', about ' || n % 100 || ' percent of requests fail.',
       case when n % 500 = 0 then 1 else 2 + n % 4 end,
       case when n > $incidents - 20 then 'investigating' else 'resolved' end::incident_status,
       ($people)[1 + n % 8], at, case when n > $incidents - 20 then null else at + interval '41 minutes' end,
       array[(array['payments', 'search', 'login', 'mail'])[1 + n % 4]]
from (select n, timestamptz '2024-01-01' + n * interval '10 minutes' as at from generate_series(1, $incidents) as n) as it;
update incident_numbers set last = $incidents;

insert into entries (incident, seq, kind, body, occurred_at, recorded_at, author, source)
select i.number, seq, case seq when 1 then 'declared' else
       (array['action', 'effect', 'expectation', 'assumption', 'theory', 'note'])[1 + seq % 6] end::entry_kind,
       case seq when 1 then i.title else (array[
           'Rolled `checkout` back to the release of Friday, in all zones, one after the other.',
           'Errors fall to **3 %** of requests; the queue of payments is still 4,000 long.',
           'The graph of the pool should come down within two minutes, or else it is not the pool.',
           'Taking it that nobody has changed the limits of the gateway since this morning.',
           'A retry storm: every client asks three times, and each of them through the same proxy.',
           'See https://dashboards.example.org/d/checkout for the numbers that we are all looking at.'])[1 + seq % 6] end,
       i.declared_at + seq * interval '20 seconds', i.declared_at + seq * interval '20 seconds',
       ($people)[1 + seq % 8], 'person'
from incidents i, generate_series(1, case when i.number = $incidents then 200 else 3 end) as seq;
insert into timeline_heads (incident, seq, last_recorded_at)
select incident, max(seq), max(recorded_at) from entries group by incident;
insert into moments (incident, round, name, at)
select number, 1, name, declared_at from incidents, unnest(array['declared', 'acknowledged']::moment_name[]) as name;
insert into incident_links (id, incident, kind, label, url)
values (gen_random_uuid(), $incidents, 'call', 'The call', 'https://meet.example.org/checkout');

create table floor_entries (
    id bigint generated always as identity primary key,
    incident bigint not null,
    kind text not null,
    body text not null,
    recorded_at timestamptz not null default now()
);
create index floor_entries_incident on floor_entries (incident, id);
";
