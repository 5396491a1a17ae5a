//! Markdown as people type it in a crisis: `CommonMark` with line breaks kept,
//! no HTML, no images, links that lead nowhere surprising.

use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use comrak::{Options, markdown_to_html};

/// What rendering turns into: harmless HTML. Templates write it with `|safe`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered(String);

impl std::fmt::Display for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The allow-list. It holds even if the Markdown renderer has a fault.
static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .add_tags([
            "a",
            "blockquote",
            "br",
            "code",
            "del",
            "em",
            "h4",
            "h5",
            "h6",
            "hr",
            "li",
            "ol",
            "p",
            "pre",
            "strong",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "tr",
            "ul",
        ])
        .add_tag_attributes("a", ["href"])
        .add_tag_attributes("ol", ["start"])
        .add_url_schemes(["http", "https", "mailto"])
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener nofollow ugc"))
        // What scrolls sideways must be reached by keyboard, too.
        .set_tag_attribute_value("pre", "tabindex", "0")
        .set_tag_attribute_value("table", "tabindex", "0");
    builder
});

/// Renders Markdown. Raw HTML shows as the text that was typed; an image shows
/// as its address, since loading it would tell its host who reads here.
pub fn render(text: &str) -> Rendered {
    let html = markdown_to_html(&nested_at_most(text, 40), &options());
    Rendered(SANITISER.clean(&html).to_string())
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.render.hardbreaks = true;
    options.render.escape = true;
    options
}

/// Quotes nested a thousand deep are no text; parsing them costs the square.
fn nested_at_most(text: &str, depth: usize) -> std::borrow::Cow<'_, str> {
    let deep = |line: &str| {
        line.chars()
            .take_while(|c| matches!(c, '>' | ' ' | '*' | '-' | '+'))
            .count()
            > depth * 2
    };
    if text.lines().any(deep) {
        // Shown as it was typed.
        return format!("```\n{}\n```", text.replace("```", "'''")).into();
    }
    text.into()
}
