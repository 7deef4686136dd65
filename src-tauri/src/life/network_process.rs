//! Ends the web engine's network process once the pages run.
//!
//! WebKit starts a process for the network before it loads a page. Ringside's pages are embedded, and this process answers their requests
//! itself, so the network process has no work after a page has begun to load, but keeps 25 MB. WebKit starts a new one when it loads a
//! page again.

use std::{fs, process};

/// The kernel cuts the names of processes off after 15 characters.
const NAME: &str = "WebKitNetworkPr";

/// Ends the network processes of this process. No page may be loading meanwhile: it would never be shown.
pub fn end() {
    for child in children(NAME) {
        tracing::debug!(child, "the web engine's network process is not needed any more");
        // SAFETY: the call takes numbers only. The child ran a moment ago, so its id is not another process's yet.
        #[allow(unsafe_code)]
        unsafe {
            libc::kill(child, libc::SIGTERM);
        }
    }
}

/// The ids of the children of this process with this name.
fn children(name: &str) -> Vec<libc::pid_t> {
    let parent = process::id().to_string();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| is_child(&stat, name, &parent))).collect()
}

/// `stat`: the process's id, its name in brackets, its state, the id of its parent, and more.
fn is_child(stat: &str, name: &str, parent: &str) -> bool {
    // The name may contain any character, so the last bracket ends it.
    let Some((begin, rest)) = stat.rsplit_once(") ") else { return false };
    begin.split_once(" (").is_some_and(|(_, found)| found == name) && rest.split(' ').nth(1) == Some(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_recognised_by_its_name_and_parent() {
        assert!(is_child("7 (WebKitNetworkPr) S 5 7 7 0", NAME, "5"));
        for other in ["7 (WebKitNetworkPr) S 55 7 7 0", "7 (WebKitWebProces) S 5 7 7 0", "7 (a) (WebKitNetworkPr) S 5 7", "7 (", ""] {
            assert!(!is_child(other, NAME, "5"), "{other}");
        }
    }

    #[test]
    fn the_children_of_this_process_are_found() {
        let mut child = process::Command::new("sleep").arg("60").spawn().unwrap();
        let id = child.id().cast_signed();
        // The name is the parent's until the child runs its program.
        while !children("sleep").contains(&id) {
            assert!(child.try_wait().unwrap().is_none());
            std::thread::yield_now();
        }
        assert!(!children(NAME).contains(&id));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!children("sleep").contains(&id));
    }
}
