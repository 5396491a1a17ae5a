//! What happened, drawn: which lanes there are, and what lies in each.

use chrono::{DateTime, Utc};

use super::{
    bands::Band,
    layout::{BAR, Bar, Label, Lane, MARK, Mark, Picture, ROW, Rows, Scale, WIDTH},
    people::{self, Somebody},
    story::{Story, Term, Thing},
    text::{fit, fit_name, width},
    window::Window,
};
use crate::{
    incidents::path,
    response::offers::Offer,
    terms::{HandoffState, Kind, Severity, Status, TheoryState, WorkState},
    timeline::Entry,
    web::time::{short, spoken},
};

/// In how many rows entries of one kind stand at most.
const OF_A_KIND: usize = 8;
/// In how many those of one person do.
const OF_SOMEBODY: usize = 4;
/// In how many rows stands what one person held at the same time.
const HELD_AT_ONCE: usize = 6;

/// Draws what happened in a stretch of time.
pub fn picture(number: i64, story: &Story, window: Window) -> Picture {
    let scale = Scale(window);
    let pen = Pen { scale, number };
    let seen = story.moments.iter().filter(|(_, at)| window.holds(*at));
    let through = seen.map(|(_, at)| scale.x(*at)).collect();
    let mut lanes = vec![pen.moments(story), pen.statuses(&story.statuses), pen.severities(&story.severities)];
    lanes.extend(group("Roles", story.roles.iter().map(|role| pen.held(role)).collect()));
    lanes.extend(group("Work", story.work.iter().map(|work| pen.held(work)).collect()));
    lanes.extend(pen.offers(&story.offers));
    let of_kind = |kind: &Kind| pen.kind(*kind, &story.entries);
    lanes.extend(group("Entries", Kind::TYPED.iter().filter_map(of_kind).collect()));
    lanes.extend(group("People", people::of(story).iter().map(|person| pen.person(person)).collect()));
    Picture::of(&scale, through, lanes)
}

fn group(name: &str, lanes: Vec<Lane>) -> Vec<Lane> {
    let heading = (!lanes.is_empty()).then(|| Lane::heading(name));
    heading.into_iter().chain(lanes).collect()
}

struct Pen {
    scale: Scale,
    number: i64,
}

impl Pen {
    fn entry(&self, seq: i64) -> String {
        format!("{}/timeline/{seq}", path(self.number))
    }

    /// What lasts, as far as it is in sight.
    fn bar(&self, (since, until): (DateTime<Utc>, Option<DateTime<Utc>>), y: i64, what: &str) -> Option<Bar> {
        let (x, width) = self.scale.stretch(since, until)?;
        let title = format!("{what}, {}", stretch(since, until));
        Some(Bar { x, y, width, height: BAR, class: "", word: "", label: None, title, href: String::new() })
    }

    fn moments(&self, story: &Story) -> Lane {
        let (mut lane, mut rows) = (Lane::named("Moments"), Rows::default());
        for (name, at) in story.moments.iter().filter(|(_, at)| self.scale.0.holds(*at)) {
            let x = self.scale.x(*at);
            let mut label = Label::beside((x - 3, x + 3), name.label());
            if let Some(row) = rows.place(label.reach(), usize::MAX) {
                label.y = 2 + row * (ROW - 4);
            }
            lane.labels.push(label);
        }
        lane.height = lane.height.max(rows.used() * (ROW - 4) + 6);
        lane
    }

    fn statuses(&self, bands: &[Band<Status>]) -> Lane {
        let mut lane = Lane::named("Status");
        for band in bands {
            let what = format!("Status {}", band.value);
            let Some(bar) = self.bar((band.since, band.until), 2, &what) else { continue };
            let bar = Bar { class: "status", word: band.value.word(), href: self.change(band.seq), ..bar };
            lane.bars.push(bar.labelled(|room| fit(band.value.label(), room)));
        }
        lane
    }

    fn severities(&self, bands: &[Band<Severity>]) -> Lane {
        let mut lane = Lane::named("Severity");
        for band in bands {
            let what = format!("Severity {}", band.value);
            let Some(bar) = self.bar((band.since, band.until), 2, &what) else { continue };
            let bar = Bar { class: "severity", word: band.value.word(), href: self.change(band.seq), ..bar };
            lane.bars.push(bar.labelled(|room| fit(band.value.label(), room)));
        }
        lane
    }

    /// The entry of a change; what stood at first was declared so.
    fn change(&self, seq: i64) -> String {
        self.entry(seq.max(1))
    }

    /// A role or a piece of work: who held it, and when nobody did.
    fn held(&self, thing: &Thing) -> Lane {
        let mut lane = Lane::named(&thing.name);
        for term in thing.with_gaps() {
            let label = |room| match &term.person {
                Some((_, name)) => fit_name(name, room),
                None => Some("nobody".to_owned()).filter(|nobody| width(nobody) <= room),
            };
            lane.bars.extend(self.term(&term, thing).map(|bar| bar.labelled(label)));
        }
        let Some(until) = thing.until.filter(|until| self.scale.0.holds(*until)) else { return lane };
        let (icon, word) = match thing.state {
            Some(WorkState::Done) => ("circle-check", "done"),
            Some(WorkState::Dropped) => ("x", "dropped"),
            _ => return lane,
        };
        let x = (self.scale.x(until) + MARK / 2 + 2).min(WIDTH - MARK / 2);
        lane.labels.extend(Label::after(x + MARK / 2 + 3, 2, word));
        lane.marks.push(Mark {
            x,
            y: ROW / 2,
            icon,
            class: word,
            title: format!("{} {word}, {}", thing.name, short(until)),
            href: thing.path.clone(),
        });
        lane
    }

