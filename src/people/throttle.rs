//! Guessing passwords is slowed, and nobody is locked out for ever: failures
//! count in a sliding window of 15 minutes, and attempts that were refused
//! unread do not count.

use std::net::IpAddr;

use sqlx::PgPool;

/// Failures of one account from one address.
const PAIR: i64 = 8;
/// Failures from one address over all accounts.
const ADDRESS: i64 = 40;
/// Failures of one account from all addresses: high, so that a stranger who
/// guesses from elsewhere does not keep its owner out.
const ACCOUNT: i64 = 100;

/// Whether this account may be tried from this address now.
pub async fn allows(db: &PgPool, account: &str, address: IpAddr) -> sqlx::Result<bool> {
    let address = address.to_string();
    sqlx::query_scalar!(
        r#"select (select count(*) from sign_in_failures
                   where account = $1 and address = $2 and at > now() - interval '15 minutes') < $3
              and (select count(*) from sign_in_failures
                   where address = $2 and at > now() - interval '15 minutes') < $4
              and (select count(*) from sign_in_failures
                   where account = $1 and at > now() - interval '15 minutes') < $5 as "allows!""#,
        account,
        address,
        PAIR,
        ADDRESS,
        ACCOUNT
    )
    .fetch_one(db)
    .await
}

/// Counts a failure, and forgets those that no longer count.
pub async fn count(db: &PgPool, account: &str, address: IpAddr) -> sqlx::Result<()> {
    sqlx::query!("delete from sign_in_failures where at < now() - interval '15 minutes'")
        .execute(db)
        .await?;
    sqlx::query!(
        "insert into sign_in_failures (account, address) values ($1, $2)",
        account,
        address.to_string()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A right password clears what its owner mistyped from this address.
pub async fn clear(db: &PgPool, account: &str, address: IpAddr) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from sign_in_failures where account = $1 and address = $2",
        account,
        address.to_string()
    )
    .execute(db)
    .await?;
    Ok(())
}
