//! Devices, their secrets and codes. Every query finds its rows by an index; what belongs together is one transaction.

use super::Trouble;
use super::read::{row, rows};
use crate::domain::{LocationId, Timestamp};
use crate::server::central::columns::{self, unreadable};
use crate::server::central::{Act, Device, Invitation, Redeemed};
use crate::server::limits::ENROL_AGAIN_MS;
use crate::server::scope::Scope;
use rusqlite::{Connection, TransactionBehavior, params};

/// What is read of a device.
const COLUMNS: &str = "location_id, register_id, role, generation, enrolled_at, revoked_at, seen_at";

pub(super) fn admit(connection: &Connection, name: &str, secret_digest: &str) -> Result<Option<Device>, Trouble> {
    let sql = format!("SELECT {COLUMNS} FROM register WHERE register_id = ?1 AND secret_digest = ?2");
    row(connection, &sql, [name, secret_digest], |row| columns::device(row))
}

pub(super) fn device(connection: &Connection, location_id: &LocationId, name: &str) -> Result<Option<Device>, Trouble> {
    let sql = format!("SELECT {COLUMNS} FROM register WHERE location_id = ?1 AND register_id = ?2");
    row(connection, &sql, [location_id.as_str(), name], |row| columns::device(row))
}

pub(super) fn devices(
    connection: &Connection,
    location_id: Option<&LocationId>,
    limit: u32,
) -> Result<Vec<Device>, Trouble> {
    let Some(location_id) = location_id else {
        let sql = format!("SELECT {COLUMNS} FROM register ORDER BY location_id, register_id LIMIT ?1");
        return rows(connection, &sql, [limit], |row| columns::device(row));
    };
    let sql =
        format!("SELECT {COLUMNS} FROM register WHERE location_id = ?1 ORDER BY location_id, register_id LIMIT ?2");
    rows(connection, &sql, params![location_id.as_str(), limit], |row| columns::device(row))
}

pub(super) fn invitations(
    connection: &Connection,
    location_id: Option<&LocationId>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Invitation>, Trouble> {
    let sql = "SELECT code_digest, location_id, register_id, role, made_at, expires_ms FROM enrolment
               WHERE (?1 IS NULL OR location_id = ?1) AND expires_ms > ?2 AND typed_ms IS NULL
               ORDER BY location_id, register_id LIMIT ?3";
    let key = params![location_id.map(LocationId::as_str), now.unix_ms, limit];
    rows(connection, sql, key, |row| columns::invitation(row))
}

pub(super) fn locations(connection: &Connection, limit: u32) -> Result<Vec<LocationId>, Trouble> {
    let sql = "SELECT location_id FROM register UNION SELECT location_id FROM enrolment
               UNION SELECT location_id FROM feed UNION SELECT location_id FROM act ORDER BY location_id LIMIT ?1";
    rows(connection, sql, [limit], |row| Ok(LocationId(row.get(0)?)))
}

pub(super) fn knows_location(connection: &Connection, location_id: &LocationId) -> Result<bool, Trouble> {
    let sql = "SELECT EXISTS (SELECT 1 FROM register WHERE location_id = ?1)
               OR EXISTS (SELECT 1 FROM enrolment WHERE location_id = ?1)
               OR EXISTS (SELECT 1 FROM feed WHERE location_id = ?1)
               OR EXISTS (SELECT 1 FROM act WHERE location_id = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([location_id.as_str()], |row| row.get(0))?)
}

/// Does something in one transaction that writes, and keeps it when the answer says so.
fn whole<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<(T, Keep), Trouble>,
) -> Result<T, Trouble> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (told, keep) = work(&tx)?;
    match keep {
        Keep::Nothing => {}
        Keep::All => tx.commit().map_err(Trouble::Unknown)?,
    }
    Ok(told)
}

enum Keep {
    All,
    Nothing,
}

pub(super) fn enrol(
    connection: &mut Connection,
    scope: &Scope,
    name: &str,
    secret_digest: &str,
    now: Timestamp,
) -> Result<bool, Trouble> {
    whole(connection, |tx| match write(tx, scope, name, secret_digest, now)? {
        true => Ok((true, Keep::All)),
        false => Ok((false, Keep::Nothing)),
    })
}

fn write(tx: &Connection, scope: &Scope, name: &str, secret_digest: &str, now: Timestamp) -> Result<bool, Trouble> {
    let sql = "INSERT INTO register (location_id, register_id, role, secret_digest, enrolled_at)
               VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (location_id, register_id) DO UPDATE SET role = excluded.role,
                   secret_digest = excluded.secret_digest, enrolled_at = excluded.enrolled_at, revoked_at = NULL,
                   generation = register.generation + 1, seen_at = NULL
               WHERE register.role = excluded.role OR register.revoked_at IS NOT NULL";
    let values = params![scope.location_id.as_str(), name, scope.role.code(), secret_digest, now.rfc3339()];
    if tx.prepare_cached(sql)?.execute(values)? == 0 {
        return Ok(false);
    }
    add_act(tx, now, &scope.location_id, "enrolled", &format!("{} {name}", scope.role.code()))?;
    Ok(true)
}

