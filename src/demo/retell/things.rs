//! Retells who held what, what was offered, what was said to those outside, and
//! what became of theories.

use uuid::Uuid;

use super::Telling;
use crate::{
    demo::stories::{Hold, Step, Told, Update},
    response::{
        Thing, held,
        offers::{self, End, NewOffer},
        work::{self, Change, NewWork},
    },
    terms::{Stance, TheoryState, WorkState},
    timeline::{
        NotWritten,
        theories::{self, Tie},
    },
    updates::{
        self,
        store::{NewUpdate, Next},
    },
    web::Failure,
};

impl Telling<'_> {
    /// Does something with a role or a piece of work.
    pub(super) async fn hold(
        &self,
        step: &Step,
        told: &mut Told<Uuid>,
        (hold, name): (Hold, &str),
    ) -> Result<(), NotWritten> {
        match hold {
            Hold::Add | Hold::Start => self.add(step, told, (hold, name)).await,
            Hold::Offer => self.offer(step, told, name).await,
            Hold::Accept => self.answer(step, told, (End::Accept, name)).await,
            Hold::Decline => self.answer(step, told, (End::Decline(step.reason.clone()), name)).await,
            Hold::Withdraw => self.answer(step, told, (End::Withdraw, name)).await,
            Hold::Take | Hold::GiveUp | Hold::Finish | Hold::Drop => self.change(step, told, (hold, name)).await,
        }
    }

    async fn add(&self, step: &Step, told: &mut Told<Uuid>, (hold, title): (Hold, &str)) -> Result<(), NotWritten> {
        let (app, by) = (self.at(step.at), self.who(&step.by)?);
        let due_at = step.due.map(|at| at + self.later);
        let new = NewWork { title: title.to_owned(), to: (hold == Hold::Start).then_some(by), due_at };
        let entry = work::add(&app, by, self.number, new, None).await?.answer;
        let id = work::added_by(&app.db, self.number, entry).await?.ok_or(Failure::NotFound)?;
        told.work.insert(title.to_owned(), id);
        Ok(())
    }

    async fn change(&self, step: &Step, told: &Told<Uuid>, (hold, name): (Hold, &str)) -> Result<(), NotWritten> {
        let (app, by) = (self.at(step.at), self.who(&step.by)?);
        let to = (hold == Hold::Take).then_some(by);
        let Some(id) = told.work.get(name) else {
            held::set(&app, by, (self.number, name), to, None).await?;
            return Ok(());
        };
        let change = match hold {
            Hold::Finish => Change::State(WorkState::Done),
            Hold::Drop => Change::State(WorkState::Dropped),
            _ => Change::Holder(to.cloned()),
        };
        work::change(&app, by, (self.number, *id), vec![change], None).await?;
        Ok(())
    }

    async fn offer(&self, step: &Step, told: &mut Told<Uuid>, name: &str) -> Result<(), NotWritten> {
        let (app, by) = (self.at(step.at), self.who(&step.by)?);
        let thing = told.work.get(name).map_or_else(|| Thing::Role(name.to_owned()), |id| Thing::Work(*id));
        let new = NewOffer { thing, to: self.who(&step.to)?, briefing: step.briefing.clone() };
        let entry = offers::offer(&app, by, self.number, new, None).await?.answer;
        let id = offers::made_by(&app.db, self.number, entry).await?.ok_or(Failure::NotFound)?;
        told.offers.insert(name.to_owned(), id);
        Ok(())
    }

    async fn answer(&self, step: &Step, told: &Told<Uuid>, (how, name): (End, &str)) -> Result<(), NotWritten> {
        let id = *told.offers.get(name).ok_or(Failure::NotFound)?;
        offers::end(&self.at(step.at), self.who(&step.by)?, (self.number, id), how, None).await?;
        Ok(())
    }

    /// Tells those outside.
    pub(super) async fn update(&self, step: &Step, update: &Update) -> Result<(), NotWritten> {
        let next = step.due.map_or(Next::Unsaid, |due| Next::By(due + self.later));
        let new = NewUpdate { audience: update.audience, texts: update.texts(), next };
        updates::store::write(&self.at(step.at), self.who(&step.by)?, self.number, new, None).await?;
        Ok(())
    }

    /// Says what became of a theory.
    pub(super) async fn judge(
        &self,
        step: &Step,
        told: &Told<Uuid>,
        (state, theory): (TheoryState, &str),
    ) -> Result<(), NotWritten> {
        let reason = self.story.reasoned(&step.by, &step.reason);
        let change = theories::Change { state: Some(state), reason, tie: None };
        self.speak_of(step, told, (theory, change)).await
    }

    /// Says that somebody's last entry speaks to a theory.
    pub(super) async fn speak(
        &self,
        step: &Step,
        told: &Told<Uuid>,
        (stance, theory): (Stance, &str),
    ) -> Result<(), NotWritten> {
        let entry = *told.last.get(&step.by).ok_or(Failure::NotFound)?;
        let tie = Some(Tie { entry, stance: Some(stance) });
        self.speak_of(step, told, (theory, theories::Change { tie, ..theories::Change::default() })).await
    }

    async fn speak_of(
        &self,
        step: &Step,
        told: &Told<Uuid>,
        (theory, change): (&str, theories::Change),
    ) -> Result<(), NotWritten> {
        let seq = told.theory(theory).ok_or(Failure::NotFound)?;
        theories::change(&self.at(step.at), self.who(&step.by)?, (self.number, seq), change, None).await?;
        Ok(())
    }
}
