//! What a configuration may say, and how its mistakes are told.

use super::*;

const LEAST: &str = "[house]\nname = \"A\"\n[register]\nlocation = \"L1\"\nid = \"T1\"\n";

fn answers() -> Answers {
    Answers { name: "Chez \"Ana\"".into(), location: "L1".into(), register: "T1".into() }
}

fn told(text: &str) -> Vec<String> {
    let all = parse(text, Path::new("/etc/comanda")).unwrap_err();
    all.iter().map(|it| format!("{}:{}: {}", it.line, it.column, it.what)).collect()
}

#[test]
fn what_init_writes_says_what_is_usual() {
    let config = parse(&commented_default(&answers()), Path::new("/etc/comanda")).unwrap();
    assert_eq!(config.house, House::named("Chez \"Ana\"", "L1", "T1"));
    assert_eq!(config.kitchen, KitchenRules::default());
    let least = parse(LEAST, Path::new("/etc/comanda")).unwrap();
    assert_eq!((config.printers, config.routes, config.key_file), (least.printers, least.routes, least.key_file));
}

#[test]
fn every_key_that_init_leaves_out_may_be_set_as_its_comment_shows() {
    let text = commented_default(&answers());
    let set = |line: &str| match line
        .strip_prefix('#')
        .filter(|rest| rest.starts_with(|it: char| it.is_ascii_lowercase() || it == '['))
    {
        Some(rest) => format!("{rest}\n"),
        None => format!("{line}\n"),
    };
    let all: String = text.lines().map(set).collect();
    assert_eq!(text.lines().filter(|line| set(line).trim_end() != *line).count(), 32);
    let config = parse(&all, Path::new("/etc/comanda")).unwrap();
    assert_eq!(config.key_file, Some("/etc/comanda/store.key".into()));
    assert_eq!(config.house.cash_step, Some(5));
    assert_eq!(config.panel, Panel::of(154, 86));
    let touch = config.touch.unwrap();
    assert_eq!(touch.path, Path::new("/dev/input/by-path/platform-i2c-event"));
    assert_eq!((touch.is_swapped, touch.edges), (true, Some([0, 4095, 0, 4095])));
    assert!(config.server.unwrap().proxy().unwrap().login.is_some());
    let backup = config.backup.unwrap();
    assert_eq!(backup.directory, Path::new("/media/backup"));
    assert_eq!((backup.every.as_secs(), backup.keep), (3_600, 48));
}

#[test]
fn disk_and_backups_have_bounds_and_relative_places_start_at_the_configuration() {
    let with = |more: &str| parse(&format!("{LEAST}\n{more}"), Path::new("/etc/comanda"));
    let config = with("[store]\nlow_disk_mib = 1\n[backup]\ndirectory = 'copies'\nevery_min = 5\nkeep = 1").unwrap();
    let backup = config.backup.unwrap();
    assert_eq!((config.low_disk_bytes, backup.keep, backup.every.as_secs()), (1 << 20, 1, 300));
    assert_eq!(backup.directory, Path::new("/etc/comanda/copies"));
    assert_eq!(with("").unwrap().backup, None);
    // what is written, what is said
    for (more, says) in [
        ("[store]\nlow_disk_mib = 0", "low_disk_mib is 1 to 1048576 MiB"),
        ("[backup]\nkeep = 3", "missing field `directory`"),
        ("[backup]\ndirectory = ''", "directory must name a directory"),
        ("[backup]\ndirectory = '/x'\nevery_min = 10081", "every_min is 1 to 10080 minutes"),
        ("[backup]\ndirectory = '/x'\nkeep = 0", "keep is 1 to 10000 backups"),
        ("[backup]\ndirectory = '/x'\nkeeps = 1", "unknown field `keeps`"),
    ] {
        let mistakes = with(more).unwrap_err();
        assert!(mistakes.len() == 1 && mistakes[0].what.starts_with(says), "{more}: {mistakes:?}");
    }
}

