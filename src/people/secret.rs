//! Secrets that we hand out and never store: cookies, one-time links, tokens.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// 256 random bits of the system, written in base64url.
pub struct Secret(String);

impl Secret {
    /// A new one.
    ///
    /// # Panics
    /// When the system has no randomness to give; going on would be worse.
    pub fn new() -> Self {
        let mut bytes = [0; 32];
        #[expect(clippy::expect_used, reason = "without randomness no secret may be made")]
        getrandom::fill(&mut bytes).expect("the system gives random bytes");
        Self(BASE64URL_NOPAD.encode(&bytes))
    }

    /// What is handed out.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored.
    pub fn hash(&self) -> Vec<u8> {
        hash(&self.0)
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self::new()
    }
}

/// What is stored of a secret that came back. A plain SHA-256 is enough: the
/// secret is random, so there is nothing to guess that a slow hash would protect.
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let secrets: std::collections::HashSet<_> = (0..10_000).map(|_| Secret::new().0).collect();
        assert_eq!(secrets.len(), 10_000);
        assert!(secrets.iter().all(|secret| secret.len() == 43));
    }

    #[test]
    fn only_the_secret_itself_has_its_hash() {
        let secret = Secret::new();
        assert_eq!(secret.hash(), hash(secret.reveal()));
        assert_ne!(secret.hash(), hash(&format!("{}x", secret.reveal())));
    }
}
