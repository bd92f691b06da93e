//! What the OpenAPI document says is what the server does.

use super::{House, SECRET, value};
use comanda::runtime::clock;
use comanda::server::{Role, at_once};
use reqwest::Method;
use serde_json::{Value, json};

/// Every route of ours, and what it answers to nobody without a body.
const ROUTES: &[(Method, &str, u16)] = &[
    (Method::GET, "/api/v1/health", 200),
    (Method::GET, "/api/v1/health/ready", 200),
    (Method::GET, "/api/v1/openapi.json", 200),
    (Method::POST, "/api/v1/auth/enroll", 400),
    (Method::POST, "/api/v1/auth/token", 400),
    (Method::POST, "/api/v1/orders/create", 401),
    (Method::POST, "/api/v1/payments/create", 401),
    (Method::GET, "/api/v1/menu/sync", 401),
];

/// What in a value is not as a schema says; as much of JSON Schema as the document uses.
fn wrong(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let schema = document.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name} is nowhere"));
        return wrong(document, schema, value, at);
    }
    let mut found = Vec::new();
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is = |allowed: &Value| allowed.as_str().is_some_and(|it| it == kind || (it == "number" && kind == "integer"));
    let kinds = &schema["type"];
    if !kinds.is_null() && !is(kinds) && !kinds.as_array().is_some_and(|all| all.iter().any(is)) {
        found.push(format!("{at} is {kind}, not {kinds}"));
    }
    if schema.get("const").is_some_and(|it| it != value) {
        found.push(format!("{at} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        found.push(format!("{at} is none of {}", schema["enum"]));
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str()) {
        let begins = pattern.trim_start_matches('^').split(['[', '$']).next().unwrap();
        if !text.starts_with(begins) {
            found.push(format!("{at} does not begin with {begins}"));
        }
    }
    let number = value.as_i64();
    if number.is_some_and(|it| schema["minimum"].as_i64().is_some_and(|least| it < least)) {
        found.push(format!("{at} is too small"));
    }
    if number.is_some_and(|it| schema["maximum"].as_i64().is_some_and(|most| it > most)) {
        found.push(format!("{at} is too large"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            found.push(format!("{at}.{name} is missing"));
        }
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            found.extend(wrong(document, schema, value, &format!("{at}.{name}")));
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        for (nth, value) in values.iter().enumerate() {
            found.extend(wrong(document, items, value, &format!("{at}[{nth}]")));
        }
    }
    found
}

async fn document(house: &House) -> Value {
    value(house.ask(Method::GET, "/api/v1/openapi.json").send().await.unwrap()).await
}

fn operations(document: &Value) -> Vec<(Method, String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all =
        paths.flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(move |(method, operation)| {
                (method.to_uppercase().parse::<Method>().unwrap(), path.clone(), operation)
            })
        });
    all.collect()
}

/// What an operation says of an answer with a status.
fn said<'a>(document: &'a Value, operation: &'a Value, status: u16) -> &'a Value {
    let said = &operation["responses"][status.to_string()];
    match said["$ref"].as_str() {
        Some(name) => document.pointer(name.trim_start_matches('#')).unwrap(),
        None => said,
    }
}

/// Holds an answer against what is said of it.
async fn hold(document: &Value, path: &str, operation: &Value, answer: reqwest::Response) -> Value {
    let status = answer.status().as_u16();
    let said = said(document, operation, status);
    assert!(said.is_object(), "{path} answers {status}, of which nothing is said");
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    let body = value(answer).await;
    let schema = &said["content"][&kind]["schema"];
    assert!(schema.is_object(), "{path} answers {status} as {kind}, of which nothing is said");
    assert_eq!(wrong(document, schema, &body, "body"), [""; 0], "{path} {status}: {body}");
    body
}

#[tokio::test]
async fn every_route_is_said_and_what_is_said_is_a_route() {
    let house = House::open();
    let document = document(&house).await;
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut told: Vec<(String, String)> =
        operations(&document).iter().map(|(method, path, _)| (method.to_string(), path.clone())).collect();
    let mut known: Vec<(String, String)> =
        ROUTES.iter().map(|(method, path, _)| (method.to_string(), (*path).to_owned())).collect();
    told.sort();
    known.sort();
    assert_eq!(told, known);
    let token = house.token("T1").await;
    for (method, path, operation) in operations(&document) {
        let right = ROUTES.iter().find(|(it, at, _)| *it == method && *at == path).unwrap().2;
        let answer = house.ask(method.clone(), &path).send().await.unwrap();
        assert_eq!(answer.status(), right, "{method} {path}");
        hold(&document, &path, operation, answer).await;
        let other = if method == Method::GET { Method::POST } else { Method::GET };
        let answer = house.ask(other, &path).bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path} by another method");
        if right == 401 {
            let answer = house.ask(method, &path).bearer_auth(&token).send().await.unwrap();
            hold(&document, &path, operation, answer).await;
        }
    }
    // Every schema that is named is there.
    let text = document.to_string();
    for name in text.split("\"$ref\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(name.trim_start_matches('#')).is_some(), "{name}");
    }
}

#[tokio::test]
async fn what_is_shown_as_an_example_is_accepted() {
    let house = House::open();
    house.import_menu();
    let token = house.token("T1").await;
    let document = document(&house).await;
    let mut sent = 0;
    // A payment goes after its order: in the order of their paths.
    for (method, path, operation) in operations(&document) {
        let content = &operation["requestBody"]["content"]["application/json"];
        if content.is_null() {
            continue;
        }
        let mut example = content["example"].clone();
        assert_eq!(wrong(&document, &content["schema"], &example, "example"), [""; 0], "{path}");
        let is_door = path.starts_with("/api/v1/auth/");
        if path.ends_with("/token") {
            example["secret"] = json!(SECRET);
        }
        if path.ends_with("/enroll") {
            let (now, mut dice) = (clock::now(), clock::entropy().unwrap());
            let scope = House::scope(Role::Register("T2".into()));
            let invited = at_once(house.beside().invite(&scope, "T2", 60_000, now, &mut dice)).unwrap();
            example["code"] = json!(&*invited.code);
        }
        let asked = house.ask(method, &path).body(example.to_string());
        let asked = if is_door { asked } else { asked.bearer_auth(&token) };
        let answer = asked.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
        hold(&document, &path, operation, answer).await;
        sent += 1;
    }
    assert_eq!(sent, 4);
    let menu = house.get(&token, "/api/v1/menu/sync").send().await.unwrap();
    hold(&document, "/api/v1/menu/sync", &document["paths"]["/api/v1/menu/sync"]["get"], menu).await;
    // Examples of answers are as their schemas say, too.
    for (_, path, operation) in operations(&document) {
        for (status, said) in operation["responses"].as_object().unwrap() {
            for content in said["content"].as_object().into_iter().flat_map(|it| it.values()) {
                if let Some(example) = content.get("example") {
                    assert_eq!(wrong(&document, &content["schema"], example, "example"), [""; 0], "{path} {status}");
                }
            }
        }
    }
    let bad = json!({ "status": "x", "field": 3 });
    assert_eq!(wrong(&document, &json!({ "$ref": "#/components/schemas/Problem" }), &bad, "p").len(), 5, "it can fail");
}
