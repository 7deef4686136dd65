//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A company's gateway: takes its callbacks, brings each to the desk of its extension, and alone asks the platform.
///
/// Without a command it runs. «ringside-gateway --company NAME» makes all that is missing and prints what to do next.
#[derive(Debug, Parser)]
#[command(name = "ringside-gateway", version)]
pub struct Cli {
    /// The data folder; default: the service manager's, or /var/lib/ringside-gateway
    #[arg(long, global = true, env = "RINGSIDE_GATEWAY_DATA")]
    pub data: Option<PathBuf>,
    /// The settings; default: gateway.toml in /etc/ringside-gateway, or in the data folder
    #[arg(long, global = true)]
    pub config: Option<PathBuf>,
    /// A small office: makes the settings for one company if there are none
    #[arg(long)]
    pub company: Option<String>,
    /// With --company: the platform's address
    #[arg(long, requires = "company")]
    pub platform_url: Option<String>,
    /// With --company: the account
    #[arg(long, requires = "company")]
    pub appid: Option<String>,
    /// With --company: the address of this machine that the other machines' desks connect to, as 10.1.2.3:4222
    #[arg(long, requires = "company")]
    pub listen: Option<std::net::SocketAddr>,
    /// With --company: prints a code for the desk of this extension, if there is none yet
    #[arg(long, requires = "company", requires = "agent")]
    pub extension: Option<String>,
    /// With --extension: the number of the agent who works there
    #[arg(long, requires = "extension")]
    pub agent: Option<String>,
    /// A simulated platform and two desks' codes, in a folder of its own
    #[arg(long, conflicts_with_all = ["company", "config"])]
    pub demo: bool,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Desks: new ones, all, and changes
    #[command(subcommand)]
    Desk(DeskCommand),
    /// Extensions whose callbacks came while no desk had them
    Unmapped(Of),
    /// Checks this machine, the settings and the running gateway
    Doctor,
    /// Copies keys, databases and registry into a new folder
    Backup { folder: PathBuf },
    /// Takes a backup over into an empty data folder
    Restore { folder: PathBuf },
    /// Ends the gateway and its NATS server
    Down,
}

#[derive(Debug, Args)]
pub struct Of {
    /// The company, if the gateway has several
    #[arg(long)]
    pub of: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum DeskCommand {
    /// Prints a code by which one machine can become this desk
    Add(Add),
    /// All desks
    List(Of),
    /// Gives a desk another extension, agent or name
    Bind(Bind),
    /// Puts a desk out for good
    Revoke {
        /// The desk's id, or its extension
        desk: String,
        #[command(flatten)]
        of: Of,
    },
    /// Gives a desk another role
    Role {
        /// The desk's id, or its extension
        desk: String,
        /// desk or supervisor
        role: String,
        #[command(flatten)]
        of: Of,
    },
}

#[derive(Debug, Args)]
pub struct Add {
    #[arg(long, required_unless_present = "csv")]
    pub extension: Option<String>,
    /// The number of the agent who works there
    #[arg(long, conflicts_with = "hot")]
    pub agent: Option<String>,
    /// Several agents use this desk in turn
    #[arg(long)]
    pub hot: bool,
    /// desk or supervisor
    #[arg(long, default_value = "desk")]
    pub role: String,
    #[arg(long, default_value = "")]
    pub name: String,
    /// A file with the columns extension, agent, hot, role, name
    #[arg(long, conflicts_with_all = ["extension", "agent", "hot", "name"])]
    pub csv: Option<PathBuf>,
    /// How long the code is valid
    #[arg(long, default_value_t = 7)]
    pub days: u64,
    #[command(flatten)]
    pub of: Of,
}

#[derive(Debug, Args)]
pub struct Bind {
    /// The desk's id, or its extension
    pub desk: String,
    #[arg(long)]
    pub extension: Option<String>,
    #[arg(long, conflicts_with = "hot")]
    pub agent: Option<String>,
    #[arg(long)]
    pub hot: bool,
    #[arg(long)]
    pub name: Option<String>,
    #[command(flatten)]
    pub of: Of,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
        for words in [
            &["x", "desk", "add", "--extension", "1", "--agent", "10"][..],
            &["x", "--data", "/tmp/a", "desk", "add", "--csv", "a.csv"],
            &["x", "desk", "role", "1", "supervisor", "--of", "lantern"],
            &["x", "--company", "lantern", "--platform-url", "https://p", "--appid", "a"],
            &["x", "--company", "lantern", "--listen", "10.1.2.3:4222", "--extension", "1", "--agent", "10"],
            &["x"],
        ] {
            Cli::try_parse_from(words).unwrap();
        }
        for words in [
            &["x", "desk", "add"][..],
            &["x", "--demo", "--company", "a"],
            &["x", "--appid", "a"],
            &["x", "--company", "a", "--extension", "1"],
        ] {
            assert!(Cli::try_parse_from(words).is_err(), "{words:?}");
        }
    }
}
