//! A campaign of 25,000 numbers in the supervisor's window, from its file to its end. The second part gets no answer, and the app is
//! killed while it sends the third.

use std::{collections::BTreeMap, time::Duration};

use ringside_simulator::{Answering, CallbackFault, CallbackKind, ExtensionSpec};

use super::*;

const NUMBERS: usize = 25_000;
const PART: usize = 10_000;
/// More requests than usual, since 25,000 calls are read in 25 pages.
const ON: [&str; 6] = ["--bind", "127.0.0.1:0", "--supervisor-enabled", "true", "--requests-per-second", "10"];
/// The key of WebDriver's keyboard; the driver takes no other end of a line.
const ENTER: &str = "\u{e007}";
/// Agents who take the campaign's calls, and how many customers are called for each idle agent.
const AGENTS: usize = 24;
const CALLS: &str = "100";
/// Time limit for the dialling of all numbers.
const DIALLED: Duration = Duration::from_secs(150);

fn phone(n: usize) -> String {
    format!("0138{n:08}")
}

/// A platform whose dialler calls for the agents of queue-1 as fast as it can. Nobody is signed in there yet.
async fn dialling() -> Simulator {
    let pace = Pace {
        campaign: false,
        reached: 0,
        first: (0, 0),
        between: (0, 0),
        answer: (0, 0),
        talk: (1, 1),
        miss_one_in: 0,
        ..Pace::default()
    };
    let agents = (0..AGENTS)
        .map(|n| ExtensionSpec { answering: Answering::ByItself, ..ExtensionSpec::new((200_001 + n).to_string(), (50 + n).to_string()) });
    let own = ExtensionSpec::new(OWN, "10");
    let queues = vec![QueueSpec { wrap_up: 0, ..QueueSpec::new("queue-1", "Renewals") }, QueueSpec::new("queue-2", "New customers")];
    let options = Options { pace: Some(pace), queues, extensions: std::iter::once(own).chain(agents).collect(), ..Options::test() };
    Simulator::local(options).await.unwrap()
}

/// Opens the supervisor's window and switches to it.
async fn open(app: &App) {
    assert_eq!(app.tell(&["--supervisor"]).0, Some(0));
    app.supervisor().await;
    app.select("[data-testid='link']").await;
}

/// Drops a file of these lines on the page.
async fn drop_file(app: &App, lines: &str) {
    app.find("drop").await;
    let script = format!(
        "(() => {{ const transfer = new DataTransfer();
        transfer.items.add(new File([{lines}], 'numbers.csv', {{ type: 'text/csv' }}));
        const event = new DragEvent('drop', {{ dataTransfer: transfer, bubbles: true, cancelable: true }});
        document.querySelector('[data-testid=drop]').dispatchEvent(event); }})()"
    );
    app.evaluate(&script).await;
}

async fn choose(app: &App, id: &str, value: &str) {
    let select = format!("[data-testid='{id}']");
    app.select(&format!("{select} option[value='{value}']")).await;
    let script = format!(
        "(() => {{ const select = document.querySelector({select:?});
        select.value = {value:?};
        select.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()"
    );
    app.evaluate(&script).await;
}

/// Opens the only campaign of the list.
async fn open_campaign(app: &App) {
    app.select("[data-testid='campaigns-row']").await.click().await.unwrap();
    app.click("act-open").await;
    app.find("counts").await;
}

async fn parts_are(app: &App, states: &[&str]) {
    until(&format!("the parts are {states:?}"), async || {
        let shown = app.evaluate("[...document.querySelectorAll(\"[data-testid='part']\")].map((part) => part.dataset.state)").await;
        shown == serde_json::json!(states)
    })
    .await;
}

/// The figures of a campaign as the page shows them.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(from = "[usize; 10]")]
struct Counts {
    waiting: usize,
    taken: usize,
    uncalled: usize,
    refused: usize,
    unknown: usize,
    removed: usize,
    called: usize,
    answered: usize,
    reached: usize,
    abandoned: usize,
}

impl From<[usize; 10]> for Counts {
    fn from([waiting, taken, uncalled, refused, unknown, removed, called, answered, reached, abandoned]: [usize; 10]) -> Self {
        Self { waiting, taken, uncalled, refused, unknown, removed, called, answered, reached, abandoned }
    }
}

