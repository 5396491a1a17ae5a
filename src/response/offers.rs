//! Offers: a role or a piece of work passes from one to another when the
//! receiver accepts it, and until then the giver holds it. Command in the fire
//! service is transferred like this.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{Holder, Thing, held, work, work_entries};
use crate::{
    App,
    incidents::{
        moments,
        store::{self, Opened},
    },
    people::Person,
    terms::{HandoffState, Kind},
    timeline::{Key, Log, New, NotWritten, Written, commander},
    web::{Failure, time::spoken},
};

/// The longest briefing, in characters.
pub const MAX_BRIEFING: usize = 2_000;

/// An offer, open or ended.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its id.
    pub id: Uuid,
    /// The incident.
    pub incident: i64,
    /// What is offered.
    pub thing: Thing,
    /// What that is called.
    pub called: String,
    /// Who gives it: its holder, or whoever offers what nobody holds.
    pub from: Holder,
    /// Who made the offer: its giver, or whoever led.
    pub offered_by: Uuid,
    /// Who is to have it.
    pub to: Holder,
    /// Where it stands, what was tried, what is next.
    pub briefing: String,
    /// What became of it.
    pub state: HandoffState,
    /// When it was offered.
    pub offered_at: DateTime<Utc>,
    /// When it was answered or taken back.
    pub ended_at: Option<DateTime<Utc>>,
    /// What whoever declined said.
    pub word: String,
}

impl Offer {
    /// How long it waited, or waits, in words. Templates call it.
    pub fn waited(&self, now: &DateTime<Utc>) -> String {
        spoken(self.ended_at.unwrap_or(*now) - self.offered_at)
    }

    /// Whether this person may take it back: its giver, and whoever offered it
    /// in their place.
    pub fn may_be_withdrawn_by(&self, person: &Uuid) -> bool {
        [self.from.id, self.offered_by].contains(person)
    }

    /// The address of its page.
    pub fn path(&self) -> String {
        format!("/incidents/{}/handoffs/{}", self.incident, self.id)
    }
}

/// How an offer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The receiver holds it from now on.
    Accept,
    /// The receiver does not take it, and may say why.
    Decline(String),
    /// The giver keeps it after all.
    Withdraw,
}

impl End {
    const fn state(&self) -> HandoffState {
        match self {
            Self::Accept => HandoffState::Accepted,
            Self::Decline(_) => HandoffState::Declined,
            Self::Withdraw => HandoffState::Withdrawn,
        }
    }
}

struct Row {
    id: Uuid,
    incident: i64,
    role: Option<String>,
    work_item: Option<Uuid>,
    called: Option<String>,
    from_id: Uuid,
    from_name: String,
    from_email: String,
    offered_by: Uuid,
    to_id: Uuid,
    to_name: String,
    to_email: String,
    briefing: String,
    state: HandoffState,
    offered_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    word: String,
}

impl TryFrom<Row> for Offer {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let thing = match (row.role, row.work_item) {
            (Some(role), _) => Thing::Role(role),
            (None, Some(work)) => Thing::Work(work),
            (None, None) => return Err(sqlx::Error::Protocol("an offer of nothing".into())),
        };
        Ok(Self {
            id: row.id,
            incident: row.incident,
            thing,
            called: row.called.unwrap_or_default(),
            from: Holder { id: row.from_id, name: row.from_name, email: row.from_email },
            offered_by: row.offered_by,
            to: Holder { id: row.to_id, name: row.to_name, email: row.to_email },
            briefing: row.briefing,
            state: row.state,
            offered_at: row.offered_at,
            ended_at: row.ended_at,
            word: row.word,
        })
    }
}

