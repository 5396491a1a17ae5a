//! Forms that keep what was typed. A form is read into a struct of strings,
//! checked field by field, and shown again with a message beside each field
//! that could not be taken.

use std::{borrow::Cow, fmt};

use askama::filters::{Html, HtmlSafe, escape};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::header,
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;

use super::Failure;

/// What is read of a form at most. Fields have limits of their own, far below:
/// this one leaves room to say so beside the field, with the text kept.
pub const MAX_BYTES: usize = 4 << 20;

/// What is said of bytes that are no text.
pub(super) const NOT_UTF8: &str = "The text is not UTF-8. Nothing was written.";

/// A submitted form. Refuses other content types (415), bodies over
/// [`MAX_BYTES`] (413), and bytes that are not UTF-8 (400).
pub struct Form<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|it| it.starts_with("application/x-www-form-urlencoded")) {
            return Err(Failure::WrongType.into_response());
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| Failure::TooLarge.into_response())?;
        decode(&body).map(Form).map_err(IntoResponse::into_response)
    }
}

/// Reads the fields of a form.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    // The form decoder puts U+FFFD where bytes are not UTF-8. A pasted log may
    // hold that character itself, so the bytes are looked at, not the result.
    if percent_decode(body).decode_utf8().is_err() {
        return Err(Failure::BadRequest(NOT_UTF8));
    }
    serde_html_form::from_bytes(body)
        .map_err(|_| Failure::BadRequest("The form has a field that can't be read. Nothing was written."))
}

/// A field's name; of a form with rows, with the row's: `text.3`.
pub type Name = Cow<'static, str>;

/// Messages beside fields, at most one a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors(Vec<(Name, String)>);

impl Errors {
    /// A single message.
    pub fn one(field: impl Into<Name>, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds a message, unless the field has one.
    pub fn add(&mut self, field: impl Into<Name>, message: impl Into<String>) {
        let field = field.into();
        if self.on(&field).is_none() {
            self.0.push((field, message.into()));
        }
    }

    /// The message beside a field. Templates call it.
    pub fn on(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, message)| message.as_str())
    }

    /// The message as it stands beside its field. Templates call it.
    pub fn beside(&self, field: impl AsRef<str>) -> Beside<'_> {
        let field = field.as_ref();
        Beside { message: self.on(field), field: field.to_owned() }
    }

    /// Marks a field that has a message. Templates call it inside the tag.
    pub fn mark(&self, field: impl AsRef<str>) -> Mark {
        Mark(self.on(field.as_ref()).is_some())
    }

    /// Whether everything could be taken.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps a checked value, or its message.
    pub fn take<T>(&mut self, field: impl Into<Name>, checked: Result<T, String>) -> Option<T> {
        checked.map_err(|message| self.add(field, message)).ok()
    }
}

impl IntoIterator for Errors {
    type Item = (Name, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A message beside its field, or nothing.
pub struct Beside<'a> {
    field: String,
    message: Option<&'a str>,
}

impl fmt::Display for Beside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(message) = self.message else {
            return Ok(());
        };
        let message = escape(message, Html).map_err(|_| fmt::Error)?;
        write!(f, r#"<p class="error" id="{}-error" role="alert">{message}</p>"#, self.field)
    }
}

impl HtmlSafe for Beside<'_> {}

/// `aria-invalid`, or nothing.
pub struct Mark(bool);

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 { f.write_str(r#" aria-invalid="true""#) } else { Ok(()) }
    }
}

impl HtmlSafe for Mark {}

/// A text as it is to be from now on, where others may change it, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The new text.
    pub to: String,
    /// The text its writer saw; `None` replaces whatever stands.
    pub was: Option<String>,
}

impl Edit {
    /// An edit by a form that was given the text its writer saw, and sends it back.
    pub fn of_form(to: String, was: Option<&String>) -> Self {
        Self { to, was: was.map(|was| with_newlines(was)) }
    }

