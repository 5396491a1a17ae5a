use proptest::{prelude::*, sample::select};
use unicode_normalization::UnicodeNormalization;

use super::*;
use crate::aliases::forms::is_ordinary;

/// Somebody by name; the address is made of it unless the handle is.
fn called(place: u128, name: &str, handle: &str) -> Called {
    let email = format!("{handle}@example.org");
    Called { id: Uuid::from_u128(place), names: vec![name.into()], handles: vec![handle.into()], emails: vec![email] }
}

/// Masked, people as `E` and their place from 1 on.
fn masked(people: &[(&str, &str)], text: &str) -> String {
    let people: Vec<_> = (1..).zip(people).map(|(place, (name, handle))| called(place, name, handle)).collect();
    Mask::over(&people).replaced(text, |who| who.map_or_else(|| "someone".into(), |it| format!("E{}", it.as_u128())))
}

#[test]
fn a_name_is_found_however_it_is_written() {
    let people = [
        ("Ana Díaz", "ana.diaz"),
        ("Zoë Weiß", "zw"),
        ("Anne-Marie O’Brien", "am-obrien"),
        ("Jürgen Søby", "j"),
        ("Guenther Mueller-Kjaer", "gm"),
        ("Soeren Aakesson", "so"),
        ("Sue Loew", "sl"),
    ];
    for (text, expected) in [
        // In full, in part, in any case.
        ("Ana Díaz rolled it back", "E1 rolled it back"),
        ("ana diaz, ANA, DÍAZ and díaz", "E1, E1, E1 and E1"),
        ("Díaz Ana; Ana-Díaz", "E1; E1"),
        ("Ana  \n Díaz", "E1"),
        ("ZOE saw it, zoë and Zoe too", "E2 saw it, E2 and E2 too"),
        ("Weiss, WEISS, weiß, WEIẞ", "E2, E2, E2, E2"),
        ("Anne-Marie and Marie and anne‑marie", "E3 and E3 and E3"),
        ("O'Brien, O’BRIEN, OBrien, Brien", "E3, E3, E3, E3"),
        ("Jurgen, Juergen, JÜRGEN Soby, Soeby", "E4, E4, E4, E4"),
        ("Günther Müller, Gunther Muller, guenther, MÜLLER-Kjær, Kjär", "E5, E5, E5, E5, E5"),
        ("SörenÅkesson, mullerkjar", "E6, E5"),
        ("Sören, Søren Åkesson, soren akesson, Aakesson", "E6, E6, E6, E6"),
        ("Löw; the load is low, sudo su", "E7; the load is low, sudo su"),
        // As a handle and as an address.
        ("@ana.diaz please", "E1 please"),
        ("ask @zw, or @am-obrien.", "ask E2, or E3."),
        ("mail ana.diaz@example.org now", "mail E1 now"),
        ("<ANA.DIAZ@EXAMPLE.ORG>", "<E1>"),
        ("ana.diaz@other.example", "E1@other.example"),
        ("@j and j@example.org, not j", "E4 and E4, not j"),
        // Inside of other things.
        ("Ana's, Ana’s, (Ana), “Ana”, Ana: –Ana–", "E1's, E1’s, (E1), “E1”, E1: –E1–"),
        ("/home/ana/.ssh, C:\\Users\\ana", "/home/E1/.ssh, C:\\Users\\E1"),
        ("https://wiki.example/~ana?by=ana&x", "https://wiki.example/~E1?by=E1&x"),
        ("by=Ana%20D%C3%ADaz", "by=E1"),
        ("tmp_ana_2 ana-laptop AnaDiaz", "tmp_E1_2 E1-laptop E1"),
        ("A\u{200B}na, An\u{AD}a, Di\u{301}az, \u{FF21}na", "E1, E1, E1, E1"),
        ("then\u{200B}Ana\u{200B}left", "then\u{200B}E1\u{200B}left"),
        ("Ana™", "E1™"),
        // After an escape, and beside a figure of a footnote.
        (r"down\nAna\tDíaz\r\nzoe\\nmarie\n", r"down\nE1\tE1\r\nE2\\nE3\n"),
        (r"C:\Users\nana C:\temp\ana", r"C:\Users\nE1 C:\temp\E1"),
        ("by%0AAna%09Zo%C3%AB%0D", "by%0AE1%09E2%0D"),
        ("%2520Ana%2509D%25C3%25ADaz%25250Azoe %25Ana %25", "%2520E1%25250AE2 %25E1 %25"),
        ("Ana², ¹Ana, Ana①, Anaª, zoeº, Anaⁿ ½zoe", "E1², ¹E1, E1①, E1ª, E2º, E1ⁿ ½E2"),
        ("Ana't, zoe't", "E1't, E2't"),
        ("A\u{2800}na, An\u{1D173}a, in\u{2800}Ana", "E1, E1, in\u{2800}E1"),
        // And not in the middle of a word.
        ("Anaconda, banana, Mariana, Ana2", "Anaconda, banana, Mariana, Ana2"),
    ] {
        assert_eq!(masked(&people, text), expected, "{text}");
    }
}

