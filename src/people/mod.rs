//! Who comes in and what they may do: people, sessions, one-time links.

pub mod access;
pub mod address;
pub mod bearer;

pub mod me;
pub mod one_time_links;
pub mod pages;
pub mod password;
pub mod secret;
pub mod sessions;
pub mod store;
pub mod streams;
mod throttle;
pub mod tokens;

use chrono_tz::Tz;
use uuid::Uuid;

use crate::{
    terms::Role,
    web::{Shell, SignedIn, form, time},
};

pub use access::{Access, Admin, Responder, Viewer, Visitor};

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: Uuid,
    /// Their e-mail address, in lower case.
    pub email: String,
    /// Their name, as they write it.
    pub name: String,
    /// What follows the @ where they are mentioned.
    pub handle: String,
    /// What they may do.
    pub role: Role,
    /// The IANA name of the zone their clock shows.
    pub time_zone: String,
}

impl Person {
    /// The zone in which their typed times are read.
    pub fn zone(&self) -> Tz {
        time::zone(&self.time_zone)
    }
}

impl From<&Person> for Shell {
    fn from(person: &Person) -> Self {
        let person = SignedIn { id: person.id, name: person.name.clone(), role: person.role };
        Self { person: Some(person), ..Self::default() }
    }
}

/// An e-mail address in lower case, or what is wrong with it. Whether mail
/// arrives there is for the invitation to find out.
pub fn email(text: &str) -> Result<String, String> {
    // Counted in lower case, as it is stored: "İ" becomes two characters.
    let text = form::line(&text.to_lowercase(), 254)?;
    let (local, domain) = text.rsplit_once('@').unwrap_or_default();
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    if plain(local) && plain(domain) && !local.contains('@') {
        Ok(text)
    } else {
        Err("Please write an e-mail address, such as ana@example.org.".into())
    }
}

/// A handle in lower case, or what is wrong with it.
pub fn handle(text: &str) -> Result<String, String> {
    let text = form::line(text.trim_start_matches('@'), 40)?.to_lowercase();
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let first = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if text.starts_with(first) && text.chars().all(inside) {
        Ok(text)
    } else {
        Err("Letters a to z, digits, dot, dash and underscore; a letter or digit first.".into())
    }
}

/// What a handle is made of at first: the local part of the e-mail address.
fn handle_of(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default();
    let plain = local.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' });
    let plain: String = plain.take(36).collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "person".into() } else { plain.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_lower_case_and_plain() {
        assert_eq!(email(" Ana@Example.ORG "), Ok("ana@example.org".into()));
        let grows = format!("{}@x", "İ".repeat(250));
        for wrong in ["", "ana", "@x", "ana@", "a b@c", "a@b@c", "a\n@b", &grows] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_handle_comes_from_the_local_part() {
        assert_eq!(handle_of("ana.lopez+x@example.org"), "ana-lopez-x");
        assert_eq!(handle_of("ü@example.org"), "person");
        assert!(handle("@ana").is_ok() && handle("-ana").is_err() && handle("ana lopez").is_err());
    }
}
