//! Passwords: argon2id, 8 to 128 characters, common ones refused, no rules of
//! composition (OWASP ASVS 5.0, 6.2.1, 6.2.5, 6.2.9, 6.2.12).

use std::sync::LazyLock;

use anyhow::Context;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// A password that may be chosen.
pub struct Password(String);

impl Password {
    /// Checks a chosen password, exactly as typed. `about` are words an attacker
    /// would try first: the person's name and address.
    ///
    /// Errors are sentences for the person who chose it.
    pub async fn choose(typed: &str, about: &[&str]) -> anyhow::Result<Result<Self, String>> {
        // Longer than any allowed one in bytes: refused before it is even counted.
        let length = if typed.len() > 1024 { usize::MAX } else { typed.chars().count() };
        if !(8..=128).contains(&length) {
            return Ok(Err("Please choose 8 to 128 characters.".into()));
        }
        if typed.contains('\0') {
            return Ok(Err("There is a NUL character in this password. Please type it again.".into()));
        }
        let about: Vec<String> = about.iter().map(|it| it.chars().take(254).collect()).collect();
        let chosen = typed.to_owned();
        off_thread(move || if is_common(&chosen, &about) { Err(COMMON.into()) } else { Ok(Self(chosen)) }).await
    }

    /// The hash to store. Takes tens of milliseconds, off the async threads.
    pub async fn hash(self) -> anyhow::Result<String> {
        off_thread(move || {
            let hash = Argon2::default().hash_password(self.0.as_bytes());
            hash.map(|it| it.to_string()).map_err(|error| anyhow::anyhow!("hash a password: {error}"))
        })
        .await?
    }
}

const COMMON: &str = "This password is among the first that are guessed. Three or four unrelated words are a good one.";

/// How much of a password's beginning and end is judged: the time it takes to
/// look for words in it grows with the square of its length, and more.
const JUDGED: usize = 24;

/// Whether it is guessed within a million tries, by word lists, keyboard rows,
/// repeats and dates (zxcvbn's scores 0 and 1).
fn is_common(typed: &str, about: &[String]) -> bool {
    let words = about.iter().flat_map(|it| it.split(|c: char| !c.is_alphanumeric()).chain([it.as_str()]));
    let words: Vec<&str> = words.collect();
    let weak = |part: String| u8::from(zxcvbn::zxcvbn(&part, &words).score()) < 2;
    let skipped = typed.chars().count().saturating_sub(JUDGED);
    weak(typed.chars().take(JUDGED).collect()) && weak(typed.chars().skip(skipped).collect())
}

/// Compared with when there is no such person, so that the answer takes as long.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let hash = Argon2::default().hash_password(b"nobody has this password");
    hash.map(|it| it.to_string()).unwrap_or_default()
});

/// Whether this is the password that was stored. Without a stored one it takes
/// as long, and it is not.
pub async fn verify(typed: String, stored: Option<String>) -> anyhow::Result<bool> {
    if typed.len() > 1024 {
        return Ok(false);
    }
    off_thread(move || {
        let (hash, known) = stored.as_deref().map_or((NOBODYS.as_str(), false), |it| (it, true));
        let Ok(hash) = PasswordHash::new(hash) else {
            return false;
        };
        Argon2::default().verify_password(typed.as_bytes(), &hash).is_ok() && known
    })
    .await
}

/// Password work takes a core and memory: this many at once leave the rest to others.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
    let _permit = AT_ONCE.acquire().await?;
    tokio::task::spawn_blocking(work).await.context("a password thread ended")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_counts_to_its_last_character() {
        let long = "ü correct horse ".repeat(8);
        assert_eq!(long.chars().count(), 128);
        let hash = Password::choose(&long, &[]).await.unwrap().ok().unwrap().hash().await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify(long.clone(), Some(hash.clone())).await.unwrap());
        assert!(!verify(format!("{long}x"), Some(hash.clone())).await.unwrap());
        assert!(!verify(long[..long.len() - 1].into(), Some(hash)).await.unwrap());
        assert!(!verify("nobody has this password".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn short_endless_and_common_ones_are_refused_and_no_composition_is_asked() {
        let refused = [
            "1234567",
            "password123456",
            "Password1!",
            "qwertyuiop",
            "aaaaaaaaaa",
            "anaanaana",
            "correct horse\0battery",
        ];
        for typed in refused {
            assert!(Password::choose(typed, &["ana"]).await.unwrap().is_err(), "{typed}");
        }
        assert!(Password::choose(&"long enough words ".repeat(100_000), &[]).await.unwrap().is_err());
        for typed in ["correct horse battery", "vnzqkwrt", "ночь улица фонарь"] {
            assert!(Password::choose(typed, &[]).await.unwrap().is_ok(), "{typed}");
        }
    }
}
