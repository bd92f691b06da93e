//! What may stand in the configuration file: its tables and keys as serde reads them, each with its place.
//!
//! To add a key: add its field here, its check in `mod.rs` and its lines in `written.rs`.

use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileText {
    pub house: HouseText,
    pub register: RegisterText,
    #[serde(default)]
    pub store: StoreText,
    pub backup: Option<BackupText>,
    pub server: Option<ServerText>,
    #[serde(default)]
    pub panel: PanelText,
    pub printer: Option<Spanned<Vec<PrinterText>>>,
    #[serde(default)]
    pub routes: RoutesText,
    #[serde(default)]
    pub kitchen: KitchenText,
    #[serde(default)]
    pub pickup: PickupText,
}

/// The file of a screen that only shows, on a box of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScreenFileText {
    pub screen: ScreenText,
    pub server: ServerText,
    #[serde(default)]
    pub store: StoreText,
    #[serde(default)]
    pub kitchen: KitchenText,
    #[serde(default)]
    pub pickup: PickupText,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScreenText {
    pub location: Spanned<String>,
    pub name: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HouseText {
    pub name: Spanned<String>,
    pub address: Option<Spanned<Vec<Spanned<String>>>>,
    pub footer: Option<Spanned<Vec<Spanned<String>>>>,
    pub day_starts: Option<Spanned<String>>,
    pub receipt: Option<Spanned<String>>,
    pub cash_rounding: Option<Spanned<i64>>,
    pub void_reasons: Option<Spanned<Vec<Spanned<String>>>>,
    pub refund_reasons: Option<Spanned<Vec<Spanned<String>>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterText {
    pub location: Spanned<String>,
    pub id: Spanned<String>,
    pub idle_lock_min: Option<Spanned<u32>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoreText {
    pub key_file: Option<Spanned<PathBuf>>,
    pub low_disk_mib: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BackupText {
    pub directory: Spanned<PathBuf>,
    pub every_min: Option<Spanned<u32>>,
    pub keep: Option<Spanned<usize>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerText {
    pub url: Spanned<String>,
    pub ca_file: Option<Spanned<PathBuf>>,
    pub allow_plain_http: Option<bool>,
    pub proxy: Option<Spanned<String>>,
    pub proxy_user: Option<Spanned<String>>,
    pub proxy_password_file: Option<Spanned<PathBuf>>,
    pub kind: Option<Spanned<String>>,
    pub databases: Option<Spanned<BTreeMap<Spanned<String>, Spanned<String>>>>,
    pub user: Option<Spanned<String>>,
    pub password_file: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PanelText {
    pub width_mm: Option<Spanned<i64>>,
    pub height_mm: Option<Spanned<i64>>,
    pub touch: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub touch_swapped: bool,
    pub touch_edges: Option<Spanned<[i32; 4]>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrinterText {
    pub name: Spanned<String>,
    pub device: Option<Spanned<String>>,
    pub model: Option<Spanned<String>>,
    pub columns: Option<Spanned<usize>>,
    pub code_page: Option<Spanned<String>>,
    pub code_page_number: Option<u8>,
    pub cutter: Option<Spanned<String>>,
    pub drawer: Option<Spanned<String>>,
    pub buzzer: Option<Spanned<String>>,
    pub proof: Option<Spanned<String>>,
    pub substitute: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoutesText {
    pub register: Option<Spanned<String>>,
    pub stations: Option<HashMap<Spanned<String>, Spanned<String>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KitchenText {
    pub warn_min: Option<Spanned<i64>>,
    pub late_min: Option<Spanned<i64>>,
    pub paid_leaves_min: Option<Spanned<i64>>,
    pub order_types: Option<BTreeMap<Spanned<String>, PaceText>>,
    pub stations: Option<BTreeMap<Spanned<String>, StationText>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StationText {
    pub warn_min: Option<Spanned<i64>>,
    pub late_min: Option<Spanned<i64>>,
    pub order_types: Option<BTreeMap<Spanned<String>, PaceText>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaceText {
    pub warn_min: Option<Spanned<i64>>,
    pub late_min: Option<Spanned<i64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PickupText {
    pub order_types: Option<Spanned<Vec<Spanned<String>>>>,
    pub ready_leaves_min: Option<Spanned<i64>>,
    pub paid_leaves_min: Option<Spanned<i64>>,
}