async fn counts(app: &App) -> Counts {
    let figures =
        "[...document.querySelectorAll(\"[data-testid='counts'] dd\")].map((figure) => Number(figure.textContent.replace(/\\D/g, '')))";
    serde_json::from_value(app.evaluate(figures).await).unwrap()
}

async fn counts_are(app: &App, what: &str, hold: impl Fn(&Counts) -> bool) {
    until(what, async || hold(&counts(app).await)).await;
}

async fn stage_is(app: &App, stage: &str) {
    app.text_with("[data-testid='stage']", stage).await;
}

fn task(simulator: &Simulator) -> (usize, u8) {
    let tasks: Vec<_> = simulator.tasks().into_values().collect();
    assert_eq!(tasks.len(), 1, "one task was made");
    (tasks[0].waiting, tasks[0].state)
}

/// The campaign's calls by the platform's bills: of each number, whether the customer answered, and whether an agent was reached.
fn bills(simulator: &Simulator) -> BTreeMap<String, Vec<(bool, bool)>> {
    let mut bills = BTreeMap::<_, Vec<_>>::new();
    for callback in simulator.ledger().callbacks().into_iter().filter(|callback| callback.kind == CallbackKind::Bill) {
        let bill: serde_json::Value = serde_json::from_str(&callback.body).unwrap();
        let answered = bill["billsec"].as_u64().unwrap() > 0;
        let agent = bill["extnumber"].as_str().unwrap().bytes().any(|digit| digit != b'0');
        let customer =
            ["destnumber", "disnumber"].map(|name| bill[name].as_str().unwrap().to_owned()).into_iter().find(|n| n.starts_with("013"));
        bills.entry(customer.unwrap()).or_default().push((answered, answered && agent));
    }
    bills
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_of_25_000_numbers_is_sent_each_number_once_and_called_to_its_end() {
    let simulator = dialling().await;
    // 25,000 deliveries would take a minute; the calls are counted by GetBill.
    simulator.callback_fault(CallbackKind::Bill, CallbackFault::Drop, None);
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(folder.path(), &ON).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-2").await;
    app.find("nav-connection").await;
    call_back(&app, &simulator).await;
    open(&app).await;

    // From the file to the one button.
    app.click("new-campaign").await;
    let lines = format!(
        "['number,customer\\r\\n', ...Array.from({{ length: {NUMBERS} }}, (_, n) => `0138${{String(n).padStart(8, '0')}},C-${{n}}\\r\\n`)].join('')"
    );
    drop_file(&app, &lines).await;
    app.text_with("[data-testid='sent-as']", "0138 0000 0000").await;
    picture("app-campaign-columns");
    app.click("wizard-next").await;
    choose(&app, "target-name", "queue-1").await;
    app.fill("ratio-calls", CALLS).await;
    app.click("hours-on").await;
    app.click("pause-at-limit").await;
    picture("app-campaign-plan");
    app.click("wizard-next").await;
    app.text_with("[data-testid='summary']", "25,000 numbers are sent to the platform, in 3 parts").await;
    picture("app-campaign-summary");
    assert_eq!(simulator.ledger().requests("TaskCreat").len(), 0, "nothing was sent before the button");
    simulator.fault("TaskAdd", Fault::Timeout, 1);
    app.click("start-campaign").await;

    // Part 2 gets no answer.
    open_campaign(&app).await;
    parts_are(&app, &["taken", "unknown", "waiting"]).await;
    app.text_with("[data-testid='unknown-part']", "Part 2").await;
    app.text_with("[data-testid='evidence']", "no bill shows a call to one of its numbers").await;
    picture("app-campaign-unknown");
    assert_eq!(simulator.numbers_given().len(), PART, "the platform did not get it");
    counts_are(&app, "it is not known", |counts| counts.unknown == PART).await;
    assert_eq!(simulator.ledger().requests("TaskAdd").len(), 1, "nothing is sent before the decision");
    simulator.fault("TaskAdd", Fault::Slow(Duration::ZERO), 1);
    simulator.fault("TaskAdd", Fault::Slow(Duration::from_secs(60)), 1);
    app.click("decide-sendAgain").await;
    app.click("confirm-part-yes").await;

    // The app is killed in part 3, which the platform has taken.
    parts_are(&app, &["taken", "taken", "sending"]).await;
    until("the platform has all numbers", async || simulator.numbers_given().len() == NUMBERS).await;
    app.kill().await;
    drop(app);

    let app = App::start(folder.path(), &ON).await;
    app.find("nav-connection").await;
    call_back(&app, &simulator).await;
    open(&app).await;
    app.text_with("[data-testid='campaigns-row']", "5,000").await;
    picture("app-campaign-restarted");
    open_campaign(&app).await;
    parts_are(&app, &["taken", "taken", "unknown"]).await;
    app.text_with("[data-testid='unknown-part']", "Part 3").await;
    assert_eq!(simulator.ledger().requests("TaskAdd").len(), 3);
    app.click("decide-taken").await;
    app.click("confirm-part-yes").await;
    parts_are(&app, &["taken", "taken", "taken"]).await;
    stage_is(&app, "Running").await;
    counts_are(&app, "all are accepted", |counts| (counts.taken, counts.unknown) == (NUMBERS, 0)).await;
    assert_eq!(task(&simulator), (NUMBERS, 1));

    app.click("act-pause").await;
    stage_is(&app, "Paused").await;
    assert_eq!(task(&simulator), (NUMBERS, 2));
    app.click("act-resume").await;
    stage_is(&app, "Running").await;
    assert_eq!(task(&simulator), (NUMBERS, 1));

    // Three more numbers, one of which is in the campaign already.
    app.click("act-add").await;
    app.fill("paste", &["013900000001", "013900000002", &phone(7)].join(ENTER)).await;
    app.click("use-pasted").await;
    app.text_with("[data-testid='sent-as']", "0139 0000 0001").await;
    app.click("wizard-next").await;
    app.text_with("[data-testid='refused']", "1").await;
    picture("app-campaign-add");
    app.click("start-campaign").await;
    open_campaign(&app).await;
    counts_are(&app, "two numbers more", |counts| counts.taken == NUMBERS + 2).await;
    assert_eq!(task(&simulator).0, NUMBERS + 2);

    let removed = [phone(3), phone(24_999), "013900000002".to_owned()];
    app.click("act-remove").await;
    app.fill("remove-phones", &removed.join(ENTER)).await;
    app.click("remove-yes").await;
    counts_are(&app, "three numbers are removed", |counts| (counts.taken, counts.removed) == (NUMBERS - 1, 3)).await;
    assert_eq!(task(&simulator).0, NUMBERS - 1);
    picture("app-campaign-ready");

    // The agents sign in, and the dialler calls all numbers.
    for n in 0..AGENTS {
        simulator.sign_in("queue-1", &(200_001 + n).to_string(), &(50 + n).to_string());
    }
    until("many numbers are called", async || task(&simulator).0 < NUMBERS - PART / 2).await;
    app.click("read-now").await;
    counts_are(&app, "calls are counted", |counts| counts.called > 0).await;
    picture("app-campaign-dialling");
    simulator
        .ledger()
        .wait_for(|entry| entry.callback().is_some_and(|callback| callback.kind == CallbackKind::Task), DIALLED)
        .await
        .unwrap();
    stage_is(&app, "Finished").await;
    app.click("read-now").await;
    counts_are(&app, "all calls are counted", |counts| counts.called == NUMBERS - 1 && counts.uncalled == 0).await;
    picture("app-campaign-finished");

    let given = simulator.numbers_given();
    assert_eq!(given.len(), NUMBERS + 2);
    assert!(given.values().all(|times| *times == 1), "{:?}", given.iter().find(|(_, times)| **times > 1));
    let bills = bills(&simulator);
    assert!(bills.values().all(|calls| calls.len() == 1), "each customer was called once");
    assert!(removed.iter().all(|phone| !bills.contains_key(phone)), "the removed were not called");
    let number_of = |is: fn(&(bool, bool)) -> bool| bills.values().flatten().filter(|call| is(call)).count();
    let reached = number_of(|(_, reached)| *reached);
    assert!(reached > 0);
    let answered = number_of(|(answered, _)| *answered);
    let expected = Counts {
        waiting: 0,
        taken: NUMBERS - 1,
        uncalled: 0,
        refused: 0,
        unknown: 0,
        removed: 3,
        called: bills.len(),
        answered,
        reached,
        abandoned: answered - reached,
    };
    assert_eq!(counts(&app).await, expected);
    app.quit().await;
    assert_no_secret(folder.path());
}
