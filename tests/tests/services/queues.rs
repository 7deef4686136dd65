//! Round trips of queues, groups and extensions.

use ringside_domain::{DiallerState, Extension, QueueName, QueueSettings, QueueStrategy, SeatState};
use ringside_platform::{ExtensionFilter, GroupFilter, MemberState, PlatformError, Registration, SeatFilter};
use ringside_wire::Code;
use secrecy::ExposeSecret;

use super::test_client::TestClient;

pub async fn queue(name: &str, test: &TestClient) -> bool {
    let (client, queue, agent) = (&test.client, &test.queue, &test.agent);
    let new = QueueName("queue-9".into());
    client.add_queue(&new, "Later", false, Some(QueueStrategy::Random)).await.unwrap();
    assert!(!client.queue_join(queue, agent).await.unwrap());
    let own = async || client.queue_members(Some(queue), Some(&test.own), SeatFilter::All).await.unwrap();
    match name {
        "App.Sip_Queue.GetQueueSipStatus" => {
            let members = own().await;
            assert_eq!((members.len(), &members[0].queue, members[0].seat.state), (1, queue, SeatState::Waiting));
            assert_eq!(client.queue_members(None, None, SeatFilter::Talking).await.unwrap(), []);
            assert_eq!(client.queue_seats(queue).await.unwrap().seats, [members[0].seat.clone()]);
        }
        "App.Sip_Queue.GetQueueList" => {
            assert_eq!(client.queue_list().await.unwrap().len(), 3);
            let one = client.queues(Some(queue)).await.unwrap();
            assert_eq!((one.len(), one[0].settings.remark.as_str(), &one[0].dialler), (1, "Renewals", &DiallerState::Idle));
        }
        "App.Sip_Queue.AddQueue" => {
            let made = client.queues(Some(&new)).await.unwrap();
            assert_eq!((made[0].settings.strategy, &made[0].dialler), (QueueStrategy::Random, &DiallerState::Unavailable));
            let again = client.add_queue(&new, "Later", true, None).await;
            assert!(matches!(again, Err(PlatformError::Failed { code: Code::Abnormal, .. })), "{again:?}");
        }
        "App.Sip_Queue.EditQueue" => {
            let edit = QueueSettings {
                remark: "Now".into(),
                strategy: QueueStrategy::LeastAnswered,
                ring_seconds: 12,
                ..QueueSettings::default()
            };
            client.edit_queue(&new, &edit).await.unwrap();
            assert_eq!(client.queues(Some(&new)).await.unwrap()[0].settings, edit);
        }
        "App.Sip_Queue.DelQueue" => {
            client.delete_queue(&new).await.unwrap();
            let gone = client.queues(Some(&new)).await;
            assert!(matches!(gone, Err(PlatformError::Failed { code: Code::QueueUnknown, .. })), "{gone:?}");
        }
        "App.Sip_Queue.SetSeatsStatus" => {
            client.set_seat(queue, agent, true).await.unwrap();
            assert_eq!(own().await[0].seat.state, SeatState::Paused);
            client.set_seat(queue, agent, false).await.unwrap();
            assert_eq!(own().await[0].seat.state, SeatState::Waiting);
        }
        "App.Sip_Queue.SipSignIn" => assert!(client.queue_join(queue, agent).await.unwrap(), "1218 is fine"),
        "App.Sip_Queue.SipSignOut" => {
            client.queue_leave(queue, agent).await.unwrap();
            assert_eq!(own().await, []);
        }
        _ => return false,
    }
    true
}

pub async fn group(name: &str, test: &TestClient) -> bool {
    const GROUP: &str = "evening";
    let (client, own) = (&test.client, &test.own);
    client.add_group(GROUP, Some(true)).await.unwrap();
    client.add_group_member(GROUP, own).await.unwrap();
    let members = async || client.group_members(GROUP, Some(own)).await.unwrap();
    match name {
        "App.Sip_Extgroup.AddExtgroup" => {
            client.add_group("night", None).await.unwrap();
            let again = client.add_group(GROUP, Some(false)).await;
            assert!(matches!(again, Err(PlatformError::Failed { code: Code::Abnormal, .. })), "{again:?}");
        }
        "App.Sip_Extgroup.GetExtgroupInfo" => {
            let groups = client.groups(GROUP, GroupFilter::All).await.unwrap();
            assert_eq!((groups[0].id.as_str(), groups[0].name.as_str(), groups[0].code), ("1", GROUP, Code::Other(1042)));
            assert_eq!(client.groups(GROUP, GroupFilter::Disabled).await.unwrap(), []);
            client.groups(GROUP, GroupFilter::Enabled).await.unwrap();
        }
        "App.Sip_Extgroup.AddExtnumber" => {
            let foreign = client.add_group_member(GROUP, &Extension("999999".into())).await;
            assert!(matches!(foreign, Err(PlatformError::Failed { code: Code::ExtensionForeign, .. })), "{foreign:?}");
        }
        "App.Sip_Extgroup.EditExtnumber" => {
            client.set_group_member(GROUP, own, true).await.unwrap();
            assert_eq!(members().await[0].state, MemberState::Busy);
        }
        "App.Sip_Extgroup.GetGroupExt" => {
            let found = members().await;
            assert_eq!((found.len(), &found[0].extension, found[0].call.as_str()), (1, own, "hangup"));
            assert_eq!((found[0].group.as_str(), &found[0].state), (GROUP, &MemberState::Idle));
        }
        "App.Sip_Extgroup.DelExtnumber" => {
            client.remove_group_member(GROUP, own).await.unwrap();
            assert_eq!(members().await, []);
        }
        _ => return false,
    }
    true
}

pub async fn extension(name: &str, test: &TestClient) -> bool {
    if name != "App.Sip_Sipnum.GetSipnumberInfo" {
        return false;
    }
    test.simulator.set_phone("100002", ringside_simulator::Phone::Disabled);
    let client = &test.client;
    let count = async |filter| client.extensions(filter, None).await.unwrap().len();
    assert_eq!((count(ExtensionFilter::Enabled).await, count(ExtensionFilter::Disabled).await), (2, 1));
    assert_eq!(count(ExtensionFilter::All).await, 3);
    let own = client.extensions(ExtensionFilter::All, Some(&test.own)).await.unwrap();
    assert_eq!((&own[0].extension, own[0].code, &own[0].registration), (&test.own, Code::ExtensionEnabled, &Registration::Registered));
    assert_eq!(own[0].password.expose_secret(), "sip-100001");
    assert!(!format!("{own:?}").contains("sip-100001"), "N21");
    true
}
