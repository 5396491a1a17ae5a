//! The paths that a file names, in `use` lines, expressions and macros alike:
//! read from its tokens, so that comments and texts do not count.

use std::iter::Peekable;

use proc_macro2::{Delimiter, TokenStream, TokenTree, token_stream::IntoIter};

/// A path as it is written, such as `["std", "env", "var"]`, its groups taken apart.
pub struct Named {
    /// Where it begins to differ from its neighbours in a group.
    pub line: usize,
    /// Its words; the last may be `*`.
    pub words: Vec<String>,
    /// How many modules of the same file it stands in.
    pub depth: usize,
}

/// Every path of a file that has more than one word, and what stands before a `!`.
pub fn named_in(text: &str) -> Vec<Named> {
    let tokens: TokenStream = text.parse().expect("the compiler reads it, too");
    let mut found = Vec::new();
    walk(tokens, 0, &mut found);
    found
}

fn walk(tokens: TokenStream, depth: usize, found: &mut Vec<Named>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut module = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) => {
                let said = word.to_string();
                module = said == "mod" || (module && !is(&mut tokens, ';'));
                path(vec![said], word.span().start().line, depth, &mut tokens, found);
            }
            TokenTree::Group(group) => {
                let inside = usize::from(module && group.delimiter() == Delimiter::Brace);
                walk(group.stream(), depth + inside, found);
                module = false;
            }
            _ => {}
        }
    }
}

/// Reads on from the first word of a path.
fn path(
    mut words: Vec<String>,
    mut line: usize,
    depth: usize,
    tokens: &mut Peekable<IntoIter>,
    found: &mut Vec<Named>,
) {
    while is(tokens, ':') {
        tokens.next();
        if !is(tokens, ':') {
            break;
        }
        tokens.next();
        match tokens.peek() {
            Some(TokenTree::Ident(word)) => {
                line = word.span().start().line;
                words.push(word.to_string());
                tokens.next();
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                members(group.stream(), &words, depth, found);
                tokens.next();
                return;
            }
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                words.push("*".into());
                break;
            }
            _ => break,
        }
    }
    if words.len() > 1 {
        found.push(Named { line, words, depth });
    }
}

/// Reads `{a, b::c as d}` after the words that stand before it.
fn members(group: TokenStream, before: &[String], depth: usize, found: &mut Vec<Named>) {
    let mut inside = group.into_iter().peekable();
    let mut begins = true;
    while let Some(token) = inside.next() {
        let line = token.span().start().line;
        match token {
            TokenTree::Ident(word) if begins => {
                let words = [before, &[word.to_string()]].concat();
                path(words, line, depth, &mut inside, found);
                begins = false;
            }
            TokenTree::Punct(mark) => match mark.as_char() {
                ',' => begins = true,
                '*' => found.push(Named { line, words: [before, &["*".into()]].concat(), depth }),
                _ => {}
            },
            _ => {}
        }
    }
}

fn is(tokens: &mut Peekable<IntoIter>, mark: char) -> bool {
    matches!(tokens.peek(), Some(TokenTree::Punct(it)) if it.as_char() == mark)
}
