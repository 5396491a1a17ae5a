//! The command line of Second Story.

use std::{
    io::{IsTerminal, Read},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand, value_parser};
use second_story::{
    App,
    config::{self, Web},
    demo::{
        self,
        generate::{self, Size},
        play, stories,
    },
    people::{
        email,
        one_time_links::{self, Purpose},
        password::Password,
        store, tokens,
    },
    postgres::Database,
    server,
    terms::{Role, Scope},
    web::form,
};
use tokio::{net::TcpListener, signal::unix};
use tracing_subscriber::EnvFilter;

/// Ten thousand viewers come and go: this one gives back what they took.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The self-hosted incident room and blameless review.
#[derive(Parser)]
#[command(name = "second-story", version, about, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    database: config::Database,
    #[command(flatten)]
    web: Web,
    #[command(flatten)]
    log: config::Log,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Migrates and serves (the default).
    Serve {
        /// Fills an empty instance with a demo story and prints a sign-in.
        #[arg(long)]
        demo: bool,
    },
    /// The people who may sign in.
    #[command(subcommand)]
    User(UserCommand),
    /// The tokens with which programs act as a person.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Stories to look at, and made-up incidents in any number.
    #[command(subcommand)]
    Demo(DemoCommand),
}

#[derive(Subcommand)]
enum UserCommand {
    /// Adds a person: with a password from standard input, or else a one-time link.
    Add {
        /// Their e-mail address.
        email: String,
        /// Their name.
        #[arg(long)]
        name: String,
        /// What they may do: admin, responder or viewer.
        #[arg(long)]
        role: Role,
    },
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Makes a token that reads and writes as this person, and prints nothing else.
    Add {
        /// Whose.
        email: String,
        /// What it is for.
        #[arg(long)]
        name: String,
    },
}

#[derive(Subcommand)]
enum DemoCommand {
    /// Names the true stories, one a line.
    List,
    /// Re-enacts a true story in a room of a running instance, to watch it fill.
    Play {
        /// Which, by its name.
        story: String,
        /// How many times as fast as it was: 60 plays an hour in a minute.
        #[arg(long, default_value_t = 1.0, value_parser = speed)]
        speed: f64,
        #[command(flatten)]
        server: config::Remote,
    },
    /// Fills an empty instance with a year of made-up incidents.
    Generate {
        /// How many incidents.
        #[arg(long, value_parser = value_parser!(u32).range(1..=1_000_000))]
        incidents: u32,
        /// How many entries the largest room has.
        #[arg(long, default_value_t = 300, value_parser = value_parser!(u32).range(20..=100_000))]
        largest_room: u32,
        /// What chance begins with: the same seed makes the same.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("second-story: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&cli.log.rust_log).context("RUST_LOG")?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match cli.command.unwrap_or(Command::Serve { demo: false }) {
        Command::Serve { demo } => serve(&cli.database, cli.web, demo).await,
        Command::User(UserCommand::Add { email, name, role }) => {
            let database = Database::beside(&cli.database).await?;
            let added = add_user(&database, &cli.web, &email, &name, role).await;
            database.close().await?;
            added
        }
        Command::Token(TokenCommand::Add { email, name }) => {
            let database = Database::beside(&cli.database).await?;
            let added = add_token(&database, &email, &name).await;
            database.close().await?;
            added
        }
        Command::Demo(DemoCommand::List) => {
            stories::names().for_each(|name| println!("{name}"));
            Ok(())
        }
        Command::Demo(DemoCommand::Play { story, speed, server }) => {
            play::play(&stories::find(&story)?, speed, &server).await
        }
        Command::Demo(DemoCommand::Generate { incidents, largest_room, seed }) => {
            let database = Database::beside(&cli.database).await?;
            let size = Size { incidents: incidents as usize, largest_room: largest_room as usize, seed };
            let made = generate::fill(&database.pool, &size).await;
            database.close().await?;
            println!("{}", made?);
            Ok(())
        }
    }
}

