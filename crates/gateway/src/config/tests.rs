//! Settings that are read, and those that are refused with a reason.

use super::*;

fn read(text: &str) -> Result<Config, String> {
    parse(Path::new("gateway.toml"), text).map_err(|error| error.to_string())
}

#[test]
fn a_company_needs_nothing_but_its_name() {
    let config = read("[company.lantern]").unwrap();
    let [company] = config.companies.as_slice() else { panic!() };
    assert_eq!((company.name.as_str(), company.requests_per_second, company.keep_days), ("lantern", 5, 30));
    assert!(company.platform.is_none());
    assert_eq!((company.callbacks.bind.to_string(), config.admin.to_string()), ("127.0.0.1:7780".into(), "127.0.0.1:7790".into()));
    assert_eq!((config.nats.mode, config.nats.replicas), (NatsMode::Own, 1));
}

#[test]
fn a_whole_file_is_read() {
    let config = read(
        r#"
        name = "gw-1"
        [company.lantern]
        keep_days = 7
        platform = { url = "https://p.example/", appid = "a", utc_offset = "America/Mexico_City", accesskey_file = "/run/key" }
        callbacks = { bind = "0.0.0.0:8000", public_url = "https://a.example/r", allowed_sources = ["10.0.0.0/8"], acknowledge = "both" }
        polling = { requests_per_second = 9 }
        breaks = [{ name = "Lunch", minutes = 30 }, { name = "Training" }]
        [company.other]
        callbacks.bind = "127.0.0.1:8001"
        [nats]
        mode = "external"
        urls = ["tls://n.example:4222"]
        replicas = 3
        [admin]
        bind = "127.0.0.1:9"
        "#,
    )
    .unwrap();
    let (lantern, other) = (&config.companies[0], &config.companies[1]);
    assert_eq!(lantern.platform.as_ref().unwrap().zone, Zone::named("America/Mexico_City").unwrap());
    assert_eq!((lantern.callbacks.acknowledge, lantern.callbacks.allowed_sources.len(), lantern.breaks.len()), (Acknowledge::Both, 1, 2));
    assert_eq!(other.callbacks.bind.port(), 8001);
    assert_eq!((config.nats.replicas, config.name.as_deref()), (3, Some("gw-1")));
}

#[test]
fn a_value_that_cannot_be_used_is_named_with_its_key() {
    let cluster = |address: &str, more: &str| {
        format!("[company.a]\n[nats]\ncluster = \"{address}\"\npeers = [\"10.1.2.2:6222\", \"10.1.2.3:6222\"]\n{more}")
    };
    for (text, named) in [
        ("", "has no table [company.NAME]"),
        ("[company.Lantern]", "small letters"),
        ("[company.a]\nkeep = 1", "unknown field `keep`"),
        ("[company.a]\nplatform.url = \"p.example\"\nplatform.appid = \"a\"", "company.a.platform.url: expected an address"),
        ("[company.a]\nplatform.url = \"https://p.example\"", "company.a.platform.appid: needed"),
        ("[company.a]\nplatform = { url = \"https://p\", appid = \"a\", utc_offset = \"8\" }", "company.a.platform.utc_offset"),
        ("[company.a]\ncallbacks.allowed_sources = [\"x\"]", "company.a.callbacks.allowed_sources: x: neither an address"),
        ("[company.a]\npolling.requests_per_second = 0", "company.a.polling.requests_per_second"),
        ("[company.a]\ncallbacks.bind = \"127.0.0.1:1\"\n[company.b]\ncallbacks.bind = \"127.0.0.1:1\"", "company.b.callbacks.bind"),
        ("[company.a]\n[company.b]\ncallbacks.bind = \"127.0.0.1:1\"", "company.a.callbacks.bind: needed with several"),
        ("[company.a]\ncallbacks.bind = \"127.0.0.1:1\"\n[admin]\nbind = \"127.0.0.1:1\"", "company.a.callbacks.bind: another"),
        ("[company.a]\ncallbacks.bind = \"127.0.0.1:4222\"", "company.a.callbacks.bind: another"),
        ("name = \"a\\nb\"\n[company.a]", "name: expected"),
        ("[company.a]\n[nats]\nmode = \"external\"", "nats.urls: needed"),
        ("[company.a]\n[nats]\ntls_cert = \"a\"", "nats.tls_cert: needs"),
        ("[company.a]\n[nats]\nlisten = \"0.0.0.0:4222\"", "nats.public_url: needed with this nats.listen"),
        ("[company.a]\n[nats]\nreplicas = 2", "nats.replicas: expected"),
        ("[company.a]\n[nats]\nreplicas = 3", "nats.replicas: expected as many as there are servers"),
        ("[company.a]\n[nats]\ncluster = \"127.0.0.1:6222\"", "nats.cluster: needs nats.peers"),
        (&cluster("10.1.2.1:6222", "replicas = 1"), "nats.replicas: expected as many as there are servers"),
        (&cluster("10.1.2.1:6222", "mode = \"external\"\nurls = [\"tls://n.example:4222\"]"), "nats.cluster: has no effect"),
        (&cluster("0.0.0.0:6222", "replicas = 3"), "nats.cluster: expected the address"),
        (&cluster("127.0.0.1:4222", "replicas = 3"), "nats.cluster: expected the address"),
        (
            &cluster("10.1.2.1:6222", "replicas = 3\ntls_cert = \"a\"\ntls_key = \"a\"\npublic_url = \"tls://a.example\""),
            "nats.ca: needed with nats.cluster",
        ),
        ("[company.a]\n[nats]\npeers = [\"127.0.0.1:6222\"]", "nats.cluster: needs nats.peers"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(named), "{text}: {error}");
    }
}

#[test]
fn an_address_that_stands_for_all_of_the_machine_leaves_none_of_its_port_to_another() {
    let config = |one: &str, other: &str| {
        read(&format!("[company.a]\ncallbacks.bind = \"{one}\"\n[company.b]\ncallbacks.bind = \"{other}\"")).map(|_| ())
    };
    for (one, other) in [
        ("0.0.0.0:8000", "127.0.0.1:8000"),
        ("10.1.2.3:8000", "0.0.0.0:8000"),
        ("[::]:8000", "10.1.2.3:8000"),
        ("[::1]:8000", "[::]:8000"),
        ("0.0.0.0:8000", "[::]:8000"),
    ] {
        assert!(config(one, other).unwrap_err().contains("company.b.callbacks.bind: another"), "{one} {other}");
    }
    for (one, other) in
        [("0.0.0.0:8000", "127.0.0.1:8001"), ("0.0.0.0:8000", "[::1]:8000"), ("10.1.2.3:8000", "10.1.2.4:8000"), ("0.0.0.0:0", "0.0.0.0:0")]
    {
        assert_eq!(config(one, other), Ok(()), "{one} {other}");
    }
    let admin = "[company.a]\ncallbacks.bind = \"0.0.0.0:7790\"";
    assert!(read(admin).unwrap_err().contains("admin.bind"), "the administrator's endpoint has 127.0.0.1:7790");
}
