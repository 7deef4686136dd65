//! Groups of extensions: «Create extension group» to «delete group extension».

use ringside_domain::Extension;
use ringside_wire::{Code, Text};
use serde::Deserialize;

use crate::{Client, PlatformError, Service};

/// Which groups to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupFilter {
    /// 0.
    Disabled,
    /// 1.
    Enabled,
    /// 2.
    All,
}

/// A group of extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The platform's id.
    pub id: String,
    /// Its name, by which all other services identify it.
    pub name: String,
    /// 1042 in the documentation's example; no table explains it (N7).
    pub code: Code,
}

/// Whether an extension takes the calls of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// `idle`.
    Idle,
    /// `busy`.
    Busy,
    /// A value that is not documented.
    Other(String),
}

/// An extension of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// The group's name.
    pub group: String,
    /// The extension.
    pub extension: Extension,
    /// The state of its call, as in the state callback. The documentation has one example (`hangup`) and no list of values.
    pub call: String,
    /// Whether it takes calls.
    pub state: MemberState,
}

#[derive(Debug, Deserialize)]
struct GroupRow {
    #[serde(default)]
    id: Text,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    status: Text,
}

#[derive(Debug, Deserialize)]
struct MemberRow {
    #[serde(default)]
    name: Text,
    #[serde(default)]
    extnumber: Text,
    #[serde(default)]
    status: Text,
    #[serde(default)]
    state: Text,
}

impl GroupFilter {
    fn code(self) -> &'static str {
        match self {
            Self::Disabled => "0",
            Self::Enabled => "1",
            Self::All => "2",
        }
    }
}

impl Client {
    /// AddExtgroup («Create extension group»): creates a group. `enabled` None leaves the state to the platform.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] if the name is taken; [`PlatformError::FateUnknown`].
    pub async fn add_group(&self, name: &str, enabled: Option<bool>) -> Result<(), PlatformError> {
        let mut fields = vec![("name", name)];
        fields.extend(enabled.map(|enabled| ("status", if enabled { "1" } else { "0" })));
        self.call(Service::AddExtgroup, &fields).await.map(drop)
    }

    /// GetExtgroupInfo («Get group information»): the groups. The documentation requires a name, although it describes a list (N20).
    ///
    /// # Errors
    /// [`PlatformError::Incomplete`] if the answer is not a list.
    pub async fn groups(&self, name: &str, filter: GroupFilter) -> Result<Vec<Group>, PlatformError> {
        let fields = [("name", name), ("status", filter.code())];
        let rows: Vec<GroupRow> = self.call(Service::GetExtgroupInfo, &fields).await?.list("a list of groups")?;
        Ok(rows.into_iter().map(|row| Group { id: row.id.owned(), name: row.name.owned(), code: row.status.code() }).collect())
    }

    /// AddExtnumber («Add group extension»): adds an extension to a group.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] for a group or an extension that does not exist; [`PlatformError::FateUnknown`].
    pub async fn add_group_member(&self, group: &str, extension: &Extension) -> Result<(), PlatformError> {
        self.call(Service::AddExtnumber, &[("name", group), ("extnumber", &extension.0)]).await.map(drop)
    }

    /// EditExtnumber («Edit group extension»): an extension takes the group's calls, or stops taking them.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] for a group or an extension that does not exist.
    pub async fn set_group_member(&self, group: &str, extension: &Extension, busy: bool) -> Result<(), PlatformError> {
        let fields = [("name", group), ("extnumber", extension.0.as_str()), ("state", if busy { "busy" } else { "idle" })];
        self.call(Service::EditExtnumber, &fields).await.map(drop)
    }

    /// GetGroupExt («Get group extension information»): the extensions of a group, or one of them. The answer is a bare list (N3).
    ///
    /// # Errors
    /// [`PlatformError::Incomplete`] if the answer is not a list.
    pub async fn group_members(&self, group: &str, extension: Option<&Extension>) -> Result<Vec<GroupMember>, PlatformError> {
        let mut fields = vec![("name", group)];
        fields.extend(extension.map(|extension| ("extnumber", extension.0.as_str())));
        let rows: Vec<MemberRow> = self.call(Service::GetGroupExt, &fields).await?.list("a list of extensions")?;
        Ok(rows.into_iter().map(GroupMember::from).collect())
    }

    /// DelExtnumber («delete group extension»): removes an extension from a group.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] for a group or an extension that does not exist; [`PlatformError::FateUnknown`].
    pub async fn remove_group_member(&self, group: &str, extension: &Extension) -> Result<(), PlatformError> {
        self.call(Service::DelExtnumber, &[("name", group), ("extnumber", &extension.0)]).await.map(drop)
    }
}

impl From<MemberRow> for GroupMember {
    fn from(row: MemberRow) -> Self {
        Self {
            group: row.name.owned(),
            extension: Extension(row.extnumber.owned()),
            call: row.status.owned(),
            state: match row.state.as_str() {
                "idle" => MemberState::Idle,
                "busy" => MemberState::Busy,
                other => MemberState::Other(other.to_owned()),
            },
        }
    }
}
