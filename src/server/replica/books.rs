//! How the books follow documents: the rows of what was accepted, of customers and of the menu are those of the winning
//! revision, written in the transaction that brings it.

use super::Replica;
use crate::document::submission::{Ground, KnownTax, check_order};
use crate::document::{Database, DocumentType, Revision, Verdict, customer, menu, payment};
use crate::domain::{LocationId, Payment};
use crate::server::central::{
    Acceptance, Central, CustomerRow, Expectation, Kept, MenuRow, OrderRow, Place, Reply, Row,
};
use crate::sync::wire::Problem;
use serde_json::Value;

/// What a changed document means for the books.
#[derive(Debug, Default)]
pub(super) struct Following {
    /// Rows to write.
    pub(super) rows: Vec<Row>,
    /// On what they were worked out.
    pub(super) expectations: Vec<Expectation>,
    /// The revision that the books do not follow, and why.
    pub(super) flaw: Option<(Revision, String)>,
}

impl Following {
    fn rows(rows: Vec<Row>) -> Following {
        Following { rows, ..Following::default() }
    }
}

impl<C: Central> Replica<C> {
    /// Works out how the books follow a document. Where what stands is the server's own revision, `brought` is the one
    /// that it was made of: what is wrong with it is said of that one.
    pub(super) async fn follow(
        &self,
        place: &Place,
        kept: &Kept,
        brought: Option<&Revision>,
        acceptance: Option<&Acceptance>,
        taxes: &[KnownTax],
    ) -> Result<Following, Problem> {
        let Some((winner, body)) = kept.winner() else { return Ok(Following::default()) };
        let body = (!winner.deleted).then_some(body);
        let doc_id = &kept.doc_id;
        let followed = match (DocumentType::of_id(doc_id), acceptance.map(|it| &it.reply)) {
            (Some(DocumentType::Order), Some(Reply::Order(accepted))) => {
                let ground = Ground { location_id: &place.location_id, taxes };
                let order = match body {
                    None => Err("it was deleted; the books keep what was accepted".to_owned()),
                    Some(body) => check_order(body, &ground).map_err(|bad| format!("{}: {}", bad.place, bad.what)),
                };
                match (order, body) {
                    (Ok(order), Some(body)) => {
                        let paid = self.paid(place, doc_id).await?;
                        let count = paid.len();
                        let row = OrderRow::of(&order, body, accepted, &paid);
                        let expectations = vec![Expectation::Payments { doc_id: doc_id.clone(), count }];
                        Ok(Following { expectations, ..Following::rows(vec![Row::Order(Box::new(row))]) })
                    }
                    (Err(reason), _) => Err(reason),
                    (Ok(_), None) => unreachable!("an order was read from a body"),
                }
            }
            (Some(DocumentType::Payment), Some(Reply::Payment(_, said))) => same_money(said, body),
            (Some(DocumentType::Customer), _) if place.database == Database::Customers => match body {
                None => Ok(Following::rows(vec![Row::CustomerGone(doc_id.clone())])),
                Some(body) => customer::from_body(body)
                    .map(|it| Following::rows(vec![Row::Customer(Box::new(CustomerRow::of(&it)))]))
                    .map_err(|bad| format!("{}: {}", bad.place, bad.what)),
            },
            (Some(_), _) if place.database == Database::Menu => match body {
                None => Ok(Following::rows(vec![Row::MenuGone(doc_id.clone())])),
                Some(body) => menu_rows(doc_id, body),
            },
            (Some(_) | None, _) => return Ok(Following::default()),
        };
        Ok(match followed {
            Ok(mut following) => {
                following.rows.push(Row::Sound(doc_id.clone()));
                following
            }
            Err(reason) => {
                let revision = brought.cloned().unwrap_or(winner.revision);
                let row = Row::Flawed { doc_id: doc_id.clone(), revision: revision.clone(), reason: reason.clone() };
                Following { flaw: Some((revision, reason)), ..Following::rows(vec![row]) }
            }
        })
    }

    /// The accepted payments of an order, by its document.
    async fn paid(&self, place: &Place, doc_id: &str) -> Result<Vec<Payment>, Problem> {
        let books = self.central.order_books(&place.location_id, doc_id).await.map_err(|fault| self.broken(fault))?;
        Ok(books.map(|books| books.payments).unwrap_or_default())
    }

    /// Every tax that counts at a location.
    pub(super) async fn taxes(&self, location_id: &LocationId) -> Result<Vec<KnownTax>, Problem> {
        self.central.taxes(location_id).await.map_err(|fault| self.broken(fault))
    }
}

/// A payment is written once: what stands must tell of the same money as what was accepted.
fn same_money(accepted: &Value, body: Option<&Value>) -> Result<Following, String> {
    let Some(body) = body else { return Err("it was deleted; the books keep what was accepted".into()) };
    match payment::resolve(&[accepted, body]) {
        Verdict::Merged { .. } | Verdict::LeftToServer => Ok(Following::default()),
        Verdict::Quarantined { field } => {
            Err(format!("{field}: a payment is written once; the books keep what was accepted"))
        }
    }
}

fn menu_rows(doc_id: &str, body: &Value) -> Result<Following, String> {
    let told = |bad: crate::document::BadDocument| format!("{}: {}", bad.place, bad.what);
    let mut rows: Vec<Row> =
        MenuRow::of(doc_id, body).map_err(told)?.map(|it| Row::Menu(Box::new(it))).into_iter().collect();
    if DocumentType::of_id(doc_id) == Some(DocumentType::Tax) {
        let tax = menu::tax::from_body(body).map_err(told)?;
        rows.push(Row::Tax(KnownTax { tax_id: tax.tax_id, rate: tax.rate, included: tax.included_in_price }));
    }
    Ok(Following::rows(rows))
}
