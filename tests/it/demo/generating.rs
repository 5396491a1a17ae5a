//! A year of made-up incidents.

use second_story::{
    demo::generate::{self, Made, Size},
    terms::Role,
};
use sqlx::PgPool;

use crate::support::{Server, database, html, people::key, rows};

const SIZE: Size = Size { incidents: 400, largest_room: 150, seed: 7 };

/// What was made, but for ids and the day on which it was.
async fn digest(db: &PgPool) -> String {
    let digest = sqlx::query_scalar(
        "with began as (select min(declared_at) as at from incidents)
         select md5(string_agg(line, '|' order by line)) from (
             select concat_ws(' ', number, title, summary, severity, status, round, p.email, declared_at - began.at,
                              ended_at - began.at, services::text) as line
             from began, incidents i join people p on p.id = i.declared_by
             union all
             select concat_ws(' ', incident, round, m.name, m.at - began.at, p.email)
             from began, moments m left join people p on p.id = m.set_by
             union all
             select concat_ws(' ', incident, t.role, p.email, since - began.at, until - began.at)
             from began, role_terms t join people p on p.id = t.person_id
             union all
             select concat_ws(' ', w.incident, title, state, p.email, t.since - began.at, t.until - began.at, w.entry)
             from began, work_items w left join work_terms t on t.work_item = w.id left join people p on p.id = w.holder
             union all
             select concat_ws(' ', incident, state, p.email, offered_at - began.at, ended_at - began.at, entry)
             from began, handoffs h join people p on p.id = h.to_person
             union all
             select concat_ws(' ', incident, seq, kind, body, occurred_at - began.at, recorded_at - began.at, p.email,
                              source, corrects, strikes, reason)
             from began, entries e left join people p on p.id = e.author
         ) as lines",
    );
    digest.fetch_one(db).await.unwrap()
}

async fn fill(size: Size) -> (PgPool, Made) {
    let db = database::fresh().await;
    let made = generate::fill(&db, &size).await.unwrap();
    (db, made)
}

#[tokio::test]
async fn the_same_seed_makes_the_same_and_another_one_something_else() {
    let (one, made) = fill(SIZE).await;
    let (same, made_again) = fill(SIZE).await;
    let (other, _) = fill(Size { seed: 8, ..SIZE }).await;
    assert_eq!(made, made_again);
    assert_eq!(digest(&one).await, digest(&same).await);
    assert_ne!(digest(&one).await, digest(&other).await);
}

#[tokio::test]
async fn what_is_made_up_keeps_every_rule_of_what_is_written() {
    let (db, made) = fill(SIZE).await;
    assert_eq!((made.first, made.last), (1, 400));
    for (rule, broken) in [
        ("numbers have no holes", "select count(*) from incidents having max(number) <> count(*)"),
        ("the counter is at the last number", "select 1 from incident_numbers where last <> 400"),
        (
            "seq has no holes and the head is the last one",
            "select incident from timeline_heads h full join entries e using (incident)
             group by incident, h.seq, h.last_recorded_at
             having count(e.seq) is distinct from h.seq or max(e.seq) <> h.seq
                 or max(e.recorded_at) is distinct from h.last_recorded_at",
        ),
        ("every incident has a timeline", "select number from incidents where number not in (select incident from timeline_heads)"),
        (
            "recorded_at never decreases",
            "select 1 from (select recorded_at - lag(recorded_at) over (partition by incident order by seq) as step
                            from entries) as steps where step < interval '0'",
        ),
        (
            "it begins with the declaration",
            "select 1 from incidents i join entries e on e.incident = number and e.seq = 1
             where e.kind <> 'declared' or e.recorded_at <> declared_at or e.author <> declared_by",
        ),
        (
            "one corrects one's own typed entry, and stays with its time",
            "select 1 from entries c join entries e on e.incident = c.incident and e.seq = c.corrects
             where c.author <> e.author or c.occurred_at <> e.occurred_at
                or e.kind not in ('note', 'action', 'effect', 'expectation', 'assumption', 'theory', 'decision')",
        ),
        (
            "a moment is an entry, but for the declaration",
            "select 1 from (select incident, count(*) as moments from moments where name <> 'declared' group by incident) as m
             left join (select incident, count(*) as entries from entries where kind = 'moment' group by incident) as e
             using (incident) where moments is distinct from entries",
        ),
        (
            "it ended with its last change of status, or goes on",
            "select number from incidents i where ended_at is distinct from
                 (select case when body ~ '(Resolved|Cancelled)$' then recorded_at end from entries
                  where incident = number and kind = 'status' order by seq desc limit 1)",
        ),
        ("nothing is of tomorrow", "select 1 from entries where greatest(recorded_at, occurred_at) > now()"),
        ("only the room is nobody", "select 1 from entries where (author is null) <> (source = 'system')"),
    ] {
        let found: Vec<sqlx::postgres::PgRow> = sqlx::query(broken).fetch_all(&db).await.unwrap();
        assert!(found.is_empty(), "{rule}: {} do not", found.len());
    }
}

