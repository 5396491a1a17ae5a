//! What things are called and what people write. `{…}` is filled in.

use super::dice::Dice;
use crate::terms::Kind;

/// What breaks.
pub const SERVICES: &[&str] = &[
    "checkout",
    "payment-api",
    "search",
    "sign-in",
    "catalogue",
    "cart",
    "invoicing",
    "shipping",
    "notifier",
    "mail",
    "api-gateway",
    "image-resizer",
    "recommender",
    "inventory",
    "pricing",
    "reporting",
    "webhook-relay",
    "mobile-gateway",
    "back-office",
    "data-warehouse",
    "queue",
    "name-server",
    "edge-cache",
    "scheduler",
];

pub const TITLES: &[&str] = &[
    "{Service} answers {code} for some customers",
    "{Service} is slow in {region}",
    "{Service} times out behind the load balancer",
    "Error rate of {service} above {percent} %",
    "{Service} cannot reach {host}",
    "Disk of {host} is full, {service} read-only",
    "Certificate of {service} has expired in {region}",
    "Queue of {service} grows and is not worked off",
    "{Service} shows data of yesterday",
    "Memory of {service} grows until it is killed",
    "Replica {host} is {seconds} s behind, {service} reads old data",
    "Deploy of {service} {version} does not become ready",
    "{Service} sends some messages twice",
    "Customers in {region} cannot open {service}",
    "Nightly job of {service} has not finished by morning",
    "{Service} refuses new connections: pool exhausted",
    "Latency of {service} doubled after {version}",
    "Partner of {service} answers slowly, requests pile up",
    "Cache of {service} is cold after a restart of {host}",
    "{Service} rejects valid tokens",
    "Clock of {host} is {seconds} s off, {service} refuses signatures",
    "Rate limit of {service} hits well-behaved customers",
];

pub const SUMMARIES: &[&str] = &[
    "About {percent} % of requests to {service} fail. Trying again helps mostly. Stored data is not affected.",
    "Customers in {region} see {service} slowly or not at all; other regions work as usual.",
    "{Service} answers, with data that is up to {minutes} minutes old. Nothing is lost.",
    "Since the deploy of {version} requests to {service} take longer than {ms} ms. The old version is still running beside it.",
    "Orders are kept and worked off later. {Service} itself shows an error page to {percent} % of visitors.",
    "Internal only: {service} is used by two teams, who can wait until the afternoon.",
];

/// What is written in an entry of a kind.
pub const fn said(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Effect => EFFECTS,
        Kind::Action => ACTIONS,
        Kind::Theory => THEORIES,
        Kind::Expectation => EXPECTATIONS,
        Kind::Assumption => ASSUMPTIONS,
        Kind::Decision => DECISIONS,
        _ => NOTES,
    }
}

const EFFECTS: &[&str] = &[
    "Error rate of {service} is at **{percent} %**, from 0.2 % an hour ago.",
    "p99 of {service} is {ms} ms.",
    "Error rate falls: {percent} %, then half of that within a minute.",
    "`{host}` answers again; health checks are green.",
    "No change after {minutes} minutes.",
    "Queue length of {service}: {count}, still growing.",
    "CPU of `{host}` at {percent} %, load {count}.",
    "```\n{service}: upstream timed out ({ms} ms) while connecting to {host}\n```",
    "Traffic from {region} is back to what it was at this time last week.",
    "Two of six pods of {service} restart every {minutes} minutes.",
    "The backlog is down to {count} messages and shrinks.",
    "Dashboards of {service} show nothing at all since {minutes} minutes ago; the service itself answers.",
];

const ACTIONS: &[&str] = &[
    "Rolling {service} back to {version}.",
    "Took `{host}` out of the pool.",
    "Restarted {service} on `{host}`.",
    "Raised the connection limit of `{host}` to {count}.",
    "Sending the traffic of {region} elsewhere.",
    "Paused the nightly export that reads from `{host}`.",
    "Scaled {service} from 6 to 12 pods.",
    "Switched the new flag of {service} off for everybody.",
    "Asked the partner's support; ticket {count}.",
    "Cleared {count} old files from `{host}`.",
    "Deployed {version} of {service} to {region} alone.",
    "Running\n\n```\nkubectl rollout undo deployment/{service}\n```",
];

