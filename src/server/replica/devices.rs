//! Who may come in: devices, the codes with which they are enrolled, and the secrets that they show from then on.
//!
//! Secrets and codes are random and long, so that a plain digest of them is kept: it tells nothing about them. Not
//! here: tokens, and how often somebody may try (auth).

use super::code;
use super::{Replica, problem};
use crate::domain::{Entropy, LocationId, RegisterId, Timestamp};
use crate::server::central::{Act, Central, Device, Invitation, Redeemed};
use crate::server::limits::{
    CODE_LASTS_MS_MAX, DEVICES_LISTED_MAX, LOCATIONS_TOLD_MAX, NAME_MAX, PROPOSED_SECRET_DIGITS, REGISTER_ID_MAX,
    SEEN_EVERY_MS,
};
use crate::server::scope::{Role, Scope};
use crate::sync::wire::{Claim, DeviceRole, Enrolled, Problem, Secret};
use sha2::{Digest, Sha256};

/// A code that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// What is to be typed at the device, once.
    pub code: Secret,
    /// Until when.
    pub expires_at: Timestamp,
    /// A device of that name has a secret now, which stops to count when the code is typed.
    pub replaces: bool,
}

impl<C: Central> Replica<C> {
    /// Lets a device in that shows its secret.
    ///
    /// # Errors
    /// [`Problem`] 401, in the same words whether the device or its secret is not known.
    pub async fn admit(&self, name: &str, secret: &str) -> Result<Scope, Problem> {
        Ok(self.device_with(name, secret).await?.scope)
    }

    /// The device that shows its secret.
    ///
    /// # Errors
    /// [`Problem`] 401, in the same words whether the device or its secret is not known, in others when its secret was
    /// taken back; and when the database fails.
    pub async fn device_with(&self, name: &str, secret: &str) -> Result<Device, Problem> {
        let found = self.central.admit(name, &digest(secret)).await.map_err(|fault| self.broken(fault))?;
        is_let_in(found.ok_or_else(problem::unknown_device)?)
    }

    /// A device that was let in before and says by a token who it is; none when it was enrolled anew since.
    ///
    /// # Errors
    /// [`Problem`] 401 when its secret was taken back; and when the database fails.
    pub async fn device_of(&self, scope: &Scope, name: &str, generation: u64) -> Result<Option<Device>, Problem> {
        let found = self.central.device(&scope.location_id, name).await.map_err(|fault| self.broken(fault))?;
        let same = found.filter(|it| it.generation == generation && it.scope == *scope);
        same.map(is_let_in).transpose()
    }

    /// Notes that a device came in, unless that was noted a moment ago. That it could not be noted keeps nobody out.
    pub async fn note_seen(&self, device: &Device, now: Timestamp) {
        if device.seen_at.is_some_and(|seen| (0..SEEN_EVERY_MS).contains(&now.millis_since(seen))) {
            return;
        }
        if let Err(fault) = self.central.seen(&device.scope.location_id, &device.name, now).await {
            self.keep(fault);
        }
    }

    /// Gives a device its secret; a former one stops to count. A register is called as its scope says.
    ///
    /// # Errors
    /// [`Problem`] 409 when a device of another role has that name, and when the database fails.
    pub async fn enrol(&self, scope: &Scope, name: &str, secret: &str, now: Timestamp) -> Result<(), Problem> {
        let name = called(scope, name);
        match self.central.enrol(scope, name, &digest(secret), now).await.map_err(|fault| self.broken(fault))? {
            true => Ok(()),
            false => Err(name_taken(scope, name)),
        }
    }

