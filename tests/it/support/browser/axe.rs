//! axe-core: what a page hides from people who do not see, or use no mouse.

use serde::Deserialize;

use super::person::Person;

/// axe-core 4.14.1, unchanged; its licence stands at its top.
const AXE: &str = include_str!("../axe.min.js");

/// A rule that the page breaks, and where.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read in the message of a failed test")]
pub struct Violation {
    /// The name of the rule, such as `color-contrast`.
    pub rule: String,
    /// What it asks for.
    pub help: String,
    /// Where it is broken: selector, HTML, and what would mend it.
    pub nodes: Vec<String>,
}

impl Person {
    /// Every rule that the open page breaks.
    pub async fn axe(&self) -> Vec<Violation> {
        self.client.execute(AXE, vec![]).await.unwrap();
        let run = "
            const done = arguments[arguments.length - 1];
            const node = ({ target, html, failureSummary }) => `${target} | ${html} | ${failureSummary}`;
            axe.run().then(({ violations }) => done(violations.map(({ id, help, nodes }) =>
                ({ rule: id, help, nodes: nodes.map(node) }))));";
        let violations = self.client.execute_async(run, vec![]).await.unwrap();
        serde_json::from_value(violations).unwrap()
    }
}
