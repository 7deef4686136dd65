//! Round trips of logins, records, tasks and states.

use futures_util::TryStreamExt;
use ringside_domain::{Direction, Extension, HungUpBy, Method, Phone, PhoneState, Punctuality, Running};
use ringside_platform::{BillQuery, PlatformError};
use ringside_simulator::RingSpec;
use ringside_tests::OWN;
use ringside_wire::Code;
use secrecy::ExposeSecret;

use super::test_client::{CUSTOMER, TestClient, clock, number};

pub async fn auth(name: &str, test: &TestClient) -> bool {
    match name {
        "App.Sip_Auth.Login" => {
            let signed_in = test.client.sign_in(&test.account, "demo-key".into()).await.unwrap();
            let mut punctuality = Punctuality::default();
            punctuality.answer(test.client.clock_reading().unwrap());
            let (Some(least), Some(most)) = punctuality.skew_bounds() else { panic!("{punctuality:?}") };
            assert!(least <= 0 && most >= 0, "N6: the clocks are the same: {least} to {most}");
            assert_eq!((signed_in.company_name.as_str(), signed_in.company_code.as_str()), ("Lantern Services 灯塔服务", "9027"));
        }
        "App.Sip_Auth.Logout" => {
            test.client.sign_out().await.unwrap();
            assert_eq!(test.client.queue_list().await, Err(PlatformError::NotSignedIn));
        }
        _ => return false,
    }
    true
}

pub async fn cdr(name: &str, test: &TestClient) -> bool {
    test.simulator.sign_in("queue-1", OWN, "10");
    test.talk();
    let bills: Vec<_> = test.client.bill_stream(test.all_bills()).try_collect().await.unwrap();
    let [bill] = bills.as_slice() else { panic!("{bills:?}") };
    match name {
        "App.Sip_Cdr.GetBill" => {
            let record = &bill.record;
            assert_eq!((record.extension.0.as_str(), record.customer_number.as_str()), (OWN, CUSTOMER));
            assert_eq!((record.direction, record.method, record.hung_up_by), (Direction::Outgoing, Method::Predictive, HungUpBy::Called));
            assert_eq!((record.member_id.as_deref(), record.customer_id.as_deref()), (Some("m1"), Some("c1")));
            assert_eq!(bill.key_pressed, None);
            let one = BillQuery {
                extensions: vec![test.own.clone(), Extension("100002".into())],
                direction: Some(Direction::Outgoing),
                method: Some(Method::Predictive),
                customer_number: CUSTOMER.into(),
                agent_id: "10".into(),
                member_id: "m1".into(),
                maturity: "3".into(),
                customer_id: "c1".into(),
                ..test.all_bills()
            };
            assert_eq!(test.client.bill_page(&one, 1, 10).await.unwrap().bills, bills);
            for other in [
                BillQuery { direction: Some(Direction::Incoming), ..one.clone() },
                BillQuery { method: Some(Method::Api), ..one.clone() },
                BillQuery { customer_number: "1".into(), ..one.clone() },
                BillQuery { to: one.from, ..one.clone() },
            ] {
                assert_eq!(test.client.bill_page(&other, 1, 10).await.unwrap().total, 0, "{other:?}");
            }
            assert_eq!(test.client.bill_page(&one, 1, 10).await.unwrap().rows, 1, "no record was marked as fetched (N10)");
        }
        "App.Sip_Cdr.GetRecodeFile" => {
            let link = test.client.recording_link(bill.record.recording.as_deref().unwrap()).await.unwrap();
            assert!(link.url.expose_secret().contains("/recordings/"));
            let life = link.expires_at.since(clock()).as_secs();
            assert!((290..=300).contains(&life), "{life}");
            let missing = test.client.recording_link("none.wav").await;
            assert!(matches!(missing, Err(PlatformError::Failed { code: Code::Failed, .. })), "{missing:?}");
            test.client.recording_link(bill.record.recording.as_deref().unwrap()).await.unwrap();
        }
        _ => return false,
    }
    true
}

pub async fn task(name: &str, test: &TestClient) -> bool {
    let id = test.new_task().await;
    match name {
        "App.Sip_Yccall.TaskCreat" => assert!(id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}"),
        "App.Sip_Yccall.TaskAdd" => {
            let report = test.client.add_numbers(&id, &[number("0155"), number("?"), number("0166")]).await.unwrap();
            assert_eq!((report.accepted, report.refused), (2, vec!["?".to_owned()]));
        }
        "App.Sip_Yccall.taskDelPhone" => {
            test.client.add_numbers(&id, &[number("0155"), number("0166")]).await.unwrap();
            let unknown = test.client.remove_numbers(&id, &["0199".into()]).await.unwrap_err();
            assert!(matches!(unknown.error, PlatformError::Failed { code: Code::NumberUnknown, .. }), "{unknown:?}");
            test.client.remove_numbers(&id, &["0155".into(), "0166".into()]).await.unwrap();
        }
        "App.Sip_Yccall.TaskSet" => {
            for state in [Running::Paused, Running::Open, Running::Over] {
                test.client.set_task(&id, state).await.unwrap();
            }
            let over = test.client.set_task(&id, Running::Open).await;
            assert!(matches!(over, Err(PlatformError::Failed { code: Code::TaskOver, .. })), "{over:?}");
        }
        _ => return false,
    }
    true
}

pub async fn status(name: &str, test: &TestClient) -> bool {
    let both = [test.own.clone(), Extension("100002".into())];
    test.simulator.set_phone("100002", ringside_simulator::Phone::Disabled);
    match name {
        "App.Sip_Status.GetSipCallStatus" => {
            test.simulator.ring(RingSpec::predictive(OWN, CUSTOMER, "queue-1"));
            let statuses = test.client.call_statuses(&both).await.unwrap();
            let reading = &statuses[0].reading;
            assert_eq!((statuses[0].code, reading.state, reading.callee.as_deref()), (Code::Ringing, PhoneState::Ringing, Some(CUSTOMER)));
            assert_eq!((statuses[1].code, statuses[1].reading.phone), (Code::ExtensionDisabled, Phone::Disabled));
            assert_eq!(test.client.extension_call_status(&test.own).await.unwrap(), *reading);
        }
        "App.Sip_Status.GetSipValidStatus" => {
            let states = test.client.enabled_states(&both).await.unwrap();
            assert_eq!(states, [(both[0].clone(), Code::ExtensionEnabled), (both[1].clone(), Code::ExtensionDisabled)]);
        }
        "App.Sip_Status.GetSipRegisterStatus" => {
            let registrations = test.client.registrations(&both).await.unwrap();
            assert_eq!((registrations[0].code, registrations[0].phone_address.is_some()), (Code::Registered, true));
            assert_eq!((registrations[1].code, registrations[1].server_address.as_deref()), (Code::ExtensionDisabled, None));
        }
        _ => return false,
    }
    true
}