#[tokio::test]
async fn what_is_held_and_handed_over_in_them_keeps_its_rules_too() {
    let (db, _) = fill(SIZE).await;
    for (rule, broken) in [
        (
            "one commands after the other",
            "select 1 from (select since - lag(until) over (partition by incident order by since) as gap,
                                  lag(until) over (partition by incident order by since) is null
                                  and row_number() over (partition by incident order by since) > 1 as twice
                           from role_terms) as terms where twice or gap <> interval '0'",
        ),
        (
            "who holds work, and how far it is, is one thing",
            "select 1 from work_items w left join work_terms t on t.work_item = w.id
             where w.holder is distinct from t.person_id or (state = 'done') <> (t.until is not null)
                or w.since <> coalesce(t.until, t.since, w.created_at)",
        ),
        (
            "what is accepted is held from then on",
            "select 1 from handoffs h where state = 'accepted' and not exists
                 (select from role_terms t where t.incident = h.incident and person_id = to_person and since = ended_at)",
        ),
        (
            "each has its entry",
            "select 1 from work_items w join entries e on (e.incident, e.seq) = (w.incident, w.entry) where e.kind <> 'work'
             union all select 1 from handoffs h join entries e on (e.incident, e.seq) = (h.incident, h.entry)
             where e.kind <> 'handoff' or e.author <> h.from_person",
        ),
    ] {
        let found: Vec<sqlx::postgres::PgRow> = sqlx::query(broken).fetch_all(&db).await.unwrap();
        assert!(found.is_empty(), "{rule}: {} do not", found.len());
    }
}

#[tokio::test]
async fn it_looks_like_a_year_of_some_company() {
    let (db, made) = fill(SIZE).await;
    let sizes: Vec<i64> =
        sqlx::query_scalar("select seq from timeline_heads order by seq desc").fetch_all(&db).await.unwrap();
    assert_eq!((sizes[0], sizes.iter().sum::<i64>()), (150, made.entries.try_into().unwrap()));
    assert!(sizes[1] < 150 && sizes[399] < 10, "{sizes:?}");
    assert_eq!(rows::timeline(&db, made.largest).await.len(), 150);
    let count = async |query| rows::count(&db, query).await;
    assert!(count("select count(*) from incidents where status = 'resolved'").await > 370);
    assert!(count("select count(*) from incidents where ended_at is null").await > 0);
    assert!(count("select count(distinct severity) from incidents").await == 5);
    assert!(count("select count(distinct title) from incidents").await > 200);
    assert!(count("select count(distinct kind) from entries").await >= 13);
    assert!(count("select count(*) from entries where strikes").await > 0);
    assert!(count("select count(*) from entries where kind = 'correction' and not strikes").await > 5);
    assert!(count("select count(distinct author) from entries").await == 9);
    assert!(count("select count(*) from handoffs where state = 'accepted'").await > 3);
    assert!(count("select count(*) from work_items where state = 'open'").await > 3);
    assert!(count("select count(*) from work_items where state = 'done'").await > 10);
    assert!(count("select count(*) from incidents where extract(hour from declared_at) < 6").await > 20);
    assert!(count("select extract(day from max(declared_at) - min(declared_at))::bigint from incidents").await > 350);
}

#[tokio::test]
async fn its_pages_open_and_its_rooms_go_on() {
    let server = Server::start().await;
    let made = generate::fill(&server.app.db, &SIZE).await.unwrap();
    let olga = server.person("Olga", Role::Admin).await;
    let largest = format!("/incidents/{}", made.largest);
    let lanes = format!("{largest}/lanes");
    for path in ["/", "/incidents", "/incidents?q=checkout", "/incidents?status=open", "/incidents/1", &largest, &lanes]
    {
        assert_eq!(olga.get(path).await.status, 200, "{path}");
    }
    for number in 1..=40 {
        assert_eq!(olga.get(&format!("/incidents/{number}/moments")).await.status, 200, "{number}");
    }
    let open = olga.get("/incidents?status=open").await.body;
    let number = html::numbers(&open, r#"href="/incidents/"#)[0];
    assert_eq!(olga.say(number, "I have a look").await.status, 303);
    rows::assert_sound(&rows::timeline(&server.app.db, number).await);
    let next = olga.post("/incidents", &[("title", "One more"), ("key", &key())]).await;
    assert_eq!(next.location(), "/incidents/401");
}

#[tokio::test]
async fn an_instance_with_people_of_its_own_is_left_alone() {
    let server = Server::start().await;
    server.person("Ana", Role::Admin).await;
    let refused = generate::fill(&server.app.db, &SIZE).await.unwrap_err();
    assert!(refused.to_string().contains("people of its own"), "{refused}");
    assert_eq!(rows::count(&server.app.db, "select count(*) from incidents").await, 0);
}
