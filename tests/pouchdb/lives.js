// Two PouchDBs that each stay in live sync with the server, both ways, whatever happens to it. They obey lines of JSON:
//
//     {"do": "write", "to": 0, "from": 0, "count": 50}   writes documents into one of them
//     {"do": "edit", "to": 1, "nth": 3, "says": "..."}     edits one that it has; "field" names another field than its note
//     {"do": "meet", "documents": 100}                     waits until both have so many and are equal
//     {"do": "until", "from": 1, "nth": 0, "items": 2}     waits until an order has so many lines there, and says it
//     {"do": "until", "from": 1, "nth": 0, "has": "a"}     waits until it has that field
//     {"do": "until", "from": 1, "nth": 0, "lacks": "a"}   waits until it has not
//     {"do": "end"}                                        ends live sync and says what it met
const fs = require('fs');
const { told, remote, local, picture, obey, say, problem, fail } = require('./remote');

const bodies = fs.readFileSync(told.documents, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const met = { paused: 0, denied: 0, fallen: 0, errors: [] };
const dbs = [local(), local()];
let looks = [];

// Events come around the moment at which a database has changed, not after it.
setInterval(() => look(), 200).unref();

function look() {
  const waiting = looks;
  looks = [];
  waiting.forEach((each) => each());
}

function begin(db) {
  // PouchDB's own waits between tries grow to minutes.
  const options = { live: true, retry: true, back_off_function: () => 250 };
  const sync = db.sync(remote(told.database), options);
  sync.on('paused', (wrong) => { met.paused += wrong ? 1 : 0; look(); });
  sync.on('denied', (wrong) => { met.denied += 1; console.error('denied', wrong); });
  sync.on('error', (wrong) => { met.errors.push(problem(wrong)); look(); });
  sync.on('change', look);
  return sync;
}

let syncs = dbs.map(begin);

// PouchDB lets a connection that is reset at the wrong moment fall: nobody is told but the process. Whoever lives with
// that begins live sync anew.
process.on('unhandledRejection', (wrong) => {
  if (wrong.type !== 'system') {
    fail(wrong);
  }
  met.fallen += 1;
  syncs.forEach((sync) => sync.cancel());
  syncs = dbs.map(begin);
});

obey({
  write: async ({ to, from, count }) => {
    const done = await dbs[to].bulkDocs(bodies.slice(from, from + count));
    return { written: done.filter((row) => row.ok).length };
  },
  edit: async ({ to, nth, says, field = 'kitchen_notes' }) => {
    const doc = await dbs[to].get(bodies[nth]._id);
    return { rev: (await dbs[to].put({ ...doc, [field]: says })).rev };
  },
  meet: async ({ documents }) => {
    for (;;) {
      const changed = new Promise((done) => { looks.push(done); });
      const counts = await Promise.all(dbs.map(async (db) => (await db.info()).doc_count));
      if (counts.every((count) => count === documents)) {
        const [one, other] = await Promise.all(dbs.map(picture));
        if (one === other) {
          return { met: documents, conflicts: (one.match(/"kitchen_notes"/g) || []).length };
        }
      }
      if (met.errors.length > 0) {
        return { counts, ...met };
      }
      await changed;
    }
  },
  until: async ({ from, nth, items = 0, has = '_id', lacks }) => {
    for (;;) {
      const changed = new Promise((done) => { looks.push(done); });
      const doc = await dbs[from].get(bodies[nth]._id).catch(() => undefined);
      if (doc && doc.items.length >= items && (doc[has] ?? null) !== null && !(lacks in doc)) {
        return doc;
      }
      await changed;
    }
  },
  end: async () => {
    syncs.forEach((sync) => sync.cancel());
    return met;
  },
});
say({ ready: true });
