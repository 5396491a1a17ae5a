//! `/settings/tokens`: one's own tokens; admins see everybody's.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    App,
    people::{
        Person, Viewer,
        tokens::{self, Listed},
    },
    terms::{Role, Scope},
    web::{
        Answer, Path, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

#[derive(Template)]
#[template(path = "settings/tokens.html")]
struct TokensPage {
    shell: Shell,
    tokens: Vec<Listed>,
    made: Option<String>,
    form: TokenForm,
    errors: Errors,
}

/// A token as it was asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct TokenForm {
    name: String,
    scope: String,
}

/// `GET /settings/tokens`
pub async fn show(State(app): State<App>, Viewer(person): Viewer) -> Answer {
    page(&tokens_page(&app, &person, TokenForm::default(), Errors::default()).await?)
}

async fn tokens_page(app: &App, person: &Person, form: TokenForm, errors: Errors) -> sqlx::Result<TokensPage> {
    let shell = Shell::from(person).at(Place::Settings);
    let tokens = tokens::list(&app.db, whose(person)).await?;
    Ok(TokensPage { shell, tokens, made: None, form, errors })
}

/// Admins see and revoke everybody's.
fn whose(person: &Person) -> Option<Uuid> {
    (person.role < Role::Admin).then_some(person.id)
}

/// `POST /settings/tokens`: makes a token and shows it.
pub async fn make(State(app): State<App>, Viewer(person): Viewer, Form(form): Form<TokenForm>) -> Answer {
    let mut errors = Errors::default();
    let name = errors.take("name", form::line(&form.name, 100));
    let scope: Option<Scope> =
        errors.take("scope", form.scope.parse().map_err(|_| "Please choose what it may do.".to_owned()));
    let (Some(name), Some(scope)) = (name, scope) else {
        return refused(&tokens_page(&app, &person, form, errors).await?);
    };
    let made = Some(tokens::make(&app.db, person.id, &name, scope).await?);
    page(&TokensPage { made, ..tokens_page(&app, &person, TokenForm::default(), Errors::default()).await? })
}

/// `POST /settings/tokens/{id}/revoke`
pub async fn revoke(State(app): State<App>, Viewer(person): Viewer, Path(id): Path<Uuid>) -> Answer {
    tokens::revoke(&app.db, id, whose(&person)).await?;
    app.streams.sweep(&app.db).await?;
    see("/settings/tokens")
}
