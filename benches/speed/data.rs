//! What the instances hold: people, and incidents of the years with their
//! timelines.

use anyhow::Context;
use second_story::{
    people::{secret::Secret, sessions, store},
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
    /// An open incident with twelve updates, which is shared.
    pub shared: i64,
    /// The path of its link.
    pub link: String,
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
    let shared = incidents - 18;
    sqlx::raw_sql(AssertSqlSafe(SHARE.replace("$people", &people).replace("$shared", &shared.to_string())))
        .execute(db)
        .await?;
    let secret = Secret::new();
    sqlx::query("update share_links set token_hash = $1").bind(secret.hash()).execute(db).await?;
    sqlx::raw_sql("vacuum analyze").execute(db).await?;
    Ok(Data {
        cookie: cookies[0].clone(),
        cookies,
        room: incidents,
        open: (incidents - 16..incidents).collect(),
        watched: incidents - 17,
        shared,
        link: format!("/s/{}", secret.reveal()),
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

/// Twelve updates of an incident, and a link to it.
const SHARE: &str = "
insert into entries (incident, seq, kind, body, occurred_at, recorded_at, author, source)
select $shared, 3 + n, case n when 13 then 'shared' else 'update' end::entry_kind, 'an update',
       now() - (14 - n) * interval '10 minutes', now() - (14 - n) * interval '10 minutes', ($people)[1 + n % 8], 'person'
from generate_series(1, 13) as n;
update timeline_heads set seq = 16, last_recorded_at = now() where incident = $shared;
insert into updates (id, incident, seq, audience, situation, impact, doing, ruled_out, next_by, written_by, written_at)
select gen_random_uuid(), $shared, 3 + n, 'leadership',
       'Card payments fail for some customers in Europe; Ana and Ben have found where they are lost.',
       'About one payment in three ends with an error page. Invoices and wallets work, and paid orders are safe.',
       'We take back the release of this night, one zone after the other. Chidi Example watches the queue.',
       'The network, the bank, and the certificates.',
       now() + interval '30 minutes', ($people)[1 + n % 8], now() - (14 - n) * interval '10 minutes'
from generate_series(1, 12) as n;
insert into share_links (id, token_hash, incident, seq, label, view, names, may_ask, shows_summary, created_by, created_at)
values (gen_random_uuid(), '', $shared, 16, 'Leadership', 'leadership', 'roles', true, true, ($people)[1], now());
";
