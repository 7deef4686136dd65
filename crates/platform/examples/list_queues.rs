//! Signs in and lists the queues of an account:
//!
//! ```text
//! ringside-simulator --port 8080 &
//! RINGSIDE_URL=http://127.0.0.1:8080/ RINGSIDE_APPID=demo RINGSIDE_ACCESSKEY=demo-key cargo run -p ringside-platform --example list_queues
//! ```

#![allow(clippy::print_stdout, reason = "a program's output")]
#![allow(clippy::disallowed_methods, reason = "the clock is made here")]

use std::{env, error::Error, sync::Arc};

use ringside_domain::{Account, Timestamp};
use ringside_platform::{Client, ClientOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str| env::var(name).map_err(|_| format!("set {name}"));
    let account = Account { url: variable("RINGSIDE_URL")?, appid: variable("RINGSIDE_APPID")? };
    let accesskey = variable("RINGSIDE_ACCESSKEY")?;

    let clock = || Timestamp(jiff::Timestamp::now().as_millisecond());
    let client = Client::new(ClientOptions::default(), Arc::new(clock));
    let signed_in = client.sign_in(&account, accesskey.into()).await?;
    println!("{}", signed_in.company_name);
    for queue in client.queues(None).await? {
        println!("{}\t{}\t{:?}\t{:?}", queue.name, queue.settings.remark, queue.settings.strategy, queue.dialler);
    }
    Ok(())
}
