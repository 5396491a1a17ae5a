//! `/settings/severities`: what each severity means here and promises.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use crate::{
    App,
    incidents::severities::{self, Row},
    people::{Admin, Person},
    terms::Severity,
    web::{
        Answer, Failure, Path, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

#[derive(Template)]
#[template(path = "settings/severities.html")]
struct SeveritiesPage {
    shell: Shell,
    rows: Vec<Row>,
    editing: Option<Severity>,
    form: SeverityForm,
    errors: Errors,
}

/// A severity as it was typed. Times are minutes.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct SeverityForm {
    name: String,
    definition: String,
    acknowledge_minutes: String,
    leadership_minutes: String,
    public_minutes: String,
    relief_amber_minutes: String,
    relief_red_minutes: String,
}

impl From<&Row> for SeverityForm {
    fn from(row: &Row) -> Self {
        let typed = |minutes: Option<i32>| minutes.map(|it| it.to_string()).unwrap_or_default();
        Self {
            name: row.name.clone(),
            definition: row.definition.clone(),
            acknowledge_minutes: typed(row.acknowledge_minutes),
            leadership_minutes: typed(row.leadership_minutes),
            public_minutes: typed(row.public_minutes),
            relief_amber_minutes: typed(row.relief_amber_minutes),
            relief_red_minutes: typed(row.relief_red_minutes),
        }
    }
}

impl SeverityForm {
    /// The fields that hold minutes: name, label, value. Templates call it.
    fn times(&self) -> [(&'static str, &'static str, &str); 5] {
        [
            ("acknowledge_minutes", "Acknowledged within", &self.acknowledge_minutes),
            ("leadership_minutes", "Update leadership every", &self.leadership_minutes),
            ("public_minutes", "Update the public every", &self.public_minutes),
            ("relief_amber_minutes", "Offer relief after", &self.relief_amber_minutes),
            ("relief_red_minutes", "Relief overdue after", &self.relief_red_minutes),
        ]
    }

    fn check(&self, level: Severity) -> Result<Row, Errors> {
        let mut errors = Errors::default();
        let name = errors.take("name", form::line(&self.name, 40));
        let definition = errors.take("definition", form::optional_text(&self.definition, 1000));
        let times = self.times().map(|(field, _, typed)| errors.take(field, minutes(typed)));
        if let [.., Some(Some(amber)), Some(Some(red))] = times
            && amber > red
        {
            errors.add("relief_red_minutes", format!("Overdue comes after the offer: {amber} or more."));
        }
        match (name, definition, times) {
            (
                Some(name),
                Some(definition),
                [Some(acknowledge), Some(leadership), Some(public), Some(amber), Some(red)],
            ) if errors.is_empty() => Ok(Row {
                level,
                name,
                definition,
                acknowledge_minutes: acknowledge,
                leadership_minutes: leadership,
                public_minutes: public,
                relief_amber_minutes: amber,
                relief_red_minutes: red,
            }),
            _ => Err(errors),
        }
    }
}

fn minutes(typed: &str) -> Result<Option<i32>, String> {
    match typed.trim() {
        "" => Ok(None),
        typed => match typed.parse() {
            Ok(minutes @ 1..=100_000) => Ok(Some(minutes)),
            _ => Err("A number of minutes from 1 to 100000, or nothing.".into()),
        },
    }
}

/// `GET /settings/severities`
pub async fn show(State(app): State<App>, Admin(admin): Admin) -> Answer {
    page(&severities_page(&app, &admin, None, SeverityForm::default(), Errors::default()).await?)
}

async fn severities_page(
    app: &App,
    admin: &Person,
    editing: Option<Severity>,
    form: SeverityForm,
    errors: Errors,
) -> sqlx::Result<SeveritiesPage> {
    let shell = Shell::from(admin).at(Place::Settings);
    Ok(SeveritiesPage { shell, rows: severities::all(&app.db).await?, editing, form, errors })
}

/// `GET /settings/severities/{severity}`
pub async fn edit(State(app): State<App>, Admin(admin): Admin, Path(severity): Path<String>) -> Answer {
    let level: Severity = severity.parse().map_err(|_| Failure::NotFound)?;
    let rows = severities::all(&app.db).await?;
    let row = rows.iter().find(|row| row.level == level).ok_or(Failure::NotFound)?;
    page(&severities_page(&app, &admin, Some(level), SeverityForm::from(row), Errors::default()).await?)
}

/// `POST /settings/severities/{severity}`
pub async fn save(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(severity): Path<String>,
    Form(form): Form<SeverityForm>,
) -> Answer {
    let level: Severity = severity.parse().map_err(|_| Failure::NotFound)?;
    match form.check(level) {
        Ok(row) => {
            severities::save(&app.db, &row).await?;
            see("/settings/severities")
        }
        Err(errors) => refused(&severities_page(&app, &admin, Some(level), form, errors).await?),
    }
}
