//! An invented shop's night: one incident that is still open, and one of last
//! week that was resolved.

use super::retell::{
    Step::{Correct, Late, Say, Severity as Sev, Status as Stand, Strike},
    Story,
};
use crate::terms::{
    Kind::{Action, Assumption, Decision, Effect, Expectation, Note, Theory},
    Severity,
    Status::{Identified, Investigating, Monitoring, Resolved},
};

const ANA: usize = 0;
const BEN: usize = 1;
const CHI: usize = 2;
const DEE: usize = 3;

/// What is going on.
pub const NOW: &Story = &Story {
    title: "Checkout returns 500 for card payments",
    summary: "About one card payment in three fails with an error page. Invoices and wallets work. Orders already paid are not affected.",
    services: &["checkout", "payments"],
    minutes_ago: 47,
    impact: 11,
    links: &[
        ("call", "Join the call", "https://meet.demo.example/incident"),
        ("chat", "Chat", "https://chat.demo.example/incident"),
        ("runbook", "Checkout runbook", "https://runbooks.demo.example/checkout"),
    ],
    steps: &[
        (1, ANA, Say(Note, "Support forwards eleven reports of failed card payments. Invoices seem to work.")),
        (3, BEN, Say(Effect, "Error rate on `/checkout` is at **31 %**, from 0.2 % an hour ago.")),
        (4, ANA, Sev(Severity::Sev2)),
        (6, CHI, Say(Assumption, "The cache is unrelated: its hit rate has not moved.")),
        (7, BEN, Say(Theory, "The deploy of 1.42 at 02:40 changed how payment sessions are written.")),
        (8, BEN, Say(Action, "Rolling the payment pods back to 1.41.")),
        (8, BEN, Say(Expectation, "Errors fall below 1 % within two minutes of the rollback.")),
        (12, BEN, Say(Effect, "Rollback done on all six pods. Error rate unchanged at 31 %.")),
        (13, BEN, Say(Decision, "We leave 1.41 in place: one thing less to wonder about.")),
        (
            15,
            CHI,
            Say(
                Theory,
                "Replica lag. Reads right after writes miss the new payment session. What I see:\n\n- `db-3` is **48 s** behind\n- only card payments read back at once\n- invoices do not",
            ),
        ),
        (16, CHI, Say(Effect, "```\nselect now() - pg_last_xact_replay_timestamp();\n-- 00:00:48.31\n```")),
        (18, ANA, Stand(Identified, "")),
        (19, DEE, Late(14, Note, "The nightly export was moved to `db-3` yesterday; it started at 02:55.")),
        (21, DEE, Say(Action, "Pausing the nightly export on `db-3`.")),
        (
            22,
            CHI,
            Say(
                Action,
                "Raising the connection limit of the primary from 200 to 300, then sending reads of checkout to it.",
            ),
        ),
        (
            23,
            CHI,
            Correct(
                "Raising the connection limit of the primary from 200 to 400, then sending reads of checkout to it.",
                "the limit is 400",
            ),
        ),
        (24, CHI, Say(Expectation, "The primary takes the extra reads: it has been below 40 % CPU all week.")),
        (26, BEN, Say(Note, "CPU on the primary is at 97 %.")),
        (27, BEN, Strike("wrong host, that was staging")),
        (28, CHI, Say(Effect, "Primary at 52 % CPU. Error rate of checkout falls: 31 %, 12 %, 4 %.")),
        (31, BEN, Say(Effect, "Error rate back to 0.2 %. Replica lag is 9 s and falling.")),
        (33, ANA, Stand(Monitoring, "Card payments work; we watch the replica catch up.")),
        (36, DEE, Say(Note, "Support asks the eleven customers to try again.")),
        (
            40,
            BEN,
            Say(Expectation, "No further failed payments. I stay on the graphs until the export has been moved back."),
        ),
    ],
};

/// What went on last week.
pub const EARLIER: &Story = &Story {
    title: "Sign-in is slow in the EU",
    summary: "",
    services: &["sign-in"],
    minutes_ago: 7 * 1440 + 260,
    impact: 4,
    links: &[("call", "Join the call", "https://meet.demo.example/sign-in")],
    steps: &[
        (1, DEE, Say(Effect, "p99 of sign-in is 9 s, from 300 ms.")),
        (
            5,
            DEE,
            Say(
                Theory,
                "The certificate renewal at noon left one proxy with a broken chain; every check times out first.",
            ),
        ),
        (9, BEN, Say(Action, "Took `proxy-eu-2` out of the pool.")),
        (11, BEN, Say(Effect, "p99 back to 310 ms.")),
        (12, ANA, Stand(Monitoring, "")),
        (30, BEN, Say(Effect, "p99 at 5 s again. `proxy-eu-1` has the same chain.")),
        (31, ANA, Stand(Investigating, "It came back on the other proxy.")),
        (38, BEN, Say(Action, "Deployed the full chain to both proxies.")),
        (44, BEN, Say(Effect, "p99 at 290 ms on both.")),
        (52, ANA, Stand(Resolved, "")),
    ],
};