    fn term(&self, term: &Term, thing: &Thing) -> Option<Bar> {
        let what = format!("{}: {}", thing.name, term.holder());
        let bar = self.bar((term.since, term.until.or(thing.until)), 2, &what)?;
        let class = match (&term.person, thing.state) {
            (None, _) => "nobody",
            (Some(_), None) => "role",
            (Some(_), Some(_)) => "work",
        };
        Some(Bar { class, href: thing.path.clone(), ..bar })
    }

    /// From each offer to its answer.
    fn offers(&self, offers: &[Offer]) -> Option<Lane> {
        let (mut lane, mut rows) = (Lane::named("Hand-offs"), Rows::default());
        for offer in offers {
            let what = format!("{}, {} → {}: {}", offer.state.word(), offer.from.name, offer.to.name, offer.called);
            let Some(bar) = self.bar((offer.offered_at, offer.ended_at), 0, &what) else { continue };
            let bar = Bar { class: "offer", word: offer.state.word(), href: offer.path(), ..bar };
            let end = (bar.x + bar.width + MARK / 2 + 2).min(WIDTH - MARK / 2);
            let beside = Label::beside((bar.x - 4, end + MARK / 2 + 3), &what);
            let within = bar.width > width(&what) + 10 || bar.width > beside.width;
            let (from, to) = if within { (bar.x, end) } else { beside.reach() };
            let row = rows.place((from.min(bar.x), to.max(end + MARK / 2)), usize::MAX).unwrap_or_default();
            let bar = Bar { y: 2 + row * ROW, ..bar };
            lane.marks.push(Mark {
                x: end,
                y: bar.y + BAR / 2,
                icon: answered(offer.state),
                class: offer.state.word(),
                title: bar.title.clone(),
                href: offer.path(),
            });
            if within {
                lane.bars.push(bar.labelled(|room| fit(&what, room)));
            } else {
                lane.labels.push(Label { y: bar.y, ..beside });
                lane.bars.push(bar);
            }
        }
        lane.height = lane.height.max(rows.used() * ROW);
        (!offers.is_empty()).then_some(lane)
    }

    fn kind(&self, kind: Kind, entries: &[Entry]) -> Option<Lane> {
        let of_kind: Vec<_> = entries.iter().filter(|entry| entry.kind == kind).collect();
        let mut lane = Lane::named(kind.label());
        lane.add_marks(&self.scale, self.marks(&of_kind), OF_A_KIND);
        (!of_kind.is_empty()).then_some(lane)
    }

    /// Somebody: what they held, and below it what they wrote.
    fn person(&self, person: &Somebody<'_>) -> Lane {
        let (mut lane, mut rows) = (Lane { again: true, ..Lane::named(person.name) }, Rows::default());
        for (thing, term) in &person.held {
            let Some(bar) = self.term(term, thing) else { continue };
            let Some(row) = rows.place((bar.x, bar.x + bar.width), HELD_AT_ONCE) else { continue };
            let bar = Bar { y: 2 + row * ROW, ..bar };
            lane.bars.push(bar.labelled(|room| fit(&thing.name, room)));
        }
        lane.height = lane.height.max(rows.used() * ROW + 2);
        lane.add_marks(&self.scale, self.marks(&person.wrote), OF_SOMEBODY);
        lane
    }

    fn marks(&self, entries: &[&Entry]) -> Vec<(DateTime<Utc>, Mark)> {
        let seen = entries.iter().filter(|entry| self.scale.0.holds(entry.happened_at()));
        seen.map(|entry| {
            let said = if entry.redaction.is_some() { "(redacted)".into() } else { entry.gist() };
            let at = entry.happened_at();
            let became = match entry.theory_state() {
                TheoryState::Open => String::new(),
                state => format!("{} ", state.word()),
            };
            let title = format!("{}, {became}{} by {}: {said}", short(at), entry.kind.word(), entry.by());
            let (kind, href) = (entry.kind, self.entry(entry.seq));
            (at, Mark { x: 0, y: 0, icon: kind.icon(), class: kind.word(), title, href })
        })
        .collect()
    }
}

/// The shape of what became of an offer.
const fn answered(state: HandoffState) -> &'static str {
    match state {
        HandoffState::Offered => "hourglass",
        HandoffState::Accepted => "circle-check",
        HandoffState::Declined => "x",
        HandoffState::Withdrawn => "arrow-left",
    }
}

/// "25 Nov 02:10 UTC to 25 Nov 02:40 UTC, 30 min"
fn stretch(since: DateTime<Utc>, until: Option<DateTime<Utc>>) -> String {
    match until {
        Some(until) => format!("{} to {}, {}", short(since), short(until), spoken(until - since)),
        None => format!("since {}", short(since)),
    }
}

#[cfg(test)]
mod tests;
