//! Reading pages without a browser: by names, ids, and what stands there.

/// The value of the input with a name.
pub fn input<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = html.split_once(&format!(r#"name="{name}" value=""#))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// What stands in the text area with a name.
pub fn text_area<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = html.split_once(&format!(r#" name="{name}""#))?;
    let (_, rest) = rest.split_once('>')?;
    rest.split_once("</textarea>").map(|(text, _)| text)
}

/// The element with an id, up to the first end of its kind of tag.
pub fn element<'a>(html: &'a str, id: &str) -> Option<&'a str> {
    let at = html.find(&format!(r#"id="{id}""#))?;
    let start = html[..at].rfind('<')?;
    let tag = html[start + 1..].split(|c: char| !c.is_alphanumeric()).next()?;
    let end = html[start..].find(&format!("</{tag}>"))?;
    Some(&html[start..start + end])
}

/// The entry of a page or event, as it looks.
pub fn entry(html: &str, seq: i64) -> &str {
    element(html, &format!("e{seq}")).unwrap_or_else(|| panic!("entry {seq} in {html}"))
}

/// All numbers that follow a mark, in order: `numbers(page, "data-seq=\"")`.
pub fn numbers(html: &str, mark: &str) -> Vec<i64> {
    let after = html.split(mark).skip(1);
    after.filter_map(|rest| rest.split('"').next()?.parse().ok()).collect()
}

/// The `seq`s of the entries that a page shows, in order.
pub fn seqs(html: &str) -> Vec<i64> {
    numbers(html, r#"data-seq=""#)
}

/// Where the link with these words leads, from the page that holds it.
pub fn link<'a>(html: &'a str, words: &str) -> Option<&'a str> {
    let (before, _) = html.split_once(&format!(">{words}</a>"))?;
    let (_, href) = before.rsplit_once(r#"href=""#)?;
    href.split_once('"').map(|(href, _)| href)
}

/// The secret of a share link that was just made.
pub fn token(html: &str) -> &str {
    let address = element(html, "address").expect("a link was made");
    address.rsplit_once("/s/").unwrap().1.split('<').next().unwrap()
}
