//! Markdown as people type it in a crisis: `CommonMark` with line breaks kept,
//! no HTML, no images, links that lead nowhere surprising.

use std::{collections::HashSet, sync::LazyLock};

use ammonia::{Builder, UrlRelative};
use comrak::{Arena, Node, Options, arena_tree::NodeEdge, format_html, html::escape, nodes::NodeValue, parse_document};

/// How deep a text may be nested; a list in a list is four.
const DEEPEST: u32 = 100;

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
        .generic_attributes(HashSet::new())
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
/// as a link, since loading it would tell its host who reads here.
pub fn render(text: &str) -> Rendered {
    let (arena, options) = (Arena::new(), options());
    let root = parse_document(&arena, text, &options);
    let html = if is_deep(root) {
        as_typed(text)
    } else {
        link_images(&arena, root);
        let mut html = String::with_capacity(text.len() * 2);
        // Writing into memory does not fail.
        let _ = format_html(root, &options, &mut html);
        below_the_page(html)
    };
    Rendered(SANITISER.clean(&html).to_string())
}

/// The words of a Markdown text, on one line and without marks.
pub fn plain(text: &str) -> String {
    let (arena, options) = (Arena::new(), options());
    let mut words = String::new();
    for node in parse_document(&arena, text, &options).descendants() {
        match &node.data().value {
            NodeValue::Text(said) => words.push_str(said),
            // Tags are shown as they were typed.
            NodeValue::HtmlInline(typed) => words.push_str(typed),
            NodeValue::HtmlBlock(block) => words.extend([" ", block.literal.as_str()]),
            NodeValue::Code(code) => words.push_str(&code.literal),
            NodeValue::CodeBlock(block) => words.extend([" ", block.literal.as_str()]),
            NodeValue::Paragraph | NodeValue::Item(_) | NodeValue::SoftBreak | NodeValue::LineBreak => words.push(' '),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A page has headings of its own, down to the third level: those of a text
/// come below. Its own tags are escaped, so these are the renderer's.
fn below_the_page(html: String) -> String {
    let below = |html: String, tag| html.replace(&format!("<{tag}"), "<h4>").replace(&format!("</{tag}"), "</h4>");
    if html.contains("<h") { ["h1>", "h2>", "h3>"].into_iter().fold(html, below) } else { html }
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

/// Quotes in quotes, a hundred deep, are no text, and cleaning them costs the square.
fn is_deep(root: Node<'_>) -> bool {
    let mut depth = 0;
    root.traverse().any(|edge| {
        match edge {
            NodeEdge::Start(_) => depth += 1,
            NodeEdge::End(_) => depth -= 1,
        }
        depth > DEEPEST
    })
}

fn as_typed(text: &str) -> String {
    let mut html = String::from("<pre>");
    let _ = escape(&mut html, text);
    html + "</pre>"
}

/// Makes a link of every image, or mere words where it stands in a link.
fn link_images<'a>(arena: &'a Arena<'a>, root: Node<'a>) {
    for node in root.descendants() {
        let image = match &node.data().value {
            NodeValue::Image(image) => image.clone(),
            _ => continue,
        };
        let in_link = node.ancestors().skip(1).any(|it| matches!(it.data().value, NodeValue::Link(_)));
        if node.first_child().is_none() {
            node.append(arena.alloc(NodeValue::Text(image.url.clone().into()).into()));
        }
        node.data_mut().value = if in_link { NodeValue::Emph } else { NodeValue::Link(image) };
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn the_words_of_a_text_stand_without_marks() {
        let text = "**CPU** at `97 %`\nof [db-3](https://x.org)\n\n- one\n- two\n\n```\nselect 1\n```";
        assert_eq!(plain(text), "CPU at 97 % of db-3 one two select 1");
        assert_eq!(plain("<b>&amp;</b> 3 < 4"), "<b>&</b> 3 < 4");
    }

    /// What people, and people with other intentions, type; and what must be
    /// seen of it.
    const TYPED: &[(&str, &str)] = &[
        // What Markdown is for.
        ("**bold** and *soft*", "<strong>bold</strong> and <em>soft</em>"),
        ("one\ntwo", "one<br>"),
        ("`a < b`", "<code>a &lt; b</code>"),
        ("~~gone~~", "<del>gone</del>"),
        ("- one\n- two", "<li>two</li>"),
        ("3. three", r#"<ol start="3">"#),
        ("| a |\n|---|\n| b |", "<td>b</td>"),
        ("```\n<b>\n```", "&lt;b&gt;"),
        ("[x](https://example.org/a?b=1&c=2)", r#"href="https://example.org/a?b=1&amp;c=2""#),
        ("[x](mailto:ana@example.org)", r#"href="mailto:ana@example.org""#),
        ("see https://example.org/x.", r#"href="https://example.org/x""#),
        ("www.example.org", r#"href="http://www.example.org""#),
        ("ana@example.org", r#"href="mailto:ana@example.org""#),
        ("<https://example.org>", r#"href="https://example.org""#),
        ("[x][1]\n\n[1]: https://example.org", r#"href="https://example.org""#),
        // Links that lead somewhere surprising keep their words.
        ("[click](javascript:alert(1))", "click"),
        ("[click](JaVaScRiPt:alert(1))", "click"),
        ("[click](java\tscript:alert(1))", "click"),
        ("[click](<java\nscript:alert(1)>)", "click"),
        ("[click](\u{1}javascript:alert(1))", "click"),
        ("[click](  javascript:alert(1))", "click"),
        ("[click](&#106;avascript:alert(1))", "click"),
        ("[click](&#x6A;avascript:alert(1))", "click"),
        ("[click](javascript&colon;alert(1))", "click"),
        ("[click](javascript&#58;alert(1))", "click"),
        ("[click](java&Tab;script:alert(1))", "click"),
        ("[click](java&NewLine;script:alert(1))", "click"),
        ("[click](%6Aavascript:alert(1))", "click"),
        ("[click](javascript://example.org/%0Aalert(1))", "click"),
        ("[click](vbscript:msgbox(1))", "click"),
        ("[click](data:text/html,<script>alert(1)</script>)", "click"),
        ("[click](data:text/html;base64,PHNjcmlwdD4=)", "click"),
        ("[click](file:///etc/passwd)", "click"),
        ("[click](blob:https://example.org/1)", "click"),
        ("[click](//evil.test)", "click"),
        ("[click](/settings/people)", "click"),
        ("[click](\\\\evil.test)", "click"),
        ("[click](?x=1)", "click"),
        ("[click][1]\n\n[1]: javascript:alert(1)", "click"),
        ("[click]\n\n[click]: data:text/html,x", "click"),
        ("<javascript:alert(1)>", "javascript:alert(1)"),
        ("<data:text/html,x>", "data:text/html,x"),
        (r#"[x](https://example.org "onmouseover=alert(1) x=")"#, ">x</a>"),
        (r#"[x](https://example.org"onmouseover=alert(1))"#, ">x</a>"),
        ("[<img src=x onerror=alert(1)>](https://example.org)", "&lt;img src=x onerror=alert(1)&gt;"),
        // Raw HTML is text.
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ("a <img src=x onerror=alert(1)> b", "&lt;img src=x onerror=alert(1)&gt;"),
        ("<svg onload=alert(1)>", "&lt;svg"),
        ("<svg><script>alert(1)</script>", "&lt;svg&gt;"),
        ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "&lt;math&gt;"),
        ("<iframe srcdoc='<script>alert(1)</script>'>", "&lt;iframe"),
        ("<a href=javascript:alert(1)>x</a>", "&lt;a href="),
        ("<div hx-get=/admin hx-trigger=load>", "&lt;div hx-get="),
        ("<style>*{display:none}</style>", "&lt;style&gt;"),
        ("<base href=//evil.test>", "&lt;base"),
        ("<form action=//evil.test><input name=password>", "&lt;form"),
        ("<!-- --!><script>alert(1)</script> -->", "script&gt;"),
        ("<![CDATA[<script>alert(1)</script>]]>", "script&gt;"),
        ("<?php echo 1 ?>", "&lt;?php"),
        ("</p></div><script>alert(1)</script>", "script&gt;"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;"),
        ("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "&lt;noscript&gt;"),
        ("```html\"><script>alert(1)</script>\nx\n```", "x"),
        // Images are not loaded: their words and their address are there.
        ("![the graph](https://evil.test/a.png)", r#"href="https://evil.test/a.png""#),
        ("![the graph](https://evil.test/a.png)", "the graph"),
        ("![](https://evil.test/a.png)", ">https://evil.test/a.png</a>"),
        ("![the graph](javascript:alert(1))", "the graph"),
        ("![x](x\" onerror=alert(1))", "x"),
        ("![the graph][1]\n\n[1]: https://evil.test/a.png", "the graph"),
        ("[![the badge](https://evil.test/a.png)](https://example.org)", r#"href="https://example.org""#),
        ("[![the badge](https://evil.test/a.png)](https://example.org)", "the badge"),
    ];

    #[test]
    fn whatever_is_typed_becomes_harmless_and_stays_visible() {
        for (typed, seen) in TYPED {
            let html = render(typed).to_string();
            assert!(html.contains(seen), "{typed}: {html}");
            assert_harmless(typed, &html);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_becomes_harmful(parts in proptest::collection::vec(0usize..TYPED.len(), 1..4), at in 0usize..40) {
            // Pieces of what is above, cut and put together anew.
            let typed: String = parts.iter().map(|part| TYPED[*part].0).collect();
            let cut = typed.char_indices().nth(at).map_or(0, |(at, _)| at);
            let typed = format!("{}{}", &typed[cut..], &typed[..cut]);
            assert_harmless(&typed, &render(&typed).to_string());
        }
    }

    /// Looks at every tag and attribute that is left.
    fn assert_harmless(typed: &str, html: &str) {
        for tag in html.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("{typed}: {html}"));
            let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            let name = name.trim_start_matches('/');
            let tags = SANITISER.clone_tags();
            assert!(tags.contains(name), "{typed}: <{tag}>");
            while let Some((attribute, rest)) = attributes.split_once("=\"") {
                let (value, rest) = rest.split_once('"').unwrap();
                let good = match attribute.trim() {
                    "href" => ["http://", "https://", "mailto:"].iter().any(|it| value.starts_with(it)),
                    "rel" => value == "noopener nofollow ugc",
                    "start" => value.parse::<u32>().is_ok(),
                    "tabindex" => value == "0",
                    _ => false,
                };
                assert!(good, "{typed}: <{tag}>");
                attributes = rest;
            }
            assert!(attributes.trim().is_empty(), "{typed}: <{tag}>");
        }
    }

    /// Repeated, these make a parser go back, or nest.
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        ">", "> ", ">\t", "[", "]", "![", "*", "_", "*a ", "*a_ ", "a**b", "`", "` ", "~~a", "- ", "-\t", "1. ", "1) ",
        "| ", "|a|\n|-|\n", "<", "<a ", "&", "\\", "[a](", "[a](b", "[a][", "[a]: b\n", "\n- ", "\n\n", "#",
        "http://a.b ", "www.", "a@b.", "<!--", "<![CDATA[", "``a`",
    ];

    #[test]
    fn no_text_takes_long() {
        const SIZE: usize = 20_000;
        for piece in PIECES {
            finishes(piece, &piece.repeat(SIZE / piece.len()));
        }
        for (begin, end) in [("*", "*"), ("_", "_"), ("~~", "~~"), ("[", "](b)"), ("![", "](b)")] {
            let times = SIZE / (begin.len() + end.len());
            let nested = format!("{}a{}", begin.repeat(times), end.repeat(times));
            finishes(begin, &nested);
        }
        let quotes = (0..200).map(|line| "> ".repeat(line % 50) + "a\n");
        finishes("stairs of quotes", &quotes.collect::<String>());
        let lists = (0..140).map(|line| "  ".repeat(line) + "- a\n");
        finishes("lists in lists", &lists.collect::<String>());
        finishes("quotes", &">".repeat(10_000));
    }

    /// Generous: what costs the square takes minutes.
    fn finishes(what: &str, typed: &str) {
        let begun = Instant::now();
        let html = render(typed).to_string();
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}: {:?}", begun.elapsed());
        assert_harmless(what, &html);
    }
}