#[test]
fn an_ordinary_word_is_a_name_only_where_it_is_written_like_one() {
    let people = [("Will May", "will"), ("An So", "an"), ("Ivo van Dijk", "ops"), ("Don Case", "dc"), ("A", "a")];
    for (text, expected) in [
        ("we will see, it may be so in an hour", "we will see, it may be so in an hour"),
        ("Will knows, it may, May too, ask WILL", "E1 knows, it may, E1 too, ask E1"),
        ("@will, @may, will@host, ~will, /home/will", "E1, E1, E1@host, ~E1, /home/E1"),
        ("will may, or Will May", "E1, or E1"),
        ("An outage", "E2 outage"),
        ("the van of ops, Van Dijk, van Dijk", "the van of ops, E3, E3"),
        ("vandijk, VanDijk, ivovandijk, @vandijk", "E3, E3, E3, E3"),
        ("will't", "will't"),
        ("Don’t, don't, DON'T; Don's case, in this case", "Don’t, don't, DON'T; E4's case, in this case"),
        ("a deploy, @a", "a deploy, E5"),
    ] {
        assert_eq!(masked(&people, text), expected, "{text}");
    }
}

#[test]
fn what_may_mean_two_is_someone_unless_the_whole_decides() {
    let people =
        [("Ana Díaz", "ana"), ("Ana López", "ana-2"), ("Ben Díaz", "ben"), ("Kim Lee", "kim"), ("Kim Lee", "lee")];
    for (text, expected) in [
        ("Ana and Díaz", "someone and someone"),
        ("Ana Díaz, Ana López, Ben Díaz", "E1, E2, E3"),
        ("Díaz Ben; Ana-López; ana.diaz", "E3; E2; E1"),
        ("@ana and @ana-2, ana@example.org", "E1 and E2, E1"),
        ("Ana Ben López", "someone E3 E2"),
        ("Kim Lee, @kim, @lee", "someone, E4, E5"),
        ("Ben Díaz Ana", "E3 someone"),
        ("Ana\nBen\n\nAna\nAna Díaz", "someone\nE3\n\nsomeone\nE1"),
    ] {
        assert_eq!(masked(&people, text), expected, "{text}");
    }
}

#[test]
fn names_of_scripts_without_blanks_are_found_inside_a_sentence() {
    let people = [("王 小明", "wang"), ("김철수", "kim"), ("Андрей Чехов", "ach"), ("محمد علي", "mo")];
    for (text, expected) in [
        ("请王小明处理", "请E1处理"),
        ("小明已经重启了", "E1已经重启了"),
        ("김철수가 재시작했다", "E2가 재시작했다"),
        ("АНДРЕЙ ЧЕХОВ и Андреи", "E3 и E3"),
        ("قال مُحَمَّد علي", "قال E4"),
    ] {
        assert_eq!(masked(&people, text), expected, "{text}");
    }
}

#[test]
fn what_names_nobody_stays_as_it_is() {
    let people = [
        ("Ana Lindqvist", "ana"),
        ("Ben Okafor", "ben"),
        ("June Tran", "june"),
        ("Emre Yılmaz", "emre"),
        ("Chi Nakamura", "chi"),
        ("Mark Page", "root"),
        ("Admin", "admin"),
        ("Min Ho", "500"),
    ];
    for text in [
        "",
        "Checkout answers 500 for a third of the card payments since 14:05, in the EU only.",
        "The replica lags 40 min behind; we can't page the vendor, and won't restart db-3 as root.",
        "https://status.example/incidents/42?x=%zz%2Fadmin%C3 100% \u{200B}\u{301} ﷺ e\u{301} — “quoted”",
        "Die Datenbank läuft wieder, größer denn je. 数据库已恢复。 تم الإصلاح",
    ] {
        assert_eq!(masked(&people, text), text);
    }
    assert_eq!(masked(&[], "Ana"), "Ana");
}

#[test]
fn former_names_count() {
    let now = called(1, "Ana Díaz", "ana");
    let married = Called { names: vec!["Ana Díaz".into(), "Ana Roth".into()], ..now };
    assert_eq!(Mask::over(&[married]).replaced("Roth and Díaz", |_| "E1".into()), "E1 and E1");
}

/// Names of all sorts; few of them, so that people share parts.
fn part() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "Bo",
        "Li",
        "Xu",
        "Al",
        "Mark",
        "Will",
        "May",
        "Rose",
        "An",
        "So",
        "Zoë",
        "Łukasz",
        "Søren",
        "Jürgen",
        "Weiß",
        "Çağla",
        "Anne-Marie",
        "Jean-Luc",
        "O'Brien",
        "D’Angelo",
        "Díaz",
        "van",
        "de",
        "Nuñez-Ortiz",
        "Yılmaz",
        "İpek",
    ];
    prop_oneof![3 => select(KNOWN).prop_map(String::from), 1 => "[A-Z][a-zéü]{1,7}"]
}