pub(super) fn invite(connection: &mut Connection, invitation: &Invitation) -> Result<(), Trouble> {
    let Invitation { code_digest, scope, name, made_at, expires_at } = invitation;
    whole(connection, |tx| {
        // Of one device the newest code counts, and what has ended is of no use.
        let sql = "DELETE FROM enrolment WHERE (location_id = ?1 AND register_id = ?2)";
        tx.prepare_cached(sql)?.execute([scope.location_id.as_str(), name])?;
        let sql = "DELETE FROM enrolment
                   WHERE CASE WHEN typed_ms IS NULL THEN expires_ms <= ?1 ELSE typed_ms + ?2 <= ?1 END";
        tx.prepare_cached(sql)?.execute([made_at.unix_ms, ENROL_AGAIN_MS])?;
        let sql = "INSERT INTO enrolment (code_digest, location_id, register_id, role, made_at, expires_ms)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        tx.prepare_cached(sql)?.execute(params![
            code_digest,
            scope.location_id.as_str(),
            name,
            scope.role.code(),
            made_at.rfc3339(),
            expires_at.unix_ms,
        ])?;
        let about = format!("{} {name}, until {}", scope.role.code(), expires_at.rfc3339());
        add_act(tx, *made_at, &scope.location_id, "invited", &about)?;
        Ok(((), Keep::All))
    })
}

pub(super) fn redeem(
    connection: &mut Connection,
    code_digest: &str,
    secret_digest: &str,
    now: Timestamp,
) -> Result<Redeemed, Trouble> {
    whole(connection, |tx| {
        let sql = "SELECT code_digest, location_id, register_id, role, made_at, expires_ms, typed_ms FROM enrolment
                   WHERE code_digest = ?1";
        let found = row(tx, sql, [code_digest], |row| Ok((columns::invitation(row)?, row.get::<_, Option<i64>>(6)?)))?;
        let Some((found, typed_ms)) = found else { return Ok((Redeemed::Unknown, Keep::Nothing)) };
        let Invitation { scope, name, expires_at, .. } = found;
        if let Some(typed_ms) = typed_ms {
            let is_soon = (0..ENROL_AGAIN_MS).contains(&now.unix_ms.saturating_sub(typed_ms));
            let given = if is_soon { given(tx, &scope.location_id, &name, secret_digest)? } else { None };
            return Ok((given.map_or(Redeemed::Unknown, Redeemed::Device), Keep::Nothing));
        }
        if expires_at.unix_ms <= now.unix_ms {
            return Ok((Redeemed::Unknown, Keep::Nothing));
        }
        if !write(tx, &scope, &name, secret_digest, now)? {
            return Ok((Redeemed::NameTaken, Keep::Nothing));
        }
        let sql = "UPDATE enrolment SET typed_ms = ?2 WHERE code_digest = ?1";
        tx.prepare_cached(sql)?.execute(params![code_digest, now.unix_ms])?;
        let enrolled = device(tx, &scope.location_id, &name)?;
        let enrolled = enrolled.ok_or_else(|| unreadable(&name, "it was written and is not there"))?;
        Ok((Redeemed::Device(enrolled), Keep::All))
    })
}

/// A device of a location that has this secret now.
fn given(
    connection: &Connection,
    location_id: &LocationId,
    name: &str,
    secret_digest: &str,
) -> Result<Option<Device>, Trouble> {
    let sql = format!(
        "SELECT {COLUMNS} FROM register
         WHERE location_id = ?1 AND register_id = ?2 AND secret_digest = ?3 AND revoked_at IS NULL"
    );
    row(connection, &sql, [location_id.as_str(), name, secret_digest], |row| columns::device(row))
}

pub(super) fn revoke(
    connection: &mut Connection,
    location_id: &LocationId,
    name: &str,
    now: Timestamp,
) -> Result<bool, Trouble> {
    whole(connection, |tx| {
        let sql = "UPDATE register SET revoked_at = ?3
                   WHERE location_id = ?1 AND register_id = ?2 AND revoked_at IS NULL";
        let secrets = tx.prepare_cached(sql)?.execute(params![location_id.as_str(), name, now.rfc3339()])?;
        let sql = "DELETE FROM enrolment
                   WHERE location_id = ?1 AND register_id = ?2 AND expires_ms > ?3 AND typed_ms IS NULL";
        let codes = tx.prepare_cached(sql)?.execute(params![location_id.as_str(), name, now.unix_ms])?;
        if secrets + codes == 0 {
            return Ok((false, Keep::Nothing));
        }
        add_act(tx, now, location_id, "revoked", name)?;
        Ok((true, Keep::All))
    })
}

pub(super) fn seen(
    connection: &Connection,
    location_id: &LocationId,
    name: &str,
    now: Timestamp,
) -> Result<(), Trouble> {
    let sql = "UPDATE register SET seen_at = ?3 WHERE location_id = ?1 AND register_id = ?2";
    connection.prepare_cached(sql)?.execute(params![location_id.as_str(), name, now.rfc3339()])?;
    Ok(())
}

pub(super) fn note(connection: &mut Connection, act: &Act) -> Result<(), Trouble> {
    add_act(connection, act.done_at, &act.location_id, &act.what, &act.about)
}

pub(super) fn add_act(
    connection: &Connection,
    now: Timestamp,
    location_id: &LocationId,
    what: &str,
    about: &str,
) -> Result<(), Trouble> {
    let sql = "INSERT INTO act (done_at, location_id, what, about) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![now.rfc3339(), location_id.as_str(), what, about])?;
    Ok(())
}

pub(super) fn acts(connection: &Connection, location_id: &LocationId, limit: u32) -> Result<Vec<Act>, Trouble> {
    let sql = "SELECT done_at, what, about FROM act WHERE location_id = ?1 ORDER BY act_number DESC LIMIT ?2";
    rows(connection, sql, params![location_id.as_str(), limit], |row| columns::act(row, location_id))
}