const THEORIES: &[&str] = &[
    "The deploy of {version} changed how {service} opens connections.",
    "Replica lag: `{host}` is {seconds} s behind, and reads right after writes miss the row.",
    "One noisy customer in {region}: {percent} % of all requests come from one account.",
    "The certificate was renewed, and `{host}` still serves the old one.",
    "A retry storm: every timeout makes three new requests.",
    "The query planner changed its mind after last night's statistics.",
    "DNS answers in {region} are cached with the old address.",
    "A lock is held by a migration that waits for a long transaction.",
    "The cache was emptied, and everything reads from `{host}` at once.",
];

const EXPECTATIONS: &[&str] = &[
    "Errors fall below 1 % within {minutes} minutes.",
    "`{host}` takes the extra reads: it has been below 40 % CPU all week.",
    "The backlog of {service} is worked off in about {minutes} minutes.",
    "Customers in {region} notice nothing of the switch.",
    "The rollback takes {minutes} minutes and needs no restart of the others.",
    "Lag goes down as soon as the export is paused.",
];

const ASSUMPTIONS: &[&str] = &[
    "The cache is unrelated: its hit rate has not moved.",
    "Only {region} is concerned; nobody else has reported anything.",
    "Nobody deploys while this is going on.",
    "The backup of last night is good.",
    "`{host}` and its twin run the same version.",
    "The alert is late by a few minutes, as always.",
];

const DECISIONS: &[&str] = &[
    "We leave {version} in place: one thing less to wonder about.",
    "No restart of `{host}` before its logs are saved.",
    "We tell customers in {region} now and update in {minutes} minutes.",
    "We wait for {minutes} minutes before we touch anything else.",
    "The export stays paused until tomorrow.",
];

const NOTES: &[&str] = &[
    "Support forwards {count} reports from {region}.",
    "The team of {service} has joined the call.",
    "Runbook, page 2: check `{host}` first.",
    "Graphs of the last {minutes} minutes are in the channel.",
    "A change on `{host}` was made yesterday at 16:00; its owner is on the way.",
    "What we know so far:\n\n- {service} answers, slowly\n- only {region}\n- started about {minutes} minutes ago",
    "Coffee. Back in {minutes} minutes, phone on.",
    "The partner's status page says nothing.",
];

/// Why something was corrected.
pub const CORRECTIONS: &[&str] = &["more exactly", "", "which one", "the rest of it"];
/// What a correction adds.
pub const ADDED: &[&str] = &["(in both zones)", "This was measured at the proxy.", "Seen from outside only.", "(UTC)"];
/// Why something was struck out.
pub const STRIKES: &[&str] = &["wrong host, that was staging", "meant for another room", "read the graph wrongly"];

const REGIONS: &[&str] = &["eu-west", "eu-central", "us-east", "us-west", "ap-south", "sa-east"];
const HOSTS: &[&str] = &["db", "cache", "proxy", "worker", "queue", "node", "edge", "search"];

/// One of several texts with its gaps filled.
pub fn filled(dice: &mut Dice, texts: &[&str], service: &str) -> String {
    let mut rest = dice.pick(texts);
    let mut text = String::with_capacity(rest.len() + 16);
    while let Some((before, gap)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = gap.split_once('}') else { break };
        text.push_str(&fill(dice, name, service));
        rest = after;
    }
    text.push_str(rest);
    text
}

fn fill(dice: &mut Dice, gap: &str, service: &str) -> String {
    match gap {
        "service" => service.to_owned(),
        "Service" => service[..1].to_uppercase() + &service[1..],
        "region" => dice.pick(REGIONS).to_owned(),
        "host" => format!("{}-{}", dice.pick(HOSTS), dice.within(1, 12)),
        "version" => format!("{}.{}.{}", dice.within(1, 9), dice.within(0, 60), dice.within(0, 9)),
        "code" => dice.pick(&["500", "502", "503", "504"]).to_owned(),
        "percent" => dice.within(2, 97).to_string(),
        "ms" => (dice.within(4, 180) * 50).to_string(),
        "seconds" => dice.within(3, 900).to_string(),
        "minutes" => dice.within(2, 40).to_string(),
        _ => dice.within(11, 9_000).to_string(),
    }
}