fn people() -> impl Strategy<Value = Vec<Called>> {
    let name = prop::collection::vec(part(), 1..4).prop_map(|parts| parts.join(" "));
    let handle = prop_oneof![
        "[a-z]{2,6}",
        "[a-z]{2,4}[._-][a-z]{2,5}",
        select(&["will", "mark", "so"][..]).prop_map(String::from)
    ];
    let person = (name, handle).prop_map(|(name, handle)| called(0, &name, &handle));
    prop::collection::vec(person, 1..7).prop_map(|mut people| {
        for (place, person) in (1..).zip(&mut people) {
            person.id = Uuid::from_u128(place);
        }
        people
    })
}

/// A name as somebody may type it.
fn typed(form: &str, how: usize) -> String {
    match how % 9 {
        0 => form.to_owned(),
        1 => form.to_uppercase(),
        2 => form.to_lowercase(),
        3 => form.nfd().collect(),
        4 => form.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).collect(),
        5 => form.chars().flat_map(|c| [c, '\u{200B}']).collect(),
        6 => form.replace(' ', "\u{A0}"),
        7 => form.replace('\'', "’").replace('-', "\u{2011}"),
        _ => form.replace('ß', "ss"),
    }
}

fn around(form: &str, how: usize) -> String {
    match how % 9 {
        0 | 1 => form.to_owned(),
        2 => format!("{form}'s"),
        3 => format!("({form}),"),
        4 => format!("@{form}"),
        5 => format!("x_{form}_1"),
        6 => format!("/home/{form}/"),
        7 => format!("“{form}”"),
        _ => format!("https://example.org/{form}?a={form}"),
    }
}

/// The words of a text by a second reading, that shares nothing with the first:
/// each in plain letters, and whether it is written like a name.
fn words(text: &str) -> Vec<(String, bool)> {
    let mut words = vec![(String::new(), false)];
    let mut before = ' ';
    for c in text.nfkd().filter(|c| *c != '\u{200B}' && !unicode_normalization::char::is_combining_mark(*c)) {
        if c.is_alphanumeric() {
            let last = words.last_mut().unwrap();
            last.1 |= c.is_uppercase() || (last.0.is_empty() && before == '@');
            last.0.extend(c.to_lowercase().filter(|c| c.is_alphanumeric()));
        } else {
            words.push((String::new(), false));
        }
        before = c;
    }
    words.retain(|(word, _)| !word.is_empty());
    for (word, _) in &mut words {
        *word = word.replace('ß', "ss").replace('ł', "l").replace('ø', "o").replace('ı', "i");
    }
    words
}

/// Every form that names somebody, as words.
fn forbidden(person: &Called) -> Vec<Vec<String>> {
    let plain = |text: &str| words(text).into_iter().map(|(word, _)| word).collect::<Vec<_>>();
    let mut forms: Vec<_> =
        [&person.names, &person.handles, &person.emails].into_iter().flatten().map(|it| plain(it)).collect();
    let parts: Vec<_> = plain(&person.names[0]).into_iter().filter(|part| part.chars().count() > 1).collect();
    forms.extend(parts.into_iter().map(|part| vec![part]));
    forms
}

proptest! {
    #[test]
    fn no_form_of_any_name_is_left(
        people in people(),
        said in prop::collection::vec((0_usize..100, 0_usize..9, 0_usize..9, select(&["the replica", "we restarted", "in 40 s,", "and", "\n", ""][..])), 1..12),
    ) {
        let forms: Vec<String> = people.iter().flat_map(|person| {
            let parts = person.names[0].split([' ', '-']).filter(|part| part.chars().count() > 1).map(String::from);
            [&person.names, &person.handles, &person.emails].into_iter().flatten().cloned().chain(parts).collect::<Vec<_>>()
        }).collect();
        let text: Vec<String> = said.iter().map(|(form, how, where_, filler)| {
            format!("{filler} {}", around(&typed(&forms[form % forms.len()], *how), *where_))
        }).collect();
        let text = text.join(" ");
        let masked = Mask::over(&people).replaced(&text, |_| "0000".into());
        let left = words(&masked);
        for form in people.iter().flat_map(forbidden) {
            let whole = left.windows(form.len()).find(|found| found.iter().map(|it| &it.0).eq(&form));
            let names = |found: &[(String, bool)]| form.len() > 1 || !is_ordinary(&form[0]) || found[0].1;
            prop_assert!(!whole.is_some_and(names), "{form:?} is left in {masked:?} of {text:?}");
        }
    }

    #[test]
    fn what_is_found_is_in_order_and_made_of_whole_characters(people in people(), text in "(\\PC|[@ %ßAna\u{200B}\u{301}]){0,40}") {
        let mut end = 0;
        for named in Mask::over(&people).named_in(&text) {
            prop_assert!(end <= named.range.start && named.range.start < named.range.end);
            prop_assert!(text.get(named.range.clone()).is_some());
            end = named.range.end;
        }
    }

    #[test]
    fn a_text_without_names_stays_as_it_is(people in people(), text in "([0-9(]{1,4} |[qx]{9,12}[,.%] ?|\u{200B}){0,30}") {
        prop_assert_eq!(Mask::over(&people).replaced(&text, |_| "0000".into()), text);
    }
}
