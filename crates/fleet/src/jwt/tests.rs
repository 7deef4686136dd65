use nkeys::KeyPair;

use super::{token::Claims, *};
use crate::words::{DeskId, Role};

fn key(kind: nkeys::KeyPairType, byte: u8) -> KeyPair {
    KeyPair::new_from_raw(kind, [byte; 32]).unwrap()
}

fn roles() -> RoleKeys {
    RoleKeys { desk: key(nkeys::KeyPairType::Account, 1), supervisor: key(nkeys::KeyPairType::Account, 2) }
}

#[test]
fn equal_keys_and_claims_give_an_equal_token_whose_issuer_is_checked() {
    let user = key(nkeys::KeyPairType::User, 9).public_key();
    let desk = DeskId::of([3; 10]);
    let token = desk_token(&roles(), Role::Desk, "A", &user, &desk, 1000).unwrap();
    assert_eq!(token, desk_token(&roles(), Role::Desk, "A", &user, &desk, 1000).unwrap());
    let read = Token::read(&token).unwrap();
    assert_eq!((read.subject, read.name, read.issuer), (user.clone(), desk.to_string(), roles().desk.public_key()));
    assert_eq!((read.issued_at, read.expires_at), (1000, Some(1000 + 30 * 24 * 3600)));

    let (head, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let other = desk_token(&roles(), Role::Desk, "A", &user, &DeskId::of([4; 10]), 1000).unwrap();
    let forged = format!("{head}.{}.{signature}", other.split('.').nth(1).unwrap());
    assert_eq!(Token::read(&forged), Err(TokenError::Signature));
    for other in ["", ".", "a.b", "a.b.c", "号.号.号", &token[1..20]] {
        assert_eq!(Token::read(other), Err(TokenError::Form), "{other}");
    }
}

#[test]
fn no_token_is_signed_for_a_role_that_is_none_of_a_desk() {
    assert_eq!(desk_token(&roles(), Role::Enrol, "A", "U", &DeskId::of([3; 10]), 1000), None);
}

#[test]
fn a_token_is_renewed_when_a_third_of_its_life_is_over() {
    let token = |expires_at| Token { issuer: String::new(), subject: String::new(), name: String::new(), issued_at: 1000, expires_at };
    let due = |expires_at, now: i64| token(expires_at).is_due_for_renewal(now * 1000);
    assert_eq!(
        [due(Some(4000), 1999), due(Some(4000), 2000), due(Some(4000), 9000), due(None, i64::MAX / 1000)],
        [false, true, true, false]
    );
}

#[test]
fn tokens_that_differ_only_in_their_time_or_in_empty_fields_say_the_same() {
    let (operator, account) = (key(nkeys::KeyPairType::Operator, 1), key(nkeys::KeyPairType::Account, 5));
    let at = |now, nats| {
        let claims = Claims { subject: &account.public_key(), name: "a", issued_at: now, expires_at: None, nats };
        token::sign(&operator, claims)
    };
    let plain = at(1, serde_json::json!({"limits": {"conn": -1}}));
    assert!(same_claims(&plain, &at(9, serde_json::json!({"limits": {"conn": -1}, "imports": [], "authorization": {}, "x": {"y": null}}))));
    assert!(!same_claims(&plain, &at(1, serde_json::json!({"limits": {"conn": 0}}))));
    assert!(!same_claims(&plain, ""));
    assert!(!same_claims("", ""));
}

#[test]
fn the_desks_account_changes_with_its_revocations() {
    let operator = key(nkeys::KeyPairType::Operator, 1);
    let account = key(nkeys::KeyPairType::Account, 5);
    let accounts = Accounts { operator: &operator, now: 1000 };
    let mut revoked = Revocations::default();
    let before = accounts.desks(&account, &roles(), "C", &revoked);
    revoked.revoke("U", 5000, 9000);
    assert!(!same_claims(&before, &accounts.desks(&account, &roles(), "C", &revoked)));
    revoked.prune(10_000);
    assert!(same_claims(&before, &accounts.desks(&account, &roles(), "C", &revoked)));
}

#[test]
fn a_revoked_key_leaves_the_list_when_its_tokens_have_expired_and_not_before() {
    let mut revoked = Revocations::default();
    revoked.revoke("a", 5_500, 60_200);
    revoked.revoke("b", 5_500, 90_000);
    // A second revocation of the same key does not let the tokens between the two in again.
    revoked.revoke("a", 1_000, 1_000);
    // Whenever its tokens were issued, and by whose clock.
    let listed = |revoked: &Revocations| revoked.of_account().into_iter().map(|(key, at)| (key.to_owned(), at)).collect::<Vec<_>>();
    let (a, b) = (("a".to_owned(), 61), ("b".to_owned(), 91));
    assert_eq!(listed(&revoked), [a.clone(), b.clone()]);
    revoked.prune(60_999);
    assert_eq!(listed(&revoked), [a, b.clone()]);
    revoked.prune(61_000);
    assert_eq!(listed(&revoked), [b]);
    // A desk that never had a token.
    revoked.revoke("c", 5_500, 0);
    assert_eq!(revoked.of_account().get("c"), Some(&6));
    let read: Revocations = serde_json::from_str(&serde_json::to_string(&revoked).unwrap()).unwrap();
    assert_eq!(read, revoked);
}
