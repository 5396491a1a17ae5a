//! Whatever people do, in whatever order: a role has at most one holder, and
//! what is offered stays with its giver until it is accepted. Held against a
//! model that fits in a few lines.

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Room, holder};
use crate::support::Program;

/// Olga is an admin; Ana, Ben and Cem are responders.
const PEOPLE: [&str; 4] = ["Olga", "Ana", "Ben", "Cem"];

/// What somebody does.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// Says who is to hold it.
    Give(Option<usize>),
    /// Offers it.
    Offer(usize),
    Accept,
    Decline,
    Withdraw,
}

/// The commander's role, as it should stand.
#[derive(Debug, Default)]
struct Model {
    holder: Option<usize>,
    /// The last offer: from whom, to whom, made by whom.
    last: Option<(usize, usize, usize)>,
    /// That offer waits for an answer.
    open: bool,
}

impl Model {
    fn leads(&self, who: usize) -> bool {
        who == 0 || self.holder == Some(who)
    }

    /// Does it, and says what is answered.
    fn act(&mut self, who: usize, act: Act) -> u16 {
        match act {
            Act::Give(to) => self.give(who, to),
            Act::Offer(_) if !self.leads(who) => 403,
            Act::Offer(to) if self.holder == Some(to) || to == who || self.open => 409,
            Act::Offer(to) => {
                (self.last, self.open) = (Some((self.holder.unwrap_or(who), to, who)), true);
                201
            }
            Act::Accept | Act::Decline | Act::Withdraw => self.end(who, act),
        }
    }

    fn give(&mut self, who: usize, to: Option<usize>) -> u16 {
        if to == self.holder {
            200
        } else if self.leads(who) || (self.holder.is_none() && to == Some(who)) {
            (self.holder, self.open) = (to, false);
            200
        } else if to == Some(who) {
            409
        } else {
            403
        }
    }

    fn end(&mut self, who: usize, act: Act) -> u16 {
        let (from, to, by) = self.last.unwrap();
        let may = if matches!(act, Act::Withdraw) { [from, by].contains(&who) } else { who == to };
        if !may {
            return 403;
        }
        if !self.open {
            return 409;
        }
        self.open = false;
        if matches!(act, Act::Accept) {
            self.holder = Some(to);
        }
        200
    }
}

fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
    let person = 0..PEOPLE.len();
    let act = prop_oneof![
        prop::option::of(person.clone()).prop_map(Act::Give),
        person.clone().prop_map(Act::Offer),
        person.clone().prop_map(Act::Offer),
        Just(Act::Accept),
        Just(Act::Accept),
        Just(Act::Decline),
        Just(Act::Withdraw),
    ];
    prop::collection::vec((person, act), 40)
}

/// Does it in an incident; `last` is the last offer there.
async fn play(who: &Program, number: i64, act: Act, last: Option<&str>) -> (StatusCode, Value) {
    let incident = format!("/incidents/{number}");
    let address = |person: usize| format!("{}@example.org", PEOPLE[person].to_lowercase());
    let end = |how: &str| format!("/handoffs/{}/{how}", last.unwrap());
    match act {
        Act::Give(to) => who.put(&format!("{incident}/roles/commander"), json!({ "person": to.map(address) })).await,
        Act::Offer(to) => {
            let offer = json!({ "role": "commander", "to": address(to) });
            who.post(&format!("{incident}/handoffs"), offer).await
        }
        Act::Accept => who.post(&end("accept"), json!({})).await,
        Act::Decline => who.post(&end("decline"), json!({})).await,
        Act::Withdraw => who.post(&end("withdraw"), json!({})).await,
    }
}

#[tokio::test]
async fn any_sequence_leaves_one_holder_and_an_offered_thing_with_its_giver() {
    let room = Room::open().await;
    let mut programs = Vec::new();
    for who in [&room.olga, &room.ana, &room.ben, &room.cem] {
        programs.push(room.program(who).await);
    }
    let mut runner = TestRunner::deterministic();
    for case in 0..8 {
        let number = room.ana.declare(&format!("Case {case}")).await;
        let (mut model, mut last) = (Model::default(), None);
        for (turn, (who, act)) in acts().new_tree(&mut runner).unwrap().current().into_iter().enumerate() {
            let ends = !matches!(act, Act::Give(_) | Act::Offer(_));
            if ends && last.is_none() {
                continue;
            }
            let told = format!("case {case}, turn {turn}: {} does {act:?} in {model:?}", PEOPLE[who]);
            let (status, made) = play(&programs[who], number, act, last.as_deref()).await;
            assert_eq!(status.as_u16(), model.act(who, act), "{told}: {made}");
            if status == StatusCode::CREATED {
                last = made["id"].as_str().map(str::to_owned);
            }
            let (_, roles) = programs[0].get(&format!("/incidents/{number}/roles")).await;
            assert_eq!(holder(&roles["items"][0]), model.holder.map(|it| PEOPLE[it]), "{told}");
            let (_, offers) = programs[0].get(&format!("/incidents/{number}/handoffs")).await;
            let open = offers["items"].as_array().unwrap().iter().filter(|offer| offer["state"] == "offered");
            let open: Vec<_> = open.map(|it| (it["from"]["name"].as_str(), it["to"]["name"].as_str())).collect();
            let wanted = model.last.filter(|_| model.open).map(|(from, to, _)| (Some(PEOPLE[from]), Some(PEOPLE[to])));
            assert_eq!(open, wanted.into_iter().collect::<Vec<_>>(), "{told}");
        }
    }
}
