//! Devices, their secrets and codes. Every query finds its rows by an index; what belongs together is one transaction.

use super::line::{Line, Trouble};
use crate::domain::{LocationId, Timestamp};
use crate::server::central::columns::{self, invitation, unreadable};
use crate::server::central::{Act, Device, Invitation, Redeemed};
use crate::server::limits::ENROL_AGAIN_MS;
use crate::server::scope::Scope;

/// What is read of a device.
const COLUMNS: &str = "location_id, register_id, role, generation, enrolled_at, revoked_at, seen_at";
/// What is read of a code.
const INVITED: &str = "code_digest, location_id, register_id, role, made_at, expires_ms";

pub(super) async fn admit(mut line: Line, name: &str, secret_digest: &str) -> Result<Option<Device>, Trouble> {
    if name.contains('\0') {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM register WHERE register_id = $1 AND secret_digest = $2");
    line.row(&sql, &[&name, &secret_digest]).await?.as_ref().map(columns::device).transpose()
}

pub(super) async fn device(mut line: Line, location_id: &LocationId, name: &str) -> Result<Option<Device>, Trouble> {
    find(&mut line, location_id, name).await
}

async fn find(line: &mut Line, location_id: &LocationId, name: &str) -> Result<Option<Device>, Trouble> {
    let sql = format!("SELECT {COLUMNS} FROM register WHERE location_id = $1 AND register_id = $2");
    line.row(&sql, &[&location_id.as_str(), &name]).await?.as_ref().map(columns::device).transpose()
}

pub(super) async fn devices(
    mut line: Line,
    location_id: Option<&LocationId>,
    limit: u32,
) -> Result<Vec<Device>, Trouble> {
    let limit = i64::from(limit);
    let rows = match location_id {
        Some(location_id) => {
            let sql = format!(
                "SELECT {COLUMNS} FROM register WHERE location_id = $1 ORDER BY location_id, register_id LIMIT $2"
            );
            line.rows(&sql, &[&location_id.as_str(), &limit]).await?
        }
        None => {
            let sql = format!("SELECT {COLUMNS} FROM register ORDER BY location_id, register_id LIMIT $1");
            line.rows(&sql, &[&limit]).await?
        }
    };
    rows.iter().map(columns::device).collect()
}

pub(super) async fn invitations(
    mut line: Line,
    location_id: Option<&LocationId>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Invitation>, Trouble> {
    let sql = format!(
        "SELECT {INVITED} FROM enrolment
         WHERE ($1::text IS NULL OR location_id = $1) AND expires_ms > $2 AND typed_ms IS NULL
         ORDER BY location_id, register_id LIMIT $3"
    );
    let location_id = location_id.map(LocationId::as_str);
    let rows = line.rows(&sql, &[&location_id, &now.unix_ms, &i64::from(limit)]).await?;
    rows.iter().map(invitation).collect()
}

/// From one location to the next, each found in the indexes, however much is kept of it.
pub(super) async fn locations(mut line: Line, limit: u32) -> Result<Vec<LocationId>, Trouble> {
    let sql = "WITH RECURSIVE known (location_id) AS (
                   SELECT LEAST((SELECT MIN(location_id) FROM register), (SELECT MIN(location_id) FROM enrolment),
                                (SELECT MIN(location_id) FROM feed), (SELECT MIN(location_id) FROM act))
                   UNION ALL
                   SELECT LEAST((SELECT MIN(location_id) FROM register WHERE location_id > known.location_id),
                                (SELECT MIN(location_id) FROM enrolment WHERE location_id > known.location_id),
                                (SELECT MIN(location_id) FROM feed WHERE location_id > known.location_id),
                                (SELECT MIN(location_id) FROM act WHERE location_id > known.location_id))
                   FROM known WHERE known.location_id IS NOT NULL)
               SELECT location_id FROM known WHERE location_id IS NOT NULL LIMIT $1";
    let rows = line.rows(sql, &[&i64::from(limit)]).await?;
    rows.iter().map(|row| Ok(LocationId(row.try_get(0)?))).collect()
}

pub(super) async fn knows_location(mut line: Line, location_id: &LocationId) -> Result<bool, Trouble> {
    let sql = "SELECT EXISTS (SELECT 1 FROM register WHERE location_id = $1)
               OR EXISTS (SELECT 1 FROM enrolment WHERE location_id = $1)
               OR EXISTS (SELECT 1 FROM feed WHERE location_id = $1)
               OR EXISTS (SELECT 1 FROM act WHERE location_id = $1)";
    Ok(line.one(sql, &[&location_id.as_str()]).await?.try_get(0)?)
}

pub(super) async fn enrol(
    mut line: Line,
    scope: &Scope,
    name: &str,
    secret_digest: &str,
    now: Timestamp,
) -> Result<bool, Trouble> {
    line.begin().await?;
    let is_written = write(&mut line, scope, name, secret_digest, now).await?;
    end(&mut line, is_written).await
}

/// Keeps what a transaction did, or takes it back, and says which.
async fn end(line: &mut Line, is_kept: bool) -> Result<bool, Trouble> {
    if is_kept {
        line.commit().await?
    } else {
        line.roll_back().await?
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
    let sql = "INSERT INTO register (location_id, register_id, role, secret_digest, enrolled_at)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (location_id, register_id) DO UPDATE SET role = excluded.role,
                   secret_digest = excluded.secret_digest, enrolled_at = excluded.enrolled_at, revoked_at = NULL,
                   generation = register.generation + 1, seen_at = NULL
               WHERE register.role = excluded.role OR register.revoked_at IS NOT NULL";
    let (location_id, role, at) = (scope.location_id.as_str(), scope.role.code(), now.rfc3339());
    if line.execute(sql, &[&location_id, &name, &role, &secret_digest, &at]).await? == 0 {
        return Ok(false);
    }
    add_act(line, now, &scope.location_id, "enrolled", &format!("{role} {name}")).await?;
    Ok(true)
}

pub(super) async fn invite(mut line: Line, invitation: &Invitation) -> Result<(), Trouble> {
    let Invitation { code_digest, scope, name, made_at, expires_at } = invitation;
    let (location_id, role) = (scope.location_id.as_str(), scope.role.code());
    line.begin().await?;
    // Of one device the newest code counts, and what has ended is of no use.
    let sql = "DELETE FROM enrolment WHERE location_id = $1 AND register_id = $2";
    line.execute(sql, &[&location_id, name]).await?;
    let sql = "DELETE FROM enrolment
               WHERE CASE WHEN typed_ms IS NULL THEN expires_ms <= $1 ELSE typed_ms + $2 <= $1 END";
    line.execute(sql, &[&made_at.unix_ms, &ENROL_AGAIN_MS]).await?;
    let sql = "INSERT INTO enrolment (code_digest, location_id, register_id, role, made_at, expires_ms)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let (made, expires_ms) = (made_at.rfc3339(), expires_at.unix_ms);
    line.execute(sql, &[code_digest, &location_id, name, &role, &made, &expires_ms]).await?;
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
    line.begin().await?;
    let (told, is_kept) = redeemed(&mut line, code_digest, secret_digest, now).await?;
    end(&mut line, is_kept).await?;
    Ok(told)
}

/// What becomes of a code, and whether anything of it is to be kept.
async fn redeemed(
    line: &mut Line,
    code_digest: &str,
    secret_digest: &str,
    now: Timestamp,
) -> Result<(Redeemed, bool), Trouble> {
    // Of two that type it at once, the second waits here and finds it used up.
    let sql = format!("SELECT {INVITED}, typed_ms FROM enrolment WHERE code_digest = $1 FOR UPDATE");
    let Some(found) = line.row(&sql, &[&code_digest]).await? else { return Ok((Redeemed::Unknown, false)) };
    let Invitation { scope, name, expires_at, .. } = invitation(&found)?;
    if let Some(typed_ms) = found.try_get::<_, Option<i64>>(6)? {
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
    let sql = "UPDATE enrolment SET typed_ms = $2 WHERE code_digest = $1";
    line.execute(sql, &[&code_digest, &now.unix_ms]).await?;
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
    let sql = format!(
        "SELECT {COLUMNS} FROM register
         WHERE location_id = $1 AND register_id = $2 AND secret_digest = $3 AND revoked_at IS NULL"
    );
    line.row(&sql, &[&location_id.as_str(), &name, &secret_digest]).await?.as_ref().map(columns::device).transpose()
}

pub(super) async fn revoke(
    mut line: Line,
    location_id: &LocationId,
    name: &str,
    now: Timestamp,
) -> Result<bool, Trouble> {
    line.begin().await?;
    let sql = "UPDATE register SET revoked_at = $3
               WHERE location_id = $1 AND register_id = $2 AND revoked_at IS NULL";
    let secrets = line.execute(sql, &[&location_id.as_str(), &name, &now.rfc3339()]).await?;
    let sql = "DELETE FROM enrolment
               WHERE location_id = $1 AND register_id = $2 AND expires_ms > $3 AND typed_ms IS NULL";
    let codes = line.execute(sql, &[&location_id.as_str(), &name, &now.unix_ms]).await?;
    let is_known = secrets + codes > 0;
    if is_known {
        add_act(&mut line, now, location_id, "revoked", name).await?;
    }
    end(&mut line, is_known).await
}

pub(super) async fn seen(mut line: Line, location_id: &LocationId, name: &str, now: Timestamp) -> Result<(), Trouble> {
    let sql = "UPDATE register SET seen_at = $3 WHERE location_id = $1 AND register_id = $2";
    line.execute(sql, &[&location_id.as_str(), &name, &now.rfc3339()]).await.map(|_| ())
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
    let sql = "INSERT INTO act (done_at, location_id, what, about) VALUES ($1, $2, $3, $4)";
    line.execute(sql, &[&now.rfc3339(), &location_id.as_str(), &what, &about]).await.map(|_| ())
}

pub(super) async fn acts(mut line: Line, location_id: &LocationId, limit: u32) -> Result<Vec<Act>, Trouble> {
    let sql = "SELECT done_at, what, about FROM act WHERE location_id = $1 ORDER BY act_number DESC LIMIT $2";
    let rows = line.rows(sql, &[&location_id.as_str(), &i64::from(limit)]).await?;
    rows.iter().map(|row| columns::act(row, location_id)).collect()
}
