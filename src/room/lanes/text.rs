//! How much text fits into so many pixels. The reader's font is not known, so
//! it is guessed generously; what is still too wide is cut off at its box.

/// About how wide text of 12 px is, rather too wide than too narrow.
pub fn width(text: &str) -> i64 {
    text.chars().map(width_of).sum::<i64>() / 10 + 1
}

/// Tenths of a pixel.
const fn width_of(letter: char) -> i64 {
    match letter {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '(' | ')' | '-' => {
            48
        }
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '→' => 118,
        'A'..='Z' => 88,
        '0'..='9' | 'a'..='z' => 74,
        '\u{2e80}'.. => 130,
        _ => 84,
    }
}

/// As much of a text as fits, with "…" where it is cut; nothing where hardly
/// anything would be left of it.
pub fn fit(text: &str, room: i64) -> Option<String> {
    if width(text) <= room {
        return Some(text.to_owned());
    }
    let mut left = room * 10 - width_of('…') - 10;
    let cut: String = text
        .chars()
        .take_while(|letter| {
            left -= width_of(*letter);
            left >= 0
        })
        .collect();
    let cut = cut.trim_end();
    (cut.chars().count() >= 3).then(|| format!("{cut}…"))
}

/// A person's name as it fits: all of it, the first of it, or its initials.
pub fn fit_name(name: &str, room: i64) -> Option<String> {
    let first = name.split_whitespace().next().unwrap_or_default();
    let initials: String = name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
    [name, first, &initials].into_iter().find(|it| !it.is_empty() && width(it) <= room).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_shrinks_to_what_fits() {
        for (room, expected) in [(200, Some("Ana Lindqvist")), (60, Some("Ana")), (20, Some("AL")), (9, None)] {
            assert_eq!(fit_name("Ana Lindqvist", room).as_deref(), expected, "{room}");
        }
        assert_eq!(fit_name("", 100), None);
    }

    proptest! {
        #[test]
        fn what_fits_is_never_wider_than_its_room(text in "\\PC{0,60}", room in 0i64..400) {
            for fitted in [fit(&text, room), fit_name(&text, room)].into_iter().flatten() {
                prop_assert!(width(&fitted) <= room.max(1), "{fitted}");
            }
        }
    }
}
