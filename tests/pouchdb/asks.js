// Asks a server all that PouchDB asks of a remote database, and says what it answered.
const fs = require('fs');
const { told, remote, say, refused, fail } = require('./remote');

const ids = ({ rows }) => rows.map((row) => row.id || row.error);

async function main() {
  const bodies = fs.readFileSync(told.documents, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const db = remote(told.database);
  const answers = {};
  const began = await db.info();
  answers.info = { db_name: began.db_name, doc_count: began.doc_count, has_seq: began.update_seq !== undefined };

  // One by one.
  const [first, second, third] = bodies;
  const put = await db.put(first);
  const edited = await db.put({ ...first, _rev: put.rev, kitchen_notes: 'hot' });
  answers.put = { generations: [put.rev.split('-')[0], edited.rev.split('-')[0]] };
  answers.stale = await refused(db.put({ ...first, _rev: put.rev, kitchen_notes: 'cold' }));
  answers.twice = await refused(db.put(first));
  answers.get = { notes: (await db.get(first._id)).kitchen_notes };
  const revs = await db.get(first._id, { revs: true, revs_info: true });
  answers.revs = { start: revs._revisions.start, ids: revs._revisions.ids.length, info: revs._revs_info.length };
  answers.missing = await refused(db.get('nothing'));
  await db.put(second);
  const removed = await db.remove(await db.get(second._id));
  answers.removed = await refused(db.get(second._id));
  answers.tombstone = (await db.get(second._id, { rev: removed.rev }))._deleted;

  // Many at once.
  const rows = await db.bulkDocs([...bodies.slice(2, 20), { ...first, kitchen_notes: 'no revision' }]);
  answers.bulk = { taken: rows.filter((row) => row.ok).length, last: rows[rows.length - 1].status };
  const all = await db.allDocs();
  const sorted = ids(all).slice().sort();
  answers.all = { total: all.total_rows, rows: all.rows.length, sorted: String(sorted) === String(ids(all)) };
  answers.descending = String(ids(await db.allDocs({ descending: true })).reverse()) === String(sorted);
  const range = await db.allDocs({ startkey: sorted[3], endkey: sorted[7], include_docs: true });
  answers.range = { ids: String(ids(range)) === String(sorted.slice(3, 8)), docs: range.rows.every((row) => row.doc._rev) };
  const half = await db.allDocs({ startkey: sorted[3], endkey: sorted[7], inclusive_end: false, limit: 2, skip: 1 });
  answers.part = String(ids(half)) === String(sorted.slice(4, 6));
  const keys = await db.allDocs({ keys: [third._id, 'nothing', second._id] });
  answers.keys = keys.rows.map((row) => row.error || (row.value.deleted ? 'deleted' : 'there'));
  const got = await db.bulkGet({ docs: [{ id: first._id }, { id: first._id, rev: edited.rev }, { id: 'nothing' }], revs: true });
  answers.bulk_get = got.results.map(({ docs }) => (docs[0].ok ? docs[0].ok._revisions.start : 'error'));
  const unknown = `3-${'a'.repeat(32)}`;
  const diff = await db.revsDiff({ [first._id]: [edited.rev, unknown], [third._id]: [] });
  answers.revs_diff = JSON.stringify(diff) === JSON.stringify({ [first._id]: { missing: [unknown], possible_ancestors: diff[first._id].possible_ancestors } });

  // The feed.
  const changes = await db.changes({ since: 0 });
  answers.changes = { rows: changes.results.length, deleted: changes.results.filter((row) => row.deleted).length };
  const page = await db.changes({ since: 0, limit: 5, include_docs: true });
  const rest = await db.changes({ since: page.last_seq });
  answers.pages = { first: page.results.length, rest: rest.results.length, docs: page.results.every((row) => row.doc._id === row.id) };
  const back = await db.changes({ descending: true, limit: 1 });
  answers.newest = back.results[0].id === changes.results[changes.results.length - 1].id;
  const some = await db.changes({ since: 0, doc_ids: [first._id, third._id] });
  answers.doc_ids = some.results.length;
  const chosen = await db.changes({ since: 0, selector: { kitchen_notes: 'hot' } });
  answers.selector = chosen.results.map((row) => row.id === first._id);
  const now = (await db.info()).update_seq;
  const live = db.changes({ since: 'now', live: true, include_docs: true });
  const heard = new Promise((done, wrong) => { live.on('change', done); live.on('error', wrong); });
  answers.nothing_new = (await db.changes({ since: now })).results.length;
  // What is written after the feed was asked for is heard; when the server has the question is not known here, so it is
  // written until it is.
  let said;
  for (let nth = 0; said === undefined; nth += 1) {
    const doc = await db.get(third._id);
    await db.put({ ...doc, kitchen_notes: `live ${nth}` });
    said = await Promise.race([heard, new Promise((done) => { setTimeout(done, 500); })]);
  }
  live.cancel();
  answers.live = said.doc.kitchen_notes.startsWith('live');

  // Mango.
  answers.index = (await db.createIndex({ index: { fields: ['local_number'], name: 'by_number' } })).result;
  answers.index_again = (await db.createIndex({ index: { fields: ['local_number'], name: 'by_number' } })).result;
  answers.indexes = (await db.getIndexes()).indexes.map((index) => index.name);
  const found = await db.find({
    selector: { local_number: { $gte: bodies[4].local_number, $lt: bodies[9].local_number } },
    sort: ['local_number'], fields: ['_id', 'local_number'], limit: 3, skip: 1,
  });
  answers.find = found.docs.map((doc) => doc.local_number);
  const deep = await db.find({
    selector: { items: { $elemMatch: { quantity: { $gt: 1 } } }, $or: [{ kitchen_notes: 'hot' }, { table: 'none' }] },
  });
  answers.find_deep = deep.docs.map((doc) => doc._id === first._id);
  answers.find_wrong = await refused(db.find({ selector: { local_number: { $nonsense: 1 } } }));
  answers.explain = Boolean((await db.explain({ selector: { local_number: 'T1-1' } })).index);
  const index = (await db.getIndexes()).indexes.find((each) => each.name === 'by_number');
  answers.delete_index = (await db.deleteIndex(index)).ok;

  // What is not kept here.
  const whole = await db.get(first._id);
  answers.attachment = await refused(db.putAttachment(first._id, 'photo.png', whole._rev, 'aGVsbG8=', 'image/png'));
  answers.inline = await refused(db.put({ ...whole, _attachments: { 'a.txt': { content_type: 'text/plain', data: 'aGVsbG8=' } } }));
  answers.after = (await db.get(first._id))._rev === whole._rev;
  say(answers);
}

main().catch(fail);
