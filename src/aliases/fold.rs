//! A text as names are looked for in it: in lower case, without accents and
//! without what nobody sees, each character knowing where it stood.

use std::ops::Range;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// A folded text, with the way back to the one it was made of.
pub struct Folded {
    /// The text to look in.
    pub text: String,
    /// What each of its bytes was.
    places: Vec<Place>,
}

/// What one byte of a folded text was.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Where its character began.
    start: usize,
    /// Where that ended, with the accents that follow it.
    end: usize,
    class: Class,
    upper: bool,
    /// Something that nobody sees, or `\n`, stood before it. It may part two
    /// words, or stand inside of one.
    cut: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Of a script that puts something between its words.
    Word,
    /// Of a script that does not: a word may begin or end at each.
    Unspaced,
    /// Blanks and punctuation.
    Between,
}

impl Folded {
    /// Folds a text. As much work as the text is long.
    pub fn of(text: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(text.len()), places: Vec::with_capacity(text.len()) };
        let (mut at, mut cut) = (0, false);
        while let Some(c) = text[at..].chars().next() {
            let (c, length) = escaped(&text[at..]).unwrap_or((c, c.len_utf8()));
            let end = at + length;
            if is_unseen(c) {
                cut = true;
            } else if is_accent(c) || (c.is_whitespace() && folded.text.ends_with(' ')) {
                folded.stretch(end);
            } else {
                let place = Place { start: at, end, class: Class::of(c), upper: c.is_uppercase(), cut };
                folded.push(c, place);
                // A log writes the end of a line as `\n`: what follows may be
                // a word, and so may what begins with the letter.
                cut = matches!(c, 'n' | 'r' | 't') && text[..at].ends_with('\\');
            }
            at = end;
        }
        folded
    }

    fn push(&mut self, c: char, place: Place) {
        if c.is_ascii() && !c.is_ascii_whitespace() {
            self.text.push(c.to_ascii_lowercase());
        } else if c.is_whitespace() {
            self.text.push(' ');
        } else if let Some(plain) = spelled(c) {
            self.text.push_str(plain);
        } else {
            decompose_compatible(c, |part| {
                for lower in part.to_lowercase().filter(|it| !is_accent(*it)) {
                    match spelled(lower) {
                        Some(plain) => self.text.push_str(plain),
                        None => self.text.push(lower),
                    }
                }
            });
        }
        self.places.resize(self.text.len(), place);
    }

    /// The last character reaches up to here.
    fn stretch(&mut self, end: usize) {
        let Some(start) = self.places.last().map(|last| last.start) else { return };
        for place in self.places.iter_mut().rev().take_while(|place| place.start == start) {
            place.end = end;
        }
    }

    /// Where in the original a part stood that is not empty.
    pub fn stood(&self, part: Range<usize>) -> Range<usize> {
        self.places[part.start].start..self.places[part.end - 1].end
    }

    /// Whether a word may begin or end here: between two characters of the
    /// original, not both inside one word.
    pub fn parts(&self, at: usize) -> bool {
        let (Some(after), Some(before)) = (self.places.get(at), at.checked_sub(1).map(|it| self.places[it])) else {
            return true;
        };
        before.start != after.start && (after.cut || (before.class, after.class) != (Class::Word, Class::Word))
    }

    /// Whether a part goes over the end of a line.
    pub fn breaks(&self, part: Range<usize>, original: &str) -> bool {
        self.places[part].iter().any(|place| original[place.start..place.end].contains('\n'))
    }

    /// Whether there is a capital letter in a part.
    pub fn is_capitalised(&self, part: Range<usize>) -> bool {
        self.places[part].iter().any(|place| place.upper)
    }
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            _ if !c.is_alphanumeric() && !is_combining_mark(c) => Self::Between,
            // The figure of a footnote, in a circle, and the like.
            'ª' | 'º' | '\u{2070}'..='\u{209F}' => Self::Between,
            _ if c.is_numeric() && !c.is_ascii() => Self::Between,
            // Thai, Lao, Burmese and Khmer; Hangul; Kana and Han.
            '\u{E00}'..='\u{EFF}'
            | '\u{1000}'..='\u{109F}'
            | '\u{1780}'..='\u{17FF}'
            | '\u{1100}'..='\u{11FF}'
            | '\u{3040}'..='\u{318F}'
            | '\u{31F0}'..='\u{9FFF}'
            | '\u{AC00}'..='\u{D7FF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{FF66}'..='\u{FF9F}'
            | '\u{20000}'..='\u{3FFFF}' => Self::Unspaced,
            _ => Self::Word,
        }
    }
}

/// The character that an address writes as `%C3%AD`, or within another address
/// as `%25C3%25AD`, and how long that is.
fn escaped(text: &str) -> Option<(char, usize)> {
    ["%2525", "%25", "%"].into_iter().find_map(|mark| escaped_by(mark, text))
}

fn escaped_by(mark: &str, text: &str) -> Option<(char, usize)> {
    let one = mark.len() + 2;
    let byte = |at: usize| {
        let digits = text.get(one * at..)?.strip_prefix(mark)?.get(..2)?;
        u8::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|it| it.is_ascii_hexdigit()))
    };
    let length = match byte(0)? {
        b'\t' | b'\n' | b'\r' | 0x20..=0x7E => 1,
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let bytes: Vec<u8> = (0..length).map_while(byte).collect();
    let c = std::str::from_utf8(&bytes).ok()?.chars().next()?;
    Some((c, one * length))
}

/// What takes no room: zero-width characters, marks of direction, soft hyphens.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
        || c.is_control() && !c.is_whitespace()
}

/// What is written over or under a letter and may be left out.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{34E}' | '\u{350}'..='\u{36F}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5BD}'
        | '\u{5BF}'..='\u{5C7}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// How one types what is on few keyboards, and does not come apart by itself.
const fn spelled(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'þ' | 'Þ' => "th",
        'ł' | 'Ł' => "l",
        'ħ' | 'Ħ' => "h",
        'ı' => "i",
        'ŋ' | 'Ŋ' => "n",
        'ς' => "σ",
        '‘' | '’' | '‛' | '`' | '´' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' | 'ʾ' | 'ʿ' | '′' => "'",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => "-",
        _ => return None,
    })
}