/// The offers of an incident, the latest first.
pub async fn of(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Vec<Offer>> {
    read(db, incident, None, false).await
}

/// The offers that wait for an answer, the latest first.
pub async fn open(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Vec<Offer>> {
    read(db, incident, None, true).await
}

/// One offer.
pub async fn one(db: impl PgExecutor<'_>, incident: i64, id: Uuid) -> sqlx::Result<Option<Offer>> {
    Ok(read(db, incident, Some(id), false).await?.pop())
}

async fn read(db: impl PgExecutor<'_>, incident: i64, id: Option<Uuid>, open_alone: bool) -> sqlx::Result<Vec<Offer>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select h.id, h.incident, h.role, h.work_item, coalesce(r.label, w.title) as called,
                  f.id as from_id, f.name as from_name, f.email as from_email, h.offered_by,
                  t.id as to_id, t.name as to_name, t.email as to_email,
                  h.briefing, h.state as "state: HandoffState", h.offered_at, h.ended_at, h.word
           from handoffs h
           join people f on f.id = h.from_person
           join people t on t.id = h.to_person
           left join roles r on r.name = h.role
           left join work_items w on w.id = h.work_item
           where h.incident = $1 and ($2::uuid is null or h.id = $2) and (not $3 or h.state = 'offered')
           order by h.offered_at desc, h.id desc"#,
        incident,
        id,
        open_alone
    );
    rows.fetch_all(db).await?.into_iter().map(Offer::try_from).collect()
}

/// The incident of an offer.
pub async fn incident_of(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!("select incident from handoffs where id = $1", id).fetch_optional(db).await
}

/// An offer to make.
pub struct NewOffer<'a> {
    /// What is offered.
    pub thing: Thing,
    /// To whom.
    pub to: &'a Person,
    /// Where it stands, what was tried, what is next.
    pub briefing: String,
}

/// Offers a thing to one person. The answer is the `seq` of the entry, by which
/// [`made_by`] finds the offer.
///
/// Errors: neither held by who offers it nor theirs to give (403); an offer of
/// it stands open, or its receiver holds it (409); no such thing (422).
pub async fn offer(
    app: &App,
    by: &Person,
    number: i64,
    new: NewOffer<'_>,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let (called, holder) = look_at(log.tx(), number, &new.thing).await?;
    if holder != Some(by.id) && !commander::leads(log.tx(), number, by).await? {
        return Err(Failure::Forbidden("What one holds one may offer; the commander and admins offer anything.").into());
    }
    if holder == Some(new.to.id) {
        return Err(Failure::Conflict("They hold it already.").into());
    }
    if by.id == new.to.id {
        return Err(Failure::Conflict("It is yours to take; there is nothing to offer.").into());
    }
    held::may_be_given(&mut log, number, ("to", Some(new.to))).await?;
    if open_of(log.tx(), number, &new.thing).await?.is_some() {
        return Err(Failure::Conflict(
            "It is offered to somebody already. Whoever offered it can withdraw that first.",
        )
        .into());
    }
    let body = format!("offered {called} to {}", new.to.name);
    let seq = append(&mut log, (number, &new.thing), New::by(by, Kind::Handoff, body).because(&*new.briefing)).await?;
    insert(&mut log, number, (by.id, holder, seq), &new).await?;
    moments::acknowledge(&mut log, &incident).await?;
    Ok(log.commit(seq).await?)
}

async fn insert(
    log: &mut Log,
    number: i64,
    (by, holder, seq): (Uuid, Option<Uuid>, i64),
    new: &NewOffer<'_>,
) -> sqlx::Result<()> {
    let (role, work) = match &new.thing {
        Thing::Role(role) => (Some(role.as_str()), None),
        Thing::Work(id) => (None, Some(*id)),
    };
    let now = log.now;
    sqlx::query!(
        "insert into handoffs (id, incident, role, work_item, from_person, to_person, offered_by, briefing, offered_at,
                               entry)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        Uuid::now_v7(),
        number,
        role,
        work,
        holder.unwrap_or(by),
        new.to.id,
        by,
        new.briefing,
        now,
        seq
    )
    .execute(log.tx())
    .await?;
    Ok(())
}

