//! Calls to a server and what comes back, as they travel between a register on a stage and whoever plays its server:
//! requests and responses as plain values.

use crate::app::Reply;
use crate::sync::{Call, LineTrouble};
use serde::{Deserialize, Serialize};

/// What a request or a response carries.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// What nearly all are: text, which takes the least room.
    Text(String),
    /// What is none.
    Bytes(Vec<u8>),
}

/// For logs: without what it says.
impl std::fmt::Debug for Body {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Body::Text(text) => write!(out, "Text({} bytes)", text.len()),
            Body::Bytes(bytes) => write!(out, "Bytes({})", bytes.len()),
        }
    }
}

impl From<&Vec<u8>> for Body {
    fn from(bytes: &Vec<u8>) -> Body {
        String::from_utf8(bytes.clone()).map_or_else(|wrong| Body::Bytes(wrong.into_bytes()), Body::Text)
    }
}

impl From<Body> for Vec<u8> {
    fn from(body: Body) -> Vec<u8> {
        match body {
            Body::Text(text) => text.into_bytes(),
            Body::Bytes(bytes) => bytes,
        }
    }
}

/// A call that a register makes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarriedCall {
    /// To be handed back with the reply.
    pub id: u64,
    /// `GET`, `POST` and their like.
    method: String,
    /// Path and query.
    address: String,
    headers: Vec<(String, String)>,
    body: Body,
    reply_within_ms: u32,
}

/// For logs: without what it carries, which may be a secret.
impl std::fmt::Debug for CarriedCall {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "CarriedCall({}: {} {})", self.id, self.method, self.address)
    }
}

fn headers_of(headers: &http::HeaderMap) -> Vec<(String, String)> {
    // What cannot be written as text is none that either end writes.
    headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect()
}

impl From<&Call> for CarriedCall {
    fn from(call: &Call) -> CarriedCall {
        CarriedCall {
            id: call.id,
            method: call.request.method().to_string(),
            address: call.request.uri().to_string(),
            headers: headers_of(call.request.headers()),
            body: call.request.body().into(),
            reply_within_ms: call.reply_within_ms,
        }
    }
}

impl CarriedCall {
    /// The request, as a server reads it; none when it is no request.
    pub fn request(&self) -> Option<http::Request<Vec<u8>>> {
        let asked = http::Request::builder().method(self.method.as_str()).uri(&self.address);
        let asked = self.headers.iter().fold(asked, |asked, (name, value)| asked.header(name, value));
        asked.body(self.body.clone().into()).ok()
    }
}

/// What comes back to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CarriedReply {
    /// A response.
    Response {
        /// Its status.
        status: u16,
        /// Its headers.
        headers: Vec<(String, String)>,
        /// Its body.
        body: Body,
    },
    /// There was no way to the server.
    Unreachable(String),
    /// Nothing came back in time.
    TimedOut,
    /// Only a part came back.
    CutOff(String),
    /// More would have come back than is read.
    TooLarge,
}

impl From<&Reply> for CarriedReply {
    fn from(reply: &Reply) -> CarriedReply {
        match &reply.0 {
            Ok(response) => CarriedReply::Response {
                status: response.status().as_u16(),
                headers: headers_of(response.headers()),
                body: response.body().into(),
            },
            Err(LineTrouble::Unreachable(why)) => CarriedReply::Unreachable(why.clone()),
            Err(LineTrouble::TimedOut) => CarriedReply::TimedOut,
            Err(LineTrouble::CutOff(why)) => CarriedReply::CutOff(why.clone()),
            Err(LineTrouble::TooLarge) => CarriedReply::TooLarge,
        }
    }
}

impl From<CarriedReply> for Reply {
    fn from(carried: CarriedReply) -> Reply {
        Reply(match carried {
            CarriedReply::Response { status, headers, body } => {
                let response = http::Response::builder().status(status);
                let response = headers.iter().fold(response, |response, (name, value)| response.header(name, value));
                response.body(body.into()).map_err(|wrong| LineTrouble::CutOff(wrong.to_string()))
            }
            CarriedReply::Unreachable(why) => Err(LineTrouble::Unreachable(why)),
            CarriedReply::TimedOut => Err(LineTrouble::TimedOut),
            CarriedReply::CutOff(why) => Err(LineTrouble::CutOff(why)),
            CarriedReply::TooLarge => Err(LineTrouble::TooLarge),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_over_a_stage_comes_out_as_it_was() {
        let request = http::Request::builder().method("POST").uri("/sync/orders/_revs_diff?a=%22b%22");
        let request = request.header("authorization", "Bearer x").body(b"{\"\xc3\xa9\":1}".to_vec()).unwrap();
        let call = Call { id: 7, request, reply_within_ms: 2_000, answer_bytes_max: 9 };
        let written = serde_json::to_string(&CarriedCall::from(&call)).unwrap();
        let read: CarriedCall = serde_json::from_str(&written).unwrap();
        let asked = read.request().unwrap();
        assert_eq!((read.id, asked.method(), asked.uri()), (7, call.request.method(), call.request.uri()));
        assert_eq!((asked.headers(), asked.body()), (call.request.headers(), call.request.body()));
        let response = http::Response::builder().status(304).header("etag", "\"3\"").body(vec![0, 255]).unwrap();
        for reply in [
            Ok(response),
            Err(LineTrouble::TimedOut),
            Err(LineTrouble::TooLarge),
            Err(LineTrouble::Unreachable("gone".into())),
            Err(LineTrouble::CutOff("in the middle".into())),
        ] {
            let written = serde_json::to_string(&CarriedReply::from(&Reply(reply.clone()))).unwrap();
            let read: CarriedReply = serde_json::from_str(&written).unwrap();
            assert_eq!(Reply::from(read), Reply(reply));
        }
    }
}