    /// The text that is to stand where `now` does. What its writer left alone
    /// stays as it is.
    ///
    /// Errors: somebody else changed it meanwhile; says to what.
    pub fn over(self, now: &str) -> Result<String, String> {
        match self.was {
            Some(was) if was == self.to => Ok(now.to_owned()),
            Some(was) if was != now && self.to != now => Err(format!(
                "Somebody changed this meanwhile. It now reads: “{now}”. Yours is kept here: save again to replace theirs."
            )),
            _ => Ok(self.to),
        }
    }
}

/// One line of text, trimmed: `1..=max` characters.
pub fn line(text: &str, max: usize) -> Result<String, String> {
    let text = optional_line(text, max)?;
    if text.is_empty() { Err("Please fill this in.".into()) } else { Ok(text) }
}

/// One line of text, trimmed, or nothing.
pub fn optional_line(text: &str, max: usize) -> Result<String, String> {
    let text = optional_text(text, max)?;
    if text.contains(['\n', '\r']) {
        return Err("This must be a single line.".into());
    }
    Ok(text)
}

/// Text of several lines, trimmed at its end: `1..=max` characters.
pub fn text(text: &str, max: usize) -> Result<String, String> {
    let text = optional_text(text, max)?;
    if text.is_empty() { Err("Please fill this in.".into()) } else { Ok(text) }
}

/// Text of several lines, or nothing.
pub fn optional_text(text: &str, max: usize) -> Result<String, String> {
    let text = text.trim();
    if text.contains('\0') {
        return Err("There is a NUL character in this text, which can't be stored. Please remove it.".into());
    }
    let length = text.chars().count();
    if length > max {
        return Err(format!("This has {length} characters; {max} fit."));
    }
    // What nobody can see says nothing.
    if !says_something(text) {
        return Ok(String::new());
    }
    Ok(with_newlines(text))
}

/// Whether there is anything to see in a text.
pub fn says_something(text: &str) -> bool {
    !text.chars().all(is_invisible)
}

/// Blank, zero-width or a direction mark.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Lines end as they are stored, however a browser or a program ended them.
fn with_newlines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Body {
        #[serde(default)]
        body: String,
    }

    #[test]
    fn reads_what_a_browser_sends() {
        let form: Body = decode("body=two+words%0D%0A%C3%A4%25&other=1".as_bytes()).unwrap();
        assert_eq!(form.body, "two words\r\nä%");
        assert_eq!(decode::<Body>(b"").unwrap().body, "");
    }

    #[test]
    fn refuses_bytes_that_are_not_utf8_but_takes_the_replacement_character() {
        assert!(matches!(decode::<Body>(b"body=%FF"), Err(Failure::BadRequest(_))));
        assert!(matches!(decode::<Body>(b"body=\xFF"), Err(Failure::BadRequest(_))));
        assert_eq!(decode::<Body>("body=%EF%BF%BD".as_bytes()).unwrap().body, "\u{FFFD}");
    }

    #[test]
    fn an_edit_replaces_what_its_writer_saw_and_nothing_else() {
        let over = |to: &str, was: Option<&str>, now| {
            let edit = Edit { to: to.into(), was: was.map(str::to_owned) };
            edit.over(now)
        };
        for (to, was, now, stands) in [
            ("new", Some("old"), "old", "new"),
            ("old", Some("old"), "theirs", "theirs"),
            ("theirs", Some("old"), "theirs", "theirs"),
            ("new", None, "theirs", "new"),
        ] {
            assert_eq!(over(to, was, now), Ok(stands.to_owned()));
        }
        assert!(over("new", Some("old"), "theirs").unwrap_err().contains("“theirs”"));
    }

    #[test]
    fn text_is_counted_in_characters_and_kept_whole() {
        assert_eq!(line("  ä\u{202E}b ", 3), Ok("ä\u{202E}b".into()));
        assert!(line("äöüß", 3).unwrap_err().contains("4 characters"));
        assert!(line("a\nb", 10).is_err() && line(" ", 10).is_err() && line("a\0b", 10).is_err());
        assert_eq!(text("a\r\nb\rc\n", 10), Ok("a\nb\nc".into()));
        assert_eq!(optional_text(" ", 10), Ok(String::new()));
        assert!(line("\u{200B}\u{202E}", 10).is_err());
    }
}
