//! What is stored, all of it: to see that a refused request wrote nothing, and
//! that a secret is nowhere.

use sqlx::{AssertSqlSafe, PgPool};

/// The tables, and a digest of the rows of each. Beside it stands only who has
/// a room open, which nobody writes.
pub async fn of(db: &PgPool) -> Vec<(String, String)> {
    let digest = |table: &String| {
        format!(
            "select '{table}', count(*) || ' rows, ' || md5(coalesce(string_agg(t::text, '|' order by t::text), ''))
             from {table} t"
        )
    };
    let digests: Vec<_> = tables(db).await.iter().map(digest).collect();
    let digests = digests.join(" union all ");
    let digests = sqlx::query_as(AssertSqlSafe(digests));
    digests.fetch_all(db).await.unwrap()
}

/// Whether some column of some row holds this text, in any case.
pub async fn hold(db: &PgPool, text: &str) -> bool {
    let found = |table: &String| {
        format!(
            "exists (select from {table} t, jsonb_each_text(to_jsonb(t)) where strpos(lower(value), lower($1)) > 0)"
        )
    };
    let found: Vec<_> = tables(db).await.iter().map(found).collect();
    let found = format!("select {}", found.join(" or "));
    let found = sqlx::query_scalar(AssertSqlSafe(found)).bind(text);
    found.fetch_one(db).await.unwrap()
}

async fn tables(db: &PgPool) -> Vec<String> {
    let tables = sqlx::query_scalar(
        "select table_name::text from information_schema.tables
         where table_schema = 'public' and table_type = 'BASE TABLE'
           and table_name not in ('presence', '_sqlx_migrations') order by 1",
    );
    tables.fetch_all(db).await.unwrap()
}
