//! Devices, their secrets and codes. Every query finds its rows by an index; what belongs together is one transaction,
//! and whoever changes something has the row of the door first.

use super::key::{self, after, key, text};
use super::line::{Line, Trouble, value};
use super::words;
use crate::domain::{LocationId, Timestamp};
use crate::server::central::columns::{self, invitation, unreadable};
use crate::server::central::{Act, Device, Invitation, Redeemed};
use crate::server::limits::ENROL_AGAIN_MS;
use crate::server::scope::Scope;

pub(super) async fn admit(mut line: Line, name: &str, secret_digest: &str) -> Result<Option<Device>, Trouble> {
    let row = line.row(words::ADMIT, &[&key(name), &key(secret_digest)]).await?;
    row.as_ref().map(columns::device).transpose()
}

pub(super) async fn device(mut line: Line, location_id: &LocationId, name: &str) -> Result<Option<Device>, Trouble> {
    find(&mut line, location_id, name).await
}

async fn find(line: &mut Line, location_id: &LocationId, name: &str) -> Result<Option<Device>, Trouble> {
    let row = line.row(words::DEVICE, &[&key(location_id.as_str()), &key(name)]).await?;
    row.as_ref().map(columns::device).transpose()
}

pub(super) async fn devices(
    mut line: Line,
    location_id: Option<&LocationId>,
    limit: u32,
) -> Result<Vec<Device>, Trouble> {
    let limit = i64::from(limit);
    let rows = match location_id {
        None => line.rows(words::DEVICES, &[&limit]).await?,
        Some(it) => line.rows(words::DEVICES_THERE, &[&limit, &key(it.as_str())]).await?,
    };
    rows.iter().map(columns::device).collect()
}

pub(super) async fn invitations(
    mut line: Line,
    location_id: Option<&LocationId>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Invitation>, Trouble> {
    let limit = i64::from(limit);
    let rows = match location_id {
        None => line.rows(words::INVITATIONS, &[&limit, &now.unix_ms]).await?,
        Some(it) => line.rows(words::INVITATIONS_THERE, &[&limit, &now.unix_ms, &key(it.as_str())]).await?,
    };
    rows.iter().map(invitation).collect()
}

/// From one location to the next, however much is kept of each.
pub(super) async fn locations(mut line: Line, limit: u32) -> Result<Vec<LocationId>, Trouble> {
    let mut locations: Vec<LocationId> = Vec::new();
    while locations.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
        let from = locations.last().map_or_else(String::new, |it| after(it.as_str()));
        let rows = line.rows(words::NEXT_LOCATIONS, &[&from]).await?;
        let found = rows.iter().map(|row| value::<&str>(row, 0)).collect::<Result<Vec<_>, _>>()?;
        let next = found.into_iter().min_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
        let Some(next) = next else { break };
        locations.push(LocationId(key::id_of(next)?));
    }
    Ok(locations)
}

pub(super) async fn knows_location(mut line: Line, location_id: &LocationId) -> Result<bool, Trouble> {
    Ok(line.row(words::KNOWS_LOCATION, &[&key(location_id.as_str())]).await?.is_some())
}

/// Begins a transaction that changes devices: from here on nobody else does.
async fn begin(line: &mut Line) -> Result<(), Trouble> {
    line.begin().await?;
    line.execute(words::LOCK_DOOR, &[]).await.map(|_| ())
}

pub(super) async fn enrol(
    mut line: Line,
    scope: &Scope,
    name: &str,
    secret_digest: &str,
    now: Timestamp,
) -> Result<bool, Trouble> {
    begin(&mut line).await?;
    let is_written = write(&mut line, scope, name, secret_digest, now).await?;
    end(&mut line, is_written).await
}

/// Keeps what a transaction did, or takes it back, and says which.
async fn end(line: &mut Line, is_kept: bool) -> Result<bool, Trouble> {
    if is_kept {
        line.commit().await?;
    } else {
        line.roll_back().await?;
    }
    Ok(is_kept)
}

async fn write(
    line: &mut Line,
    scope: &Scope,
    name: &str,
    secret_digest: &str,
    now: Timestamp,
) -> Result<bool, Trouble> {
    let (location_id, kept) = names(&scope.location_id, name)?;
    let (role, secret, at) = (scope.role.code(), key(secret_digest), now.rfc3339());
    let values: [&dyn tiberius::ToSql; 5] = [&location_id, &kept, &role, &secret, &at];
    if line.execute(words::ENROL_AGAIN, &values).await? == 0 {
        if line.row(words::DEVICE, &[&location_id, &kept]).await?.is_some() {
            return Ok(false);
        }
        line.execute(words::ENROL, &values).await?;
    }
    add_act(line, now, &scope.location_id, "enrolled", &format!("{role} {name}")).await?;
    Ok(true)
}

/// A location and a device of it, to be written.
fn names(location_id: &LocationId, name: &str) -> Result<(String, String), Trouble> {
    Ok((key::place("the location", location_id.as_str())?, key::place("the device", name)?))
}