async fn add_token(database: &Database, address: &str, name: &str) -> anyhow::Result<()> {
    let address = email(address).map_err(|why| anyhow::anyhow!("EMAIL: {why}"))?;
    let name = form::line(name, 100).map_err(|why| anyhow::anyhow!("--name: {why}"))?;
    let person = store::with_email(&database.pool, &address).await?;
    let person = person.with_context(|| format!("nobody here has the address {address}"))?;
    println!("{}", tokens::make(&database.pool, person, &name, Scope::Write).await?);
    Ok(())
}

async fn serve(settings: &config::Database, web: Web, demo: bool) -> anyhow::Result<()> {
    // Before anything else, so that Ctrl-C during the start stops Postgres too.
    let mut interrupt = unix::signal(unix::SignalKind::interrupt())?;
    let mut terminate = unix::signal(unix::SignalKind::terminate())?;
    let listener = TcpListener::bind(web.bind).await.with_context(|| format!("BIND: can't listen on {}", web.bind))?;
    let database = Database::own(settings).await?;
    let app = App::new(database.pool.clone(), web.bound_to(listener.local_addr()?));
    announce(&app, &database, demo).await?;
    let stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        eprintln!("Stopping.");
    };
    let served = server::serve(app, listener, stop).await;
    database.close().await?;
    served
}

async fn announce(app: &App, database: &Database, demo: bool) -> anyhow::Result<()> {
    println!("Second Story {}", env!("CARGO_PKG_VERSION"));
    println!("  Data     {}", database.describe());
    println!("  Open     {}", app.web.url("/"));
    if demo {
        let demo = demo::fill(app).await?;
        println!("  Demo     {}", demo.sign_in);
        if let Some(link) = demo.link {
            println!("  Leaders  read along at {}", app.web.url(&link));
        }
    } else if store::is_empty(&app.db).await? {
        let mut tx = app.db.begin().await?;
        let path = one_time_links::make(&mut tx, &Purpose::Setup, None).await?;
        tx.commit().await?;
        println!("  Set up   {}   (works once; makes the first admin)", app.web.url(&path));
    }
    println!("Ctrl-C stops it.");
    Ok(())
}

async fn add_user(database: &Database, web: &Web, address: &str, name: &str, role: Role) -> anyhow::Result<()> {
    let address = email(address).map_err(|why| anyhow::anyhow!("EMAIL: {why}"))?;
    let name = form::line(name, 100).map_err(|why| anyhow::anyhow!("--name: {why}"))?;
    let typed = typed_password()?;
    let mut tx = database.pool.begin().await?;
    let existing = store::with_email(&mut *tx, &address).await?;
    let Some(typed) = typed else {
        let purpose = match existing {
            Some(person) => Purpose::Reset { person },
            None => Purpose::Invite { email: address, name, role },
        };
        let path = one_time_links::make(&mut tx, &purpose, None).await?;
        tx.commit().await?;
        println!("{}", web.url(&path));
        return Ok(());
    };
    if existing.is_some() {
        bail!(
            "{address} is here already. Without a password on standard input this prints a one-time link for a new one."
        );
    }
    let password =
        Password::choose(&typed, &[&name, &address]).await?.map_err(|why| anyhow::anyhow!("password: {why}"))?;
    let hash = password.hash().await?;
    let Ok(person) = store::add(&mut tx, &address, &name, role).await? else {
        bail!("{address} is here already.");
    };
    store::set_password(&mut *tx, person, &hash).await?;
    tx.commit().await?;
    println!("{address} may sign in as {}.", role.word());
    Ok(())
}

/// What stands on standard input, but for its line end; `None` when a person
/// sits there, or when there is nothing.
fn typed_password() -> anyhow::Result<Option<String>> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        return Ok(None);
    }
    let mut typed = String::new();
    input.read_to_string(&mut typed).context("read a password from standard input")?;
    let typed = typed.strip_suffix('\n').unwrap_or(&typed);
    let typed = typed.strip_suffix('\r').unwrap_or(typed);
    Ok((!typed.is_empty()).then(|| typed.to_owned()))
}

fn speed(typed: &str) -> Result<f64, String> {
    let speed = typed.parse().ok().filter(|speed: &f64| speed.is_finite() && *speed > 0.0);
    speed.ok_or_else(|| "a number above 0".into())
}
