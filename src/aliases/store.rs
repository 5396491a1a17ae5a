//! Who is called what, and the labels that were given.

use std::collections::HashMap;

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::forms::Called;

/// What everybody of the instance is called and was called, whether or not
/// they may still sign in.
pub async fn everybody(db: &mut PgConnection) -> sqlx::Result<Vec<Called>> {
    let rows = sqlx::query!(
        r#"select id, name, handle, email,
                  array(select f.name from former_names f where f.person_id = p.id) as "former!: Vec<String>"
           from people p order by id"#
    );
    let rows = rows.fetch_all(db).await?.into_iter();
    Ok(rows
        .map(|row| {
            // Which of the three it was is not kept: whatever it may have been counts.
            let (mut emails, words): (Vec<_>, Vec<_>) = row.former.into_iter().partition(|it| it.contains('@'));
            emails.push(row.email);
            Called {
                id: row.id,
                names: [vec![row.name], words.clone()].concat(),
                handles: [vec![row.handle], words].concat(),
                emails,
            }
        })
        .collect())
}

/// The labels of an incident, as numbers.
pub async fn labels(db: &mut PgConnection, incident: i64) -> sqlx::Result<HashMap<Uuid, i32>> {
    let rows = sqlx::query!("select person_id, number from aliases where incident = $1", incident);
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.person_id, row.number)).collect())
}

/// Gives labels to those of these people who have none, in this order, and
/// answers all labels of the incident.
pub async fn give(db: &PgPool, incident: i64, people: &[Uuid]) -> sqlx::Result<HashMap<Uuid, i32>> {
    let mut tx = db.begin().await?;
    // One at a time, so that two servers come to the same numbers.
    sqlx::query!("select seq from timeline_heads where incident = $1 for update", incident)
        .fetch_optional(&mut *tx)
        .await?;
    sqlx::query!(
        "insert into aliases (incident, person_id, number)
         select $1, wanted.id,
                (select coalesce(max(number), 0) from aliases where incident = $1) + row_number() over (order by place)
         from unnest($2::uuid[]) with ordinality as wanted (id, place)
         where not exists (select from aliases where incident = $1 and person_id = wanted.id)",
        incident,
        people
    )
    .execute(&mut *tx)
    .await?;
    let labels = labels(&mut tx, incident).await?;
    tx.commit().await?;
    Ok(labels)
}
