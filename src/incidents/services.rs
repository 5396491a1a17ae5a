//! The services an incident concerns, as people call them.

use std::collections::HashSet;

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::web::form;

/// How many one incident may name.
const MAX: usize = 20;

/// The services that incidents name which this person may see, those of late
/// and often first: what somebody who types one is offered.
pub async fn known(db: impl PgExecutor<'_>, person: Uuid) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select service as "service!" from (
               select unnest(services) as service from (
                   select services from incidents
                   where not private or may_see_private(number, $1) order by number desc limit 2000
               ) as late
           ) as named
           group by 1 order by count(*) desc, 1 limit 100"#,
        person
    )
    .fetch_all(db)
    .await
}

/// Reads services as people type them: separated by commas, each 1 to 60
/// characters, each once.
///
/// Errors are sentences for the person who typed them.
pub fn read(typed: &str) -> Result<Vec<String>, String> {
    check(typed.split(',').filter(|name| !name.trim().is_empty()))
}

/// Checks services that come one by one.
///
/// Errors are sentences for whoever sent them.
pub fn check<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, String> {
    let mut seen = HashSet::new();
    let mut services = Vec::new();
    for name in names {
        let name = form::line(name, 60).map_err(|why| format!("{name}: {why}"))?;
        if seen.insert(name.to_lowercase()) {
            services.push(name);
        }
    }
    if services.len() > MAX {
        return Err(format!("These are {} services; {MAX} fit.", services.len()));
    }
    Ok(services)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_separated_by_commas_and_named_once() {
        let read_as = |typed: &str| read(typed).unwrap();
        assert_eq!(read_as(" checkout , Payments,checkout,CHECKOUT,"), ["checkout", "Payments"]);
        assert!(read_as(" , ").is_empty());
        assert!(read(&"x".repeat(61)).is_err());
        assert!(read("a\0b").is_err());
        let many: Vec<String> = (0..21).map(|index| index.to_string()).collect();
        assert!(read(&many.join(",")).is_err());
    }
}
