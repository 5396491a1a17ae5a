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

/// Takes one of the tries that this account has left from this address; `false`
/// when there is none. It counts before the password is looked at, and tries of
/// one address or account count one after another: sent at once, they would all
/// find that there is one left.
pub async fn take(db: &PgPool, account: &str, address: IpAddr) -> sqlx::Result<bool> {
    let address = address.to_string();
    let mut tx = db.begin().await?;
    for (kind, name) in [(1, address.as_str()), (2, account)] {
        sqlx::query!("select pg_advisory_xact_lock($1, hashtext($2))", kind, name).execute(&mut *tx).await?;
    }
    sqlx::query!("delete from sign_in_failures where at < now() - interval '15 minutes'").execute(&mut *tx).await?;
    let taken = sqlx::query!(
        "insert into sign_in_failures (account, address)
         select $1, $2
         where (select count(*) from sign_in_failures where account = $1 and address = $2) < $3
           and (select count(*) from sign_in_failures where address = $2) < $4
           and (select count(*) from sign_in_failures where account = $1) < $5",
        account,
        address,
        PAIR,
        ADDRESS,
        ACCOUNT
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(taken.rows_affected() == 1)
}

/// A right password clears its own try, and what its owner mistyped from this address.
pub async fn clear(db: &PgPool, account: &str, address: IpAddr) -> sqlx::Result<()> {
    sqlx::query!("delete from sign_in_failures where account = $1 and address = $2", account, address.to_string())
        .execute(db)
        .await?;
    Ok(())
}
