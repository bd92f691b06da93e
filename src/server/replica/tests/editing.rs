//! Documents that are written one by one.

use super::*;
use crate::server::Editing;

impl World {
    fn edit(&mut self, scope: &Scope, edit: (&str, Option<&Revision>, Option<Value>)) -> Result<Revision, Problem> {
        let (doc_id, parent, body) = (edit.0.to_owned(), edit.1.cloned(), edit.2);
        let editing = Editing { doc_id, parent, deleted: body.is_none(), body: body.unwrap_or_else(|| json!({})) };
        at_once(self.replica.edit(scope, Database::Orders, &editing, self.now, &mut self.dice))
    }

    fn read(&self, revision: Option<&Revision>) -> Option<crate::server::Found> {
        at_once(self.replica.document(&register("T1"), Database::Orders, "note_a", revision)).unwrap()
    }
}

#[test]
fn a_document_is_edited_from_what_stands_and_written_anew_after_its_end() {
    let mut world = World::new();
    let t1 = register("T1");
    let first = world.edit(&t1, ("note_a", None, Some(json!({ "text": "1", "_rev": "x" })))).unwrap();
    assert_eq!(world.read(None).unwrap().version.body, json!({ "_id": "note_a", "text": "1" }));
    assert_eq!(world.edit(&t1, ("note_a", None, Some(json!({})))).unwrap_err().status, 409);
    let second = world.edit(&t1, ("note_a", Some(&first), Some(json!({ "text": "2" })))).unwrap();
    let late = world.edit(&t1, ("note_a", Some(&first), Some(json!({ "text": "3" })))).unwrap_err();
    assert_eq!((late.status, late.code.as_str()), (409, "conflict"));
    assert!(world.read(Some(&first)).is_none(), "only leaves are kept");
    let gone = world.edit(&t1, ("note_a", Some(&second), None)).unwrap();
    assert_eq!((gone.generation, world.read(None)), (3, None));
    assert!(world.read(Some(&gone)).unwrap().version.deleted);
    let anew = world.edit(&t1, ("note_a", None, Some(json!({ "text": "4" })))).unwrap();
    assert_eq!((anew.generation, world.read(None).unwrap().conflicts), (4, vec![]));
    assert_eq!(world.edit(&t1, ("_design/x", None, Some(json!({})))).unwrap_err().status, 403);
    assert_eq!(world.edit(&t1, ("note_b", None, Some(json!([])))).unwrap_err().status, 400);
    assert_eq!(world.edit(&scope("L1", Role::Kitchen), ("note_b", None, Some(json!({})))).unwrap_err().status, 403);
}

#[test]
fn what_stands_is_listed_by_id() {
    let mut world = World::new();
    let t1 = register("T1");
    for nth in 0..5 {
        world.edit(&t1, (&format!("note_{nth}"), None, Some(json!({})))).unwrap();
    }
    let second = world.leaves(&t1, Database::Orders, "note_2")[0].revision().clone();
    world.edit(&t1, ("note_2", Some(&second), None)).unwrap();
    let list = |after: &str, limit| {
        let all = at_once(world.replica.all_documents(&t1, Database::Orders, after, limit)).unwrap();
        all.into_iter().map(|it| it.doc_id).collect::<Vec<_>>()
    };
    assert_eq!(list("", 100), ["note_0", "note_1", "note_3", "note_4"]);
    assert_eq!(list("note_1", 1), ["note_3"], "what is gone counts for nothing");
    assert_eq!(list("", 0), Vec::<String>::new());
}