/// The offer that an entry tells of.
pub async fn made_by(db: impl PgExecutor<'_>, incident: i64, entry: i64) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!("select id from handoffs where incident = $1 and entry = $2", incident, entry)
        .fetch_optional(db)
        .await
}

/// What a thing is called, and who holds it.
async fn look_at(db: &mut PgConnection, number: i64, thing: &Thing) -> Result<(String, Option<Uuid>), NotWritten> {
    match thing {
        Thing::Role(role) => {
            let role = held::one(held::of(&mut *db, number).await?, role)?;
            Ok((thing.named(&role.label), role.holder.map(|holder| holder.id)))
        }
        Thing::Work(id) => {
            let item = work::one(&mut *db, number, *id).await?;
            let item = item.ok_or_else(|| NotWritten::refused("work_item", "There is no such work here."))?;
            if !item.state.is_live() {
                return Err(Failure::Conflict("This work has ended. Open it again first.").into());
            }
            Ok((thing.named(&item.title), item.holder.map(|holder| holder.id)))
        }
    }
}

async fn open_of(db: &mut PgConnection, incident: i64, thing: &Thing) -> sqlx::Result<Option<Offer>> {
    Ok(open(db, incident).await?.into_iter().find(|offer| offer.thing == *thing))
}

/// Ends an offer: accepted or declined by its receiver, withdrawn by whoever
/// gave or made it.
///
/// Errors: no such offer (404), not this person's to end so (403), ended
/// already (409).
pub async fn end(
    app: &App,
    by: &Person,
    (number, id): (i64, Uuid),
    how: End,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let offer = one(log.tx(), number, id).await?.ok_or(Failure::NotFound)?;
    let may_end = if how == End::Withdraw { offer.may_be_withdrawn_by(&by.id) } else { offer.to.id == by.id };
    if !may_end {
        return Err(Failure::Forbidden("An offer is answered by its receiver, and withdrawn by its giver.").into());
    }
    if offer.state != HandoffState::Offered {
        return Err(Failure::Conflict("This offer is no longer open.").into());
    }
    let seq = close(&mut log, by, &offer, &how).await?;
    if how == End::Accept {
        match &offer.thing {
            Thing::Role(role) => held::pass(&mut log, number, role, Some(by.id)).await?,
            Thing::Work(work) => work::pass(&mut log, *work, Some(by.id)).await?,
        }
        moments::acknowledge(&mut log, &incident).await?;
    }
    Ok(log.commit(seq).await?)
}

async fn close(log: &mut Log, by: &Person, offer: &Offer, how: &End) -> sqlx::Result<i64> {
    let (now, word) = (log.now, if let End::Decline(word) = how { word.as_str() } else { "" });
    sqlx::query!(
        "update handoffs set state = $2, ended_at = greatest(offered_at, $3), word = $4 where id = $1",
        offer.id,
        how.state() as HandoffState,
        now,
        word
    )
    .execute(log.tx())
    .await?;
    let called = offer.thing.named(&offer.called);
    let body = match how {
        End::Accept => format!("accepted {called} from {}", offer.from.name),
        End::Decline(_) => format!("declined {called} from {}", offer.from.name),
        End::Withdraw => format!("withdrew the offer of {called} to {}", offer.to.name),
    };
    append(log, (offer.incident, &offer.thing), New::by(by, Kind::Handoff, body).because(word)).await
}

/// What is said of a hand-off belongs to the work that it hands on.
async fn append(log: &mut Log, (incident, thing): (i64, &Thing), new: New) -> sqlx::Result<i64> {
    let seq = log.append(new).await?;
    if let Thing::Work(id) = thing {
        work_entries::tie(log, (incident, *id), seq).await?;
    }
    Ok(seq)
}

/// Ends the offer of a thing that changes hands in another way.
pub async fn withdraw_open(log: &mut Log, by: &Person, incident: i64, thing: &Thing) -> sqlx::Result<()> {
    if let Some(offer) = open_of(log.tx(), incident, thing).await? {
        close(log, by, &offer, &End::Withdraw).await?;
    }
    Ok(())
}
