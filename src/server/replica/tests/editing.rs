//! Documents that are written one by one.

use super::*;
use crate::server::Editing;

on_each_central! {
    a_document_is_edited_from_what_stands_and_written_anew_after_its_end,
}

impl World {
    fn edit(&mut self, scope: &Scope, edit: (&str, Option<&Revision>, Option<Value>)) -> Result<Revision, Problem> {
        let (doc_id, parent, body) = (edit.0.to_owned(), edit.1.cloned(), edit.2);
        let editing = Editing { doc_id, parent, deleted: body.is_none(), body: body.unwrap_or_else(|| json!({})) };
        wait(self.replica.edit(scope, Database::Orders, &editing, self.now, &mut self.dice))
    }

    /// The leaf that stands for the note, and whether it is the only one.
    fn read(&mut self) -> (Version, bool) {
        let leaves = self.leaves(&register("T1"), Database::Orders, "note_a");
        (leaves[0].clone(), leaves.len() == 1)
    }
}

fn a_document_is_edited_from_what_stands_and_written_anew_after_its_end() {
    let mut world = World::new();
    let t1 = register("T1");
    let first = world.edit(&t1, ("note_a", None, Some(json!({ "text": "1", "_rev": "x" })))).unwrap();
    assert_eq!(world.read().0.body, json!({ "_id": "note_a", "text": "1" }));
    assert_eq!(world.edit(&t1, ("note_a", None, Some(json!({})))).unwrap_err().status, 409);
    let second = world.edit(&t1, ("note_a", Some(&first), Some(json!({ "text": "2" })))).unwrap();
    let late = world.edit(&t1, ("note_a", Some(&first), Some(json!({ "text": "3" })))).unwrap_err();
    assert_eq!((late.status, late.code.as_str()), (409, "conflict"));
    let (stands, is_alone) = world.read();
    assert_eq!((stands.revision(), is_alone), (&second, true), "only leaves are kept");
    let gone = world.edit(&t1, ("note_a", Some(&second), None)).unwrap();
    assert_eq!((gone.generation, world.read().0.deleted), (3, true));
    let anew = world.edit(&t1, ("note_a", None, Some(json!({ "text": "4" })))).unwrap();
    let (stands, is_alone) = world.read();
    assert_eq!((anew.generation, stands.deleted, is_alone), (4, false, true));
    assert_eq!(world.edit(&t1, ("_design/x", None, Some(json!({})))).unwrap_err().status, 403);
    assert_eq!(world.edit(&t1, ("note_b", None, Some(json!([])))).unwrap_err().status, 400);
    assert_eq!(world.edit(&scope("L1", Role::Kitchen), ("note_b", None, Some(json!({})))).unwrap_err().status, 403);
}