pub(super) async fn invite(mut line: Line, invitation: &Invitation) -> Result<(), Trouble> {
    let Invitation { code_digest, scope, name, made_at, expires_at } = invitation;
    let ((location_id, kept), role) = (names(&scope.location_id, name)?, scope.role.code());
    begin(&mut line).await?;
    // Of one device the newest code counts, and what has ended is of no use.
    line.execute(words::FORGET_CODE, &[&location_id, &kept]).await?;
    let typed_until = made_at.unix_ms.saturating_sub(ENROL_AGAIN_MS);
    line.execute(words::FORGET_OLD_CODES, &[&made_at.unix_ms, &typed_until]).await?;
    let (code, made) = (key(code_digest), made_at.rfc3339());
    line.execute(words::ADD_CODE, &[&code, &location_id, &kept, &role, &made, &expires_at.unix_ms]).await?;
    let about = format!("{role} {name}, until {}", expires_at.rfc3339());
    add_act(&mut line, *made_at, &scope.location_id, "invited", &about).await?;
    line.commit().await
}

pub(super) async fn redeem(
    mut line: Line,
    code_digest: &str,
    secret_digest: &str,
    now: Timestamp,
) -> Result<Redeemed, Trouble> {
    begin(&mut line).await?;
    let (told, is_kept) = redeemed(&mut line, code_digest, secret_digest, now).await?;
    end(&mut line, is_kept).await?;
    Ok(told)
}

/// What becomes of a code, and whether anything of it is to be kept. Of two that type it at once, the second waited at
/// the door and finds it used up.
async fn redeemed(
    line: &mut Line,
    code_digest: &str,
    secret_digest: &str,
    now: Timestamp,
) -> Result<(Redeemed, bool), Trouble> {
    let found = line.row(words::CODE, &[&key(code_digest)]).await?;
    let Some(found) = found else { return Ok((Redeemed::Unknown, false)) };
    let Invitation { scope, name, expires_at, .. } = invitation(&found)?;
    if let Some(typed_ms) = found.try_get::<i64, _>(6)? {
        let is_soon = (0..ENROL_AGAIN_MS).contains(&now.unix_ms.saturating_sub(typed_ms));
        let device = if is_soon { given(line, &scope.location_id, &name, secret_digest).await? } else { None };
        return Ok((device.map_or(Redeemed::Unknown, Redeemed::Device), false));
    }
    if expires_at.unix_ms <= now.unix_ms {
        return Ok((Redeemed::Unknown, false));
    }
    if !write(line, &scope, &name, secret_digest, now).await? {
        return Ok((Redeemed::NameTaken, false));
    }
    line.execute(words::CODE_WAS_TYPED, &[&key(code_digest), &now.unix_ms]).await?;
    let device = find(line, &scope.location_id, &name).await?;
    let device = device.ok_or_else(|| unreadable(&name, "it was written and is not there"))?;
    Ok((Redeemed::Device(device), true))
}

/// A device of a location that has this secret now.
async fn given(
    line: &mut Line,
    location_id: &LocationId,
    name: &str,
    secret_digest: &str,
) -> Result<Option<Device>, Trouble> {
    let values = (key(location_id.as_str()), key(name), key(secret_digest));
    let row = line.row(words::DEVICE_OF_SECRET, &[&values.0, &values.1, &values.2]).await?;
    row.as_ref().map(columns::device).transpose()
}

pub(super) async fn revoke(
    mut line: Line,
    location_id: &LocationId,
    name: &str,
    now: Timestamp,
) -> Result<bool, Trouble> {
    let (location, kept) = (key(location_id.as_str()), key(name));
    begin(&mut line).await?;
    let secrets = line.execute(words::REVOKE, &[&location, &kept, &now.rfc3339()]).await?;
    let codes = line.execute(words::REVOKE_CODE, &[&location, &kept, &now.unix_ms]).await?;
    let is_known = secrets + codes > 0;
    if is_known {
        add_act(&mut line, now, location_id, "revoked", name).await?;
    }
    end(&mut line, is_known).await
}

pub(super) async fn seen(mut line: Line, location_id: &LocationId, name: &str, now: Timestamp) -> Result<(), Trouble> {
    let values = (key(location_id.as_str()), key(name), now.rfc3339());
    line.execute(words::SEEN, &[&values.0, &values.1, &values.2]).await.map(|_| ())
}

pub(super) async fn note(mut line: Line, act: &Act) -> Result<(), Trouble> {
    add_act(&mut line, act.done_at, &act.location_id, &act.what, &act.about).await
}

pub(super) async fn add_act(
    line: &mut Line,
    now: Timestamp,
    location_id: &LocationId,
    what: &str,
    about: &str,
) -> Result<(), Trouble> {
    let location_id = key::place("the location", location_id.as_str())?;
    line.execute(words::NOTE, &[&now.rfc3339(), &location_id, &what, &text(about)]).await.map(|_| ())
}

pub(super) async fn acts(mut line: Line, location_id: &LocationId, limit: u32) -> Result<Vec<Act>, Trouble> {
    let rows = line.rows(words::ACTS, &[&key(location_id.as_str()), &i64::from(limit)]).await?;
    rows.iter().map(|row| columns::act(row, location_id)).collect()
}