    /// Makes a one-time code for a device, which is taken for so long; a former code of it is not taken any more, its
    /// secret stays until the new code is typed. A register is called as its scope says.
    ///
    /// # Errors
    /// [`Problem`] 422 with the field when a name or the time is not right, 409 when a device of another role has that
    /// name; and when the database fails.
    pub async fn invite(
        &self,
        scope: &Scope,
        name: &str,
        lasts_ms: i64,
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<Invited, Problem> {
        let name = called(scope, name);
        good_location(&scope.location_id)?;
        match &scope.role {
            Role::Register(RegisterId(id)) => good_name("register", id, REGISTER_ID_MAX, "")?,
            Role::Kitchen | Role::Admin => good_name("name", name, NAME_MAX, "-_")?,
        }
        if !(1..=CODE_LASTS_MS_MAX).contains(&lasts_ms) {
            let days = CODE_LASTS_MS_MAX / 86_400_000;
            return Err(problem::wrong_field("expires", &format!("a code is taken for at most {days} days")));
        }
        let former = self.central.device(&scope.location_id, name).await.map_err(|fault| self.broken(fault))?;
        let former = former.filter(|it| it.revoked_at.is_none());
        if former.as_ref().is_some_and(|it| it.scope.role != scope.role) {
            return Err(name_taken(scope, name));
        }
        let code = code::fresh(dice);
        let expires_at = now.plus_millis(lasts_ms);
        let invitation = Invitation {
            code_digest: digest(&code::read(&code).unwrap_or_default()),
            scope: scope.clone(),
            name: name.to_owned(),
            made_at: now,
            expires_at,
        };
        self.central.invite(&invitation).await.map_err(|fault| self.broken(fault))?;
        Ok(Invited { code: code.into(), expires_at, replaces: former.is_some() })
    }

    /// Enrols the device for which a code was made, and uses the code up. A device that proposes its own secret may
    /// ask again for a while, when the answer was lost; one that does not is told its secret this once.
    ///
    /// # Errors
    /// [`Problem`] 401 in the same words for every code that is not taken, 409 when a device of another role was
    /// enrolled under that name meanwhile, 422 when what is proposed could be guessed; and when the database fails.
    pub async fn redeem(
        &self,
        typed: &str,
        proposed: Option<&str>,
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<Enrolled, Problem> {
        let unknown = || {
            let makes = "ask the operator for a new one (`comanda server enroll`)";
            problem::unauthorized(format!(
                "this code is not taken: it was mistyped, used already, or is too old; {makes}"
            ))
        };
        let code = code::read(typed).ok_or_else(unknown)?;
        let secret = match proposed {
            Some(proposed) => good_secret(proposed)?.to_owned(),
            None => dice.bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        };
        let redeemed = self.central.redeem(&digest(&code), &digest(&secret), now).await;
        match redeemed.map_err(|fault| self.broken(fault))? {
            Redeemed::Unknown => Err(unknown()),
            Redeemed::NameTaken => Err(problem::conflict(
                "a device that does something else was enrolled under this name meanwhile: ask the operator",
            )),
            Redeemed::Device(Device { scope, name, .. }) => {
                Ok(Enrolled { role: role_of(&scope.role), location_id: scope.location_id, name, secret: secret.into() })
            }
        }
    }

    /// Looks whether a code was made for the device that shows it, without using it up. What is no code that waits to
    /// be typed fits everybody: [`Replica::redeem`] says what is wrong with it.
    ///
    /// # Errors
    /// [`Problem`] 409 when it was made for another device, and when the database fails.
    pub async fn fits(&self, typed: &str, claim: &Claim, now: Timestamp) -> Result<(), Problem> {
        let Some(code) = code::read(typed) else { return Ok(()) };
        let code_digest = digest(&code);
        let waiting =
            self.central.invitations(None, now, DEVICES_LISTED_MAX).await.map_err(|fault| self.broken(fault))?;
        let Some(made) = waiting.into_iter().find(|it| it.code_digest == code_digest) else { return Ok(()) };
        let (role, location_id) = (role_of(&made.scope.role), &made.scope.location_id);
        let is_it = claim.role == role
            && claim.location_id.as_ref().is_none_or(|it| it == location_id)
            && claim.name.as_ref().is_none_or(|it| *it == made.name);
        if is_it {
            return Ok(());
        }
        let theirs = format!("{} {} of {location_id}", role.code(), made.name);
        let ours = match (&claim.name, &claim.location_id) {
            (Some(name), Some(location_id)) => format!("{} {name} of {location_id}", claim.role.code()),
            (Some(name), None) => format!("{} {name}", claim.role.code()),
            (None, _) if claim.role == DeviceRole::Kitchen => "a screen that only reads".to_owned(),
            (None, _) => format!("a device that is {}", claim.role.code()),
        };
        Err(problem::another_device(format!("the code is for {theirs}, and this is {ours}; it is not used up")))
    }

    /// Takes a device's secret back, and a code that was made for it; false when there was neither.
    ///
    /// # Errors
    /// [`Problem`] when the database fails.
    pub async fn revoke(&self, location_id: &LocationId, name: &str, now: Timestamp) -> Result<bool, Problem> {
        self.central.revoke(location_id, name, now).await.map_err(|fault| self.broken(fault))
    }

    /// The devices of a location, or of all, and the codes that can still be typed.
    ///
    /// # Errors
    /// [`Problem`] when the database fails.
    pub async fn devices(
        &self,
        location_id: Option<&LocationId>,
        now: Timestamp,
    ) -> Result<(Vec<Device>, Vec<Invitation>), Problem> {
        let devices = self.central.devices(location_id, DEVICES_LISTED_MAX).await;
        let invitations = self.central.invitations(location_id, now, DEVICES_LISTED_MAX).await;
        Ok((devices.map_err(|fault| self.broken(fault))?, invitations.map_err(|fault| self.broken(fault))?))
    }

    /// The first locations of which something is kept: a location comes to be with its first code or menu.
    ///
    /// # Errors
    /// [`Problem`] when the database fails.
    pub async fn locations(&self) -> Result<Vec<LocationId>, Problem> {
        self.central.locations(LOCATIONS_TOLD_MAX).await.map_err(|fault| self.broken(fault))
    }

    /// Whether anything is kept of a location.
    ///
    /// # Errors
    /// [`Problem`] when the database fails.
    pub async fn knows_location(&self, location_id: &LocationId) -> Result<bool, Problem> {
        self.central.knows_location(location_id).await.map_err(|fault| self.broken(fault))
    }

    /// The last that operators and the door did for a location, the newest first.
    ///
    /// # Errors
    /// [`Problem`] when the database fails.
    pub async fn acts(&self, location_id: &LocationId, limit: u32) -> Result<Vec<Act>, Problem> {
        self.central.acts(location_id, limit).await.map_err(|fault| self.broken(fault))
    }

    /// Notes what an operator did.
    ///
    /// # Errors
    /// [`Problem`] when the database fails.
    pub async fn note(&self, act: &Act) -> Result<(), Problem> {
        self.central.note(act).await.map_err(|fault| self.broken(fault))
    }
}

fn is_let_in(device: Device) -> Result<Device, Problem> {
    match device.revoked_at {
        None => Ok(device),
        Some(_) => Err(problem::unauthorized(
            "the secret of this device was taken back: it is let in again when it is enrolled anew",
        )),
    }
}

fn role_of(role: &Role) -> DeviceRole {
    match role {
        Role::Register(_) => DeviceRole::Register,
        Role::Kitchen => DeviceRole::Kitchen,
        Role::Admin => DeviceRole::Admin,
    }
}

/// What a device is called: a register as its scope says.
fn called<'a>(scope: &'a Scope, name: &'a str) -> &'a str {
    match &scope.role {
        Role::Register(register_id) => register_id.as_str(),
        Role::Kitchen | Role::Admin => name,
    }
}

fn name_taken(scope: &Scope, name: &str) -> Problem {
    let what = format!("{name} is enrolled already, but not as {}", scope.role.code());
    problem::conflict(format!("{what}: choose another name, or take its secret back first"))
}

/// Says so when nothing can be called so: registers name their location in their configuration, by the same rule.
///
/// # Errors
/// [`Problem`] 422.
pub fn good_location(location_id: &LocationId) -> Result<(), Problem> {
    good_name("location", location_id.as_str(), NAME_MAX, "-_")
}

/// Names stand in order numbers, in addresses and before a colon.
fn good_name(field: &str, name: &str, max: usize, dashes: &str) -> Result<(), Problem> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || dashes.contains(it);
    if (1..=max).contains(&name.len()) && name.chars().all(is_plain) {
        return Ok(());
    }
    let also = if dashes.is_empty() { "" } else { ", - or _" };
    Err(problem::wrong_field(field, &format!("takes 1 to {max} letters or digits (a-z, A-Z, 0-9){also}")))
}

/// As long as one that is made here, and not one digit again and again: that it comes from dice cannot be seen.
fn good_secret(proposed: &str) -> Result<&str, Problem> {
    let is_hex = proposed.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    let first = proposed.as_bytes().first();
    if proposed.len() == PROPOSED_SECRET_DIGITS && is_hex && proposed.as_bytes().iter().any(|it| Some(it) != first) {
        return Ok(proposed);
    }
    let what = format!("takes {PROPOSED_SECRET_DIGITS} hex digits (0-9, a-f) that nobody can guess");
    Err(problem::wrong_field("secret", &what))
}

fn digest(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}