#[test]
fn a_panel_has_two_sides_of_a_panels_length() {
    let panel = |text: &str| format!("{LEAST}[panel]\n{text}");
    let read = |text: &str| parse(&panel(text), Path::new("")).unwrap().panel;
    assert_eq!(read("width_mm = 154\nheight_mm = 86"), Panel::of(154, 86));
    assert_eq!(read(""), None);
    let sides = "is 50 to 2000 millimetres: measure the picture without its frame";
    // what stands there, what is told
    for (text, says) in [
        ("width_mm = 154", "7:12: a panel has both width_mm and height_mm: give the other too".to_owned()),
        ("height_mm = 86", "7:13: a panel has both width_mm and height_mm: give the other too".to_owned()),
        ("width_mm = 49\nheight_mm = 86", format!("7:12: width_mm {sides}")),
        ("width_mm = 154\nheight_mm = -86", format!("8:13: height_mm {sides}")),
        ("width_mm = 154\nheight_mm = 99999", format!("8:13: height_mm {sides}")),
        (
            "touch = 'event0'",
            "7:9: touch is the panel's device, such as /dev/input/by-path/platform-i2c-event".to_owned(),
        ),
        (
            "touch = '/dev/input/event0'\ntouch_edges = [7, 7, 0, 9]",
            "8:15: touch_edges are what the panel says at the left, right, upper and lower edge: opposite ones differ"
                .to_owned(),
        ),
    ] {
        assert_eq!(told(&panel(text)), [says], "{text}");
    }
    let all = told(&panel("width_mm = 154\nheight_mm = 86\ninches = 7"));
    assert!(all.len() == 1 && all[0].starts_with("9:1: ") && all[0].contains("inches"), "{all:?}");
}

#[test]
fn a_full_configuration_is_read() {
    let text = "[house]\nname='B'\naddress=['Street 1']\nfooter=['Bye']\nday_starts='05:30'\nreceipt='on_request'\n\
        [register]\nlocation='paris-2'\nid='BAR1'\nidle_lock_min=1\n\
        [[printer]]\nname='front'\ndevice='tcp:10.0.0.9:9100'\nmodel='generic-58'\ncolumns=42\ncutter='full'\n\
        [[printer]]\nname='kitchen'\ndevice='tcp:[fe80::1]:9101'\n\
        [routes]\nregister='front'\nstations={grill='kitchen'}\n";
    let config = parse(text, Path::new("")).unwrap();
    assert_eq!(config.house.day_starts_min, 330);
    assert_eq!(config.house.receipt, ReceiptRule::OnRequest);
    assert_eq!(config.house.idle_lock_ms, 60_000);
    assert_eq!(config.printers[0].address, Address::Tcp { host: "10.0.0.9".into(), port: 9100 });
    assert_eq!(config.printers[1].address, Address::Tcp { host: "fe80::1".into(), port: 9101 });
    let front = Printer::new("front", Model::named("generic-58").unwrap());
    assert_eq!(config.printers[0].printer, front.with_columns(42).with_cutter(Cutter::Full));
    let station = |name: &str| Destination::Station(name.into());
    let routes = [(Destination::Register, "front"), (station("grill"), "kitchen"), (station("kitchen"), "kitchen")];
    assert_eq!(config.routes, routes.map(|(to, name)| (to, name.to_owned())).into());
}

#[test]
fn a_mistake_of_form_is_told_at_its_place() {
    // text, where, part of the sentence
    let rows = [
        ("[house", "1:7", "unclosed table"),
        ("[house]\nnmae = 'A'\n", "2:1", "unknown field `nmae`, expected one of `name`"),
        ("[house]\nname = 7\n", "2:8", "expected a string"),
        ("[house]\nname = 'A'\n", "1:1", "missing field `register`"),
        ("[register]\nlocation = 'L1'\n[house]\nname = 'é'\n", "1:1", "missing field `id`"),
    ];
    for (text, place, part) in rows {
        let told = told(text);
        assert!(told.len() == 1 && told[0].starts_with(place) && told[0].contains(part), "{told:?}");
    }
}

