//! An account that is refused, in one part or as a whole.

use ringside_domain::*;

use crate::{
    desk::*,
    platform::{Platform, kind},
};

#[test]
fn fs12_one_unlicensed_part_is_shown_and_the_others_go_on() {
    for (part, refused) in
        [(Part::Records, "records"), (Part::QueueList, "list"), (Part::Phone, "phone"), (Part::Wish, "set"), (Part::Joining, "join")]
    {
        let mut platform = Platform::new(1, 1.5, SeatState::Waiting);
        platform.failure = Box::new(move |request| {
            (kind(request).0 == refused).then(|| problem(ProblemCode::ModuleNotLicensed, false).numbered(Some(603)))
        });
        platform.seconds(30);
        platform.desk.intent(wish(Wish::Busy { reason: None }));
        platform.seconds(60);
        let snapshot = platform.snapshot();
        assert!(matches!(snapshot.sign_in, SignInView::SignedIn { .. }), "{refused}");
        if part != Part::Wish || snapshot.queues.iter().any(|queue| queue.membership == Membership::In) {
            assert_eq!(snapshot.connection.unlicensed, [part], "{refused}");
        }
        assert_eq!(snapshot.connection.state, ConnectionState::Connected, "{refused}");
        let of_it = platform.sent.iter().filter(|(_, what, _)| *what == refused).count();
        assert!(of_it <= 3, "not repeated in a loop (N8): {refused} {of_it} times");
    }
}

#[test]
fn fs12_if_every_part_is_refused_the_account_counts_as_refused() {
    let mut platform = Platform::new(2, 1.5, SeatState::Waiting);
    platform.failure =
        Box::new(|request| (kind(request).0 != "sign-in").then(|| problem(ProblemCode::ModuleNotLicensed, false).numbered(Some(603))));
    platform.seconds(60);
    assert!(matches!(&platform.snapshot().sign_in, SignInView::Failed { problem, .. } if problem.code == ProblemCode::ModuleNotLicensed));
    let mut platform = Platform::new(2, 1.5, SeatState::Waiting);
    platform.failure = Box::new(|_| Some(problem(ProblemCode::ModuleNotLicensed, false).numbered(Some(603))));
    platform.seconds(60);
    assert!(matches!(platform.snapshot().sign_in, SignInView::Failed { next_try_at: None, .. }), "the login");
}

#[test]
fn fs13_a_pending_wish_is_given_up_when_the_account_is_refused() {
    use ProblemCode::{AppidExpired, AppidUnknown, IpNotAuthorized};
    for code in [AppidUnknown, AppidExpired, IpNotAuthorized] {
        for is_answered in [false, true] {
            let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
            desk.intent(wish(Wish::Busy { reason: None }));
            if is_answered {
                desk.answer(is_setting, Ok(Outcome::Done));
            }
            desk.wait_for(|request| matches!(request, Request::ReadPhone { .. } | Request::ReadSeats { .. }));
            desk.answer(|request| !matches!(request, Request::SignIn { .. }), Err(problem(code, false)));
            let snapshot = desk.snapshot();
            assert!(
                matches!(&snapshot.wish.progress, WishProgress::RolledBack { problem, queues } if problem.code == code && queues.len() == 2),
                "{:?}",
                snapshot.wish
            );
            assert!(snapshot.notices.iter().any(|notice| matches!(&notice.what, NoticeKind::RolledBack { .. })));
            assert!(matches!(snapshot.sign_in, SignInView::Failed { .. }));
            assert_eq!(snapshot.connection.state, ConnectionState::Failed);
        }
    }
}

#[test]
fn fs13_a_wish_while_the_account_is_refused_is_given_up_at_once_and_never_carried_out_later() {
    let mut platform = Platform::new(2, 1.5, SeatState::Paused);
    platform.seconds(60);
    platform.failure = Box::new(|_| Some(problem(ProblemCode::AppidExpired, false).numbered(Some(602))));
    platform.seconds(20);
    platform.desk.intent(wish(Wish::Available));
    let progress = platform.snapshot().wish.progress.clone();
    assert!(matches!(&progress, WishProgress::RolledBack { problem, .. } if problem.code == ProblemCode::AppidExpired), "{progress:?}");
    assert!(platform.snapshot().notices.iter().any(|notice| matches!(&notice.what, NoticeKind::RolledBack { .. })));
    // The user tries again, but the platform cannot be reached: the desk is still not signed in.
    platform.failure = Box::new(|_| Some(problem(ProblemCode::Unreachable, true)));
    platform.desk.intent(Intent::Retry);
    platform.seconds(1);
    platform.desk.intent(wish(Wish::Available));
    platform.seconds(15);
    let progress = platform.snapshot().wish.progress.clone();
    assert!(matches!(&progress, WishProgress::RolledBack { problem, .. } if problem.code == ProblemCode::Unreachable), "{progress:?}");
    platform.seconds(3600);
    platform.failure = Box::new(|_| None);
    platform.seconds(120);
    assert_eq!(platform.snapshot().label, Label::Busy, "the agent of an hour ago may be gone");
    assert!(platform.states.values().all(|state| *state == SeatState::Paused));
}
