//! Files of numbers on their way from the page to the store.

use std::path::Path;

use ringside_domain::*;
use ringside_tests::platform;
use ringside_vault::Vault;

use crate::desk::*;

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder.join("imports")).map(|entries| entries.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

#[tokio::test]
async fn rows_that_are_not_sent_are_saved_with_their_reasons_and_without_formulas() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::open(folder.path(), Vault::memory());
    let entered = supervisor.floor.do_not_call_import("0139-0000-0001\nnothing\n".into(), "asked for it".into()).await.unwrap();
    assert_eq!(entered, DoNotCallImported { new: 1, known: 0, not_read: 1 });
    let again = supervisor.floor.do_not_call_import("013900000001".into(), String::new()).await.unwrap();
    assert_eq!(again, DoNotCallImported { new: 0, known: 1, not_read: 0 }, "it is listed already");
    let file =
        "name;number;=note\r\nAn;013800000001;\r\n张三;013800000001;=cmd|' /C calc'!A0\r\n\"Li; Wei\";=1+1;+1\r\n-2;013900000001\r\n";
    let (import, check) = supervisor.import("customers.csv", file.as_bytes(), rules()).await;
    assert_eq!((check.rows, check.good), (4, 1), "{check:?}");
    let path = supervisor.floor.import_save_refused(import, words(), folder.path().join("downloads")).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    let expected = [
        "row,reason,sent as,name,number,'=note",
        "3,double,013800000001,张三,013800000001,'=cmd|' /C calc'!A0",
        "4,invalid,'=1+1,\"Li; Wei\",'=1+1,'+1",
        "5,listed,013900000001,'-2,013900000001",
    ];
    assert_eq!(lines, expected);
    let path = supervisor.floor.do_not_call_export(folder.path().join("downloads")).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("013900000001,") && text.contains(",system-user,asked for it"), "{text}");
    supervisor.close().await;
}

/// The words of a page that speaks English.
fn words() -> RefusedWords {
    let reasons = [
        (RowRefusal::Duplicate, "double"),
        (RowRefusal::Invalid, "invalid"),
        (RowRefusal::DoNotCall, "listed"),
        (RowRefusal::LeftOut, "left"),
    ];
    let meanings = [(Column::Number, "Number"), (Column::Customer, "Customer"), (Column::Employee, "Employee"), (Column::Member, "Member")];
    RefusedWords {
        titles: ["row", "reason", "sent as"].map(String::from),
        reasons: reasons.map(|(reason, word)| (reason, word.to_owned())).to_vec(),
        meanings: meanings.map(|(column, word)| (column, word.to_owned())).to_vec(),
        column: "column".to_owned(),
    }
}

#[tokio::test]
async fn a_list_of_refused_rows_has_both_numbers_of_a_cell_and_titles_also_for_a_file_without_them() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::open(folder.path(), Vault::memory());
    let import = supervisor
        .receive("customers.csv", "013800000001,An\n013800000002/013800000001,Li\n013800000001/013800000002,Wu\n".as_bytes())
        .await;
    let mut layout = supervisor.floor.import_preview(import, None).await.unwrap().unwrap().layout;
    layout.answers = vec![(NumberDoubt::TwoNumbers, DoubtAnswer::Both)];
    supervisor.check(import, layout, rules()).await;
    let path = supervisor.floor.import_save_refused(import, words(), folder.path().join("downloads")).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    let (second, third) = ("013800000002/013800000001,Li", "013800000001/013800000002,Wu");
    let expected = [
        "row,reason,sent as,Number,column 2".to_owned(),
        format!("2,double,013800000001,{second}"),
        format!("3,double,013800000001,{third}"),
        format!("3,double,013800000002,{third}"),
    ];
    assert_eq!(lines, expected);
    supervisor.close().await;
}

#[tokio::test]
async fn a_question_that_was_answered_can_be_answered_again() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::open(folder.path(), Vault::memory());
    let import = supervisor.receive("customers.csv", b"number\n013800000001\n1.38E+10\n1.39E+10\n").await;
    let layout = supervisor.floor.import_preview(import, None).await.unwrap().unwrap().layout;
    let mut good = Vec::new();
    for answer in [None, Some(DoubtAnswer::LeaveOut), Some(DoubtAnswer::Repair)] {
        let answers = answer.map(|answer| (NumberDoubt::Exponent, answer)).into_iter().collect();
        let check = supervisor.check(import, SheetLayout { answers, ..layout.clone() }, rules()).await;
        let [found] = check.doubts.as_slice() else { panic!("{check:?}") };
        assert_eq!((found.rows, found.sample.as_str(), found.proposal.as_str()), (2, "1.38E+10", "13800000000"), "{answer:?}");
        assert!(!found.answers.contains(&DoubtAnswer::AsItIs), "such a number cannot be sent");
        good.push(check.good);
    }
    assert_eq!(good, [1, 1, 3]);
    supervisor.close().await;
}