#[test]
fn all_mistakes_of_meaning_are_told_at_once_each_at_its_place() {
    let text = "[house]\nname = ''\nday_starts = '25:00'\nreceipt = 'never'\ncash_rounding = 0\nvoid_reasons = []\n\
        refund_reasons = []\n[register]\nlocation = 'L 1'\nid = 'T1-0042xx'\nidle_lock_min = 0\n\
        [[printer]]\nname = 'a/b'\ndevice = 'usb'\nmodel = 'tm-9'\ncolumns = 3\ncode_page = '932'\nproof = 'oath'\n\
        [[printer]]\nname = 'A/b'\ndevice = 'tcp:host'\n\
        [routes]\nregister = 'x'\n[routes.stations]\nkitchen = 'y'\n";
    let told = told(text);
    let parts = [
        "2:8: name takes 1 to 120 characters",
        "3:14: day_starts `25:00`",
        "4:11: receipt `never`",
        "5:17: cash_rounding is 1 to",
        "6:16: void_reasons must offer",
        "7:18: refund_reasons must offer",
        "9:12: location `L 1`",
        "10:6: id `T1-0042xx` is not 1 to 8 letters or digits",
        "11:17: idle_lock_min is 1 to",
        "13:8: printer name `a/b`",
        "14:10: device `usb`",
        "15:9: there is no model `tm-9`; it is one of: generic-80, ",
        "16:11: columns is 24 to 64",
        "17:13: there is no code_page `932`; it is one of: 437, ",
        "18:9: there is no proof `oath`; it is one of: none, gs-r, gs-paren-h",
        "20:8: printer name `A/b`",
        "20:8: there are two printers named `A/b`",
        "21:10: device `tcp:host`",
        "23:12: there is no printer `x`; the printers are: a/b, A/b",
        "25:11: there is no printer `y`",
    ];
    assert_eq!(told.len(), parts.len(), "{told:#?}");
    for (line, part) in told.iter().zip(parts) {
        assert!(line.starts_with(part), "{line}\n{part}");
    }
}

#[test]
fn substitutes_are_printers_and_do_not_circle() {
    let text = format!(
        "{LEAST}[[printer]]\nname = 'receipt'\nsubstitute = 'bar'\n[[printer]]\nname = 'bar'\nsubstitute = 'kitchen'\n\
         [[printer]]\nname = 'kitchen'\n"
    );
    let config = parse(&text, Path::new("")).unwrap();
    let chains = [("bar", "kitchen"), ("receipt", "bar")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(config.substitutes(), chains.into());
    let all = told(&format!("{text}substitute = 'receipt'\n"));
    assert!(all.len() == 3 && all[0].starts_with("8:14: the substitutes of `receipt` lead back to it"), "{all:?}");
    let all = told(&format!("{text}substitute = 'kitchen'\n"));
    assert!(all.len() == 1 && all[0].starts_with("14:14: the substitutes of `kitchen`"), "{all:?}");
    let all = told(&format!("{text}substitute = 'cellar'\n"));
    assert!(all.len() == 1 && all[0].starts_with("14:14: there is no printer `cellar`"), "{all:?}");
}

#[test]
fn receipts_need_a_printer() {
    let told = told(&format!("{LEAST}[[printer]]\nname = 'front'\n"));
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("register = \"NAME\" under [routes]"), "{told:?}");
}

#[test]
fn addresses_of_devices_are_read() {
    let tcp = |host: &str, port| Some(Address::Tcp { host: host.into(), port });
    // typed, read
    let rows = [
        ("file", Some(Address::File)),
        ("tcp:printer.local:9100", tcp("printer.local", 9100)),
        ("tcp:[::1]:9100", tcp("::1", 9100)),
        ("tcp:::1:9100", None),
        ("tcp::9100", None),
        ("tcp:a:0", None),
        ("tcp:a:99999", None),
        ("tcp:a b:9100", None),
        ("dev:/dev/usb/lp0", Some(Address::Character("/dev/usb/lp0".into()))),
        ("dev:usb/lp0", None),
        ("File", None),
        ("", None),
    ];
    for (typed, read) in rows {
        assert_eq!(Address::read(typed), read, "{typed}");
    }
}

#[test]
fn a_missing_file_is_told_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let told = load(&dir.path().join("comanda.toml")).unwrap_err().to_string();
    assert!(told.contains("it does not exist") && told.contains("comanda init"), "{told}");
    let file = dir.path().join("bad.toml");
    std::fs::write(&file, format!("{LEAST}idle_lock_min = 0\n")).unwrap();
    let told = load(&file).unwrap_err().to_string();
    let place = format!("{}:6:17: ", file.display());
    assert!(told.starts_with(&place) && told.contains("1 mistake in the configuration"), "{told}");
}