#[tokio::test]
async fn the_first_rows_show_what_becomes_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::open(folder.path(), Vault::memory());
    supervisor.floor.do_not_call_import("013900000001".into(), String::new()).await.unwrap();
    let import = supervisor.receive("customers.csv", b"number\n013800000001\n0138-0000-0001\n013900000001\n013800000002\n").await;
    let preview = supervisor.floor.import_preview(import, None).await.unwrap().unwrap();
    let reasons = preview.rows.iter().map(|row| match &row.read {
        ReadRow::Refused { reason, .. } => Some(*reason),
        _ => None,
    });
    assert_eq!(reasons.collect::<Vec<_>>(), [None, Some(RowRefusal::Duplicate), Some(RowRefusal::DoNotCall), None]);
    supervisor.close().await;
}

#[tokio::test]
async fn an_imported_file_is_private_and_gone_after_the_import_and_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("imports");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("7.import"), "013800000001").unwrap();
    let supervisor = Supervisor::open(folder.path(), Vault::memory());
    assert_eq!(files(folder.path()), [""; 0].map(std::path::PathBuf::from), "what an earlier run left is deleted");
    let import = supervisor.receive("customers.csv", b"number\n013800000001\n").await;
    let [file] = files(folder.path()).try_into().unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions()) & 0o777, 0o600);
    supervisor.floor.import_drop(import).await.unwrap();
    assert!(!file.exists());
    assert!(supervisor.floor.import_preview(import, None).await.is_err());
    supervisor.receive("customers.csv", b"number\n013800000001\n").await;
    supervisor.close().await;
    assert_eq!(files(folder.path()).len(), 0, "the end of the desk deletes it, too");
}

#[tokio::test]
async fn a_file_of_another_size_than_announced_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::open(folder.path(), Vault::memory());
    let floor = &supervisor.floor;
    let piece = |text: &str| data_encoding::BASE64.encode(text.as_bytes());

    let short = floor.import_begin("short.csv".into(), 100).await.unwrap();
    floor.import_piece(short, piece("013800000001\n")).await.unwrap();
    assert_eq!(floor.import_preview(short, None).await.unwrap(), Err(SheetError::Changed));
    let long = floor.import_begin("long.csv".into(), 5).await.unwrap();
    assert!(floor.import_piece(long, piece("013800000001\n")).await.is_err());
    assert_eq!(floor.import_preview(long, None).await.unwrap(), Err(SheetError::Changed));
    let huge = floor.import_begin("huge.csv".into(), (1 << 30) + 1).await.unwrap();
    assert!(floor.import_piece(huge, piece("0138")).await.is_err());
    assert_eq!(floor.import_preview(huge, None).await.unwrap(), Err(SheetError::TooLarge));
    let odd = floor.import_begin("odd.csv".into(), 5).await.unwrap();
    assert!(floor.import_piece(odd, "no Base64!".into()).await.is_err());
    supervisor.close().await;
}

#[tokio::test]
async fn the_meaning_of_columns_is_remembered_by_their_titles() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::open(folder.path(), Vault::memory());
    let file = b"first,second\n013800000001,013900000001\n013800000002,013900000002\n";
    let import = supervisor.receive("a.csv", file).await;
    let mut layout = supervisor.floor.import_preview(import, None).await.unwrap().unwrap().layout;
    layout.has_header = true;
    layout.columns = vec![Some(Column::Customer), Some(Column::Number)];
    supervisor.floor.import_check(import, layout.clone(), rules()).await.unwrap();
    supervisor.until(|views| matches!(view_of(views, import), Some(ImportView::Checked { .. }))).await;
    let next = supervisor.receive("b.csv", file).await;
    let preview = supervisor.floor.import_preview(next, None).await.unwrap().unwrap();
    assert_eq!(preview.layout.columns, layout.columns);
    supervisor.close().await;
}

#[tokio::test]
async fn a_check_that_is_replaced_leaves_no_rows_of_the_first() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    let import = supervisor.receive("customers.csv", sheet(&numbers(60_000)).as_bytes()).await;
    let layout = supervisor.floor.import_preview(import, None).await.unwrap().unwrap().layout;
    for _ in 0..3 {
        supervisor.floor.import_check(import, layout.clone(), rules()).await.unwrap();
    }
    let views = supervisor.until(|views| matches!(view_of(views, import), Some(ImportView::Checked { .. }))).await;
    let Some(ImportView::Checked { check }) = view_of(&views, import) else { panic!() };
    assert_eq!((check.rows, check.good), (60_000, 60_000), "{check:?}");
    supervisor.close().await;
}
